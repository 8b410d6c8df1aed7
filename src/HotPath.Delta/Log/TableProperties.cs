using System.Globalization;

namespace HotPath.Delta.Log;

/// <summary>
/// The configuration of a table as this library uses it, with the protocol's defaults. What cannot be read is refused where
/// a wrong guess would lose rows or files, never silently taken for the default.
/// </summary>
internal sealed class TableProperties
{
    private readonly IReadOnlyDictionary<string, string> _configuration;

    public TableProperties(IReadOnlyDictionary<string, string> configuration) => _configuration = configuration;

    public bool AppendOnly => Flag("delta.appendOnly", false);

    public long CheckpointInterval => Math.Max(1, Number("delta.checkpointInterval", 10));

    public TimeSpan LogRetention => Duration("delta.logRetentionDuration", TimeSpan.FromDays(30));

    public TimeSpan DeletedFileRetention => Duration("delta.deletedFileRetentionDuration", TimeSpan.FromDays(7));

    /// <summary>Null: transactions are kept for ever.</summary>
    public TimeSpan? TransactionRetention => _configuration.ContainsKey("delta.setTransactionRetentionDuration")
        ? Duration("delta.setTransactionRetentionDuration", default)
        : null;

    public bool ExpiredLogCleanup => Flag("delta.enableExpiredLogCleanup", true);

    /// <summary>Leaf columns with statistics; -1 for all.</summary>
    public long StatsColumnCount => Number("delta.dataSkippingNumIndexedCols", 32);

    /// <summary>The columns with statistics by name; null where they are the first ones.</summary>
    public IReadOnlyList<string>? StatsColumns => _configuration.TryGetValue("delta.dataSkippingStatsColumns", out var list)
        ? [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Unquote)]
        : null;

    public bool StatsAsJson => Flag("delta.checkpoint.writeStatsAsJson", true);

    public bool StatsAsStruct => Flag("delta.checkpoint.writeStatsAsStruct", false);

    public string ColumnMappingMode => _configuration.GetValueOrDefault("delta.columnMapping.mode", "none");

    public bool InCommitTimestamps => Flag("delta.enableInCommitTimestamps", false);

    public bool RowTracking => Flag("delta.enableRowTracking", false);

    /// <summary>The version whose commit turned in-commit timestamps on; null where they were always on.</summary>
    public long? InCommitTimestampsSince => _configuration.ContainsKey("delta.inCommitTimestampEnablementVersion")
        ? Number("delta.inCommitTimestampEnablementVersion", 0)
        : null;

    public long TargetFileBytes => Size("delta.targetFileSize", 128L << 20);

    public string CompressionCodec => _configuration.GetValueOrDefault("delta.parquet.compression.codec", "");

    private static string Unquote(string name) => name.Length > 1 && name[0] == '`' && name[^1] == '`' ? name[1..^1] : name;

    private bool Flag(string key, bool otherwise) => !_configuration.TryGetValue(key, out var text)
        ? otherwise
        : bool.TryParse(text, out var value) ? value : throw Unreadable(key, text, "true or false");

    private long Number(string key, long otherwise) => !_configuration.TryGetValue(key, out var text)
        ? otherwise
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Unreadable(key, text, "a whole number");

    private TimeSpan Duration(string key, TimeSpan otherwise) => !_configuration.TryGetValue(key, out var text)
        ? otherwise
        : Interval.TryParse(text, out var value) ? value : throw Unreadable(key, text, "an interval such as 'interval 30 days'");

    private long Size(string key, long otherwise)
    {
        if (!_configuration.TryGetValue(key, out var text))
        {
            return otherwise;
        }

        var unit = text.ToLowerInvariant().TrimEnd('b');
        var shift = unit.Length == 0 ? 0 : unit[^1] switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        var digits = shift == 0 ? unit : unit[..^1];
        return long.TryParse(digits.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count > 0
            && count <= long.MaxValue >> shift
            ? count << shift
            : throw Unreadable(key, text, "a size such as '134217728' or '128mb'");
    }

    private static DeltaException Unreadable(string key, string text, string wanted) =>
        new($"The table property {key} is '{text}', which is not {wanted}. Set it right before writing to the table.");
}
