using HotPath.Delta.Columns;
using HotPath.Delta.Storage;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Table;

/// <summary>
/// Tables that Spark, delta-rs and others wrote: each is read as another reader has read it, or refused by the name of what
/// it needs. The rows are compared column by column, nested columns left out.
/// </summary>
public sealed class OtherEnginesTests(ITestOutputHelper output)
{
    /// <summary>What cannot be loaded or read, and the words that must say why.</summary>
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["delta-rs/spark-shredded-variant-preview-delta"] = "variant",
        ["delta-rs/spark-variant-checkpoint"] = "variantType-preview",
        ["delta-rs/spark-variant-stable-feature-checkpoint"] = "variantType",
        ["golden-extra/spark-variant-checkpoint"] = "variantType-preview",
        ["spark/variant-stats-nested-no-checkpoint"] = "variant",
        ["spark/variant-stats-no-checkpoint"] = "variant",
        ["spark/variant-stats-state-reconstruction"] = "variant",
        ["spark/variant-stats-with-struct-no-checkpoint"] = "variant",
        ["golden/deltalog-invalid-protocol-version/delta"] = "reader version 99",
        ["golden/deltalog-state-reconstruction-from-checkpoint-missing-metadata/delta"] = "metaData",
        ["golden/deltalog-state-reconstruction-from-checkpoint-missing-protocol/delta"] = "protocol",
        ["golden/deltalog-state-reconstruction-without-metadata/delta"] = "metaData",
        ["golden/versions-not-contiguous/delta"] = "lacks the commit",
        ["golden/update-deleted-directory/delta"] = "metaData",
        ["golden/no-delta-log-folder/delta"] = "no Delta table",
        ["kernel/crc-malformed"] = "no Delta table",
    };

    /// <summary>No more rows of a table were kept for comparison.</summary>
    private const int ObservedRowsMax = 300;

    /// <summary>Tables whose data files are absent: the log is loaded, and reading says which file is gone.</summary>
    private static readonly string[] WithoutData = ["is gone", "leads out of the table"];

    [SharedTablesFact]
    public async Task Every_table_is_read_as_others_read_it_or_refused_by_name()
    {
        var results = new List<string>();
        var faults = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(SharedTables.Directory!, "TABLES.tsv")).Skip(1))
        {
            var cells = line.Split('\t');
            var result = await TryAsync(cells[0], cells[^1]);
            results.Add($"{result.Verdict,-9} {cells[0]}  {result.Detail}");
            if (result.Verdict == "WRONG")
            {
                faults.Add(results[^1]);
            }
        }

        output.WriteLine(string.Join('\n', results));

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.True(results.Count > 100);
    }

    [SharedTablesFact]
    public async Task A_feature_that_is_not_had_is_named()
    {
        var store = Store("golden-extra/collations-table");
        using var table = await DeltaTable.OpenAsync(store);

        var refusal = await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await table.AppendAsync([]));

        Assert.Equal("collations", refusal.Feature);
    }

    private static LocalStore Store(string table) =>
        new(Path.Combine(SharedTables.Directory!, "tables", table));

    private static async Task<(string Verdict, string Detail)> TryAsync(string name, string observed)
    {
        var rowCount = default(long?);
        try
        {
            using var table = await DeltaTable.OpenAsync(Store(name));
            rowCount = table.Snapshot.RowCount;
            var rows = await TableRows.ReadAsync(table);
            return Refused.ContainsKey(name)
                ? ("WRONG", "should have been refused")
                : await CompareAsync(name, observed, table, rows);
        }
        catch (Exception fault) when (fault is DeltaException or StoreException)
        {
            if (Refused.TryGetValue(name, out var word))
            {
                return (fault.Message.Contains(word, StringComparison.Ordinal) ? "refused" : "WRONG", fault.Message);
            }

            // The other reader counts from statistics where the data is absent.
            var isKnown = observed.StartsWith("error", StringComparison.Ordinal) || $"{rowCount}" == observed;
            return (isKnown && WithoutData.Any(words => fault.Message.Contains(words, StringComparison.Ordinal))
                ? "no data"
                : "WRONG", fault.Message);
        }
    }

    private static async Task<(string Verdict, string Detail)> CompareAsync(
        string name,
        string observed,
        DeltaTable table,
        string rows)
    {
        var columns = await table.ColumnsOfAsync(new ReadOptions());
        var ours = ObservedRows.Normalize(rows, columns);
        var theirs = await TheirsAsync(name, columns);
        if (theirs is null || theirs.Count == ObservedRowsMax)
        {
            var isCount = observed.StartsWith("error", StringComparison.Ordinal) || $"{ours.Count}" == observed;
            return (isCount ? "rows" : "WRONG", $"{ours.Count} rows, version {table.Snapshot.Version}; others read {observed}");
        }

        if (ours.Count != theirs.Count)
        {
            return ("WRONG", $"{ours.Count} rows; others read {theirs.Count}");
        }

        var differing = ours.Zip(theirs).FirstOrDefault(static pair => pair.First != pair.Second);
        return differing == default
            ? ("equal", $"{ours.Count} rows, version {table.Snapshot.Version}")
            : ("WRONG", $"ours {differing.First} theirs {differing.Second}");
    }

    private static async Task<List<string>?> TheirsAsync(string name, IReadOnlyList<Column> columns)
    {
        var table = name.EndsWith("/delta", StringComparison.Ordinal) ? name[..^"/delta".Length] : name;
        var file = table.Replace("/", "__", StringComparison.Ordinal) + ".jsonl";
        var path = Path.Combine(SharedTables.Directory!, "observed", file);
        return File.Exists(path) ? ObservedRows.Normalize(await File.ReadAllTextAsync(path), columns) : null;
    }
}
