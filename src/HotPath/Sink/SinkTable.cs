using System.Diagnostics;
using System.Globalization;
using HotPath.Delta;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Engine.Agents;

namespace HotPath.Sink;

/// <summary>
/// One table as the sink writes it: appends that carry how far they go, so that none is made twice. Belongs to the
/// sink's thread.
/// </summary>
internal sealed class SinkTable : IDisposable
{
    private const string RetentionKey = "delta.deletedFileRetentionDuration";

    // What a table without the property has (Delta protocol, table properties).
    private static readonly TimeSpan DefaultRetention = TimeSpan.FromDays(7);

    private readonly DeltaTable _table;
    private readonly TableShape _shape;
    private readonly string _appId;

    private SinkTable(DeltaTable table, TableShape shape, string appId)
    {
        _table = table;
        _shape = shape;
        _appId = appId;
        Held = table.LatestTxn(appId) ?? -1;
    }

    public string Name => _shape.Name;

    /// <summary>What the table holds: rows up to this LSN, or of a dimension so many names.</summary>
    public long Held { get; private set; }

    public long RowCount { get; private set; }

    public long CommitCount { get; private set; }

    /// <summary>Commits, merges of the upkeep too, that met another writer's and were tried again. Any thread may ask.</summary>
    public long ConflictCount => _table.LostAttempts;

    /// <summary>How long it took to write and commit the rows of a flush.</summary>
    public DurationHistogram CommitDurations { get; } = new();

    public long Version => _table.Snapshot.Version;

    public static async Task<SinkTable> OpenAsync(
        SinkOptions sink, TableShape shape, Guid instance, bool mayCreate, DeltaTableOptions options, CancellationToken cancellation)
    {
        var properties = PropertiesOf(sink);
        Column[] columns = shape.IsPartitioned
            ? [.. shape.Columns, new Column(TableSchemas.EventDate, ColumnType.Date)]
            : [.. shape.Columns];
        var definition = new TableDefinition
        {
            Schema = TableSchema.Of(columns),
            PartitionColumns = shape.IsPartitioned ? [TableSchemas.EventDate] : [],
            Name = shape.Name,
            Configuration = properties,
        };
        var location = $"{sink.Location.TrimEnd('/')}/{shape.Name}";
        var table = mayCreate
            ? await DeltaTable.OpenOrCreateAsync(location, definition, options, cancellation)
            : await DeltaTable.OpenAsync(location, definition, options, cancellation);
        await RetainAsync(table, properties, cancellation);
        return new SinkTable(table, shape, $"hotpath/{instance}/{shape.Name}");
    }

    /// <summary>Appends rows in one commit; nothing when there are none.</summary>
    /// <param name="partitions">Rows by day; day is ignored where the table is not partitioned.</param>
    /// <param name="version">How far the table is afterwards; grows from commit to commit.</param>
    /// <param name="cancellation">Gives up before the commit, never in it.</param>
    public async Task AppendAsync(
        IEnumerable<(int Day, IEnumerable<ColumnBatch> Batches)> partitions, long version, CancellationToken cancellation)
    {
        var rows = partitions.Select(partition => new PartitionRows(ValuesOf(partition.Day), partition.Batches)).ToArray();
        if (rows.Length == 0)
        {
            return;
        }

        var options = new AppendOptions
        {
            Columns = _shape.Columns,
            Txns = [new Txn(_appId, version, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds())],
        };
        var begin = Stopwatch.GetTimestamp();
        var result = await _table.AppendAsync(rows, options, cancellation);
        CommitDurations.Record((long)Stopwatch.GetElapsedTime(begin).TotalNanoseconds);
        if (result.Outcome is not (AppendOutcome.Committed or AppendOutcome.AlreadyCommitted))
        {
            throw new SinkFencedException(
                $"The table {Name} refused our rows ({result.Outcome}): {result.Reason ?? "another writer uses our application id"}.");
        }

        Held = version;
        RowCount += result.Rows;
        CommitCount += result.Outcome == AppendOutcome.Committed ? 1 : 0;
    }

    /// <summary>Merges small files; of partitions to which nothing is added any more all of them. Any thread may call it.</summary>
    public Task<OptimizeResult> OptimizeAsync(OptimizeOptions options, CancellationToken cancellation) =>
        _table.OptimizeAsync(options, cancellation);

    /// <summary>Deletes files whose retention is over. Any thread may call it.</summary>
    public Task<VacuumResult> VacuumAsync(CancellationToken cancellation) => _table.VacuumAsync(null, cancellation);

    /// <summary>The days of the table with their last change in milliseconds since 1970. Any thread may call it.</summary>
    public Dictionary<string, long> LastChangeByDay() => _table.Snapshot.Files
        .GroupBy(DayOf)
        .ToDictionary(static day => day.Key, static day => day.Max(static file => file.ModificationTime));

    public static string DayOf(IReadOnlyDictionary<string, string?> partition) =>
        partition.GetValueOrDefault(TableSchemas.EventDate) ?? "";

    public void Dispose() => _table.Dispose();

    private static string DayOf(Add file) => DayOf(file.PartitionValues);

    /// <summary>Other engines that vacuum or checkpoint the table go by its properties, so the retention stands there.</summary>
    private static Dictionary<string, string> PropertiesOf(SinkOptions sink) => sink.Retention == DefaultRetention
        ? []
        : new() { [RetentionKey] = string.Create(CultureInfo.InvariantCulture, $"interval {(long)sink.Retention.TotalMilliseconds} milliseconds") };

    /// <summary>A table that was made under another retention gets the one that is configured now.</summary>
    private static async Task RetainAsync(DeltaTable table, Dictionary<string, string> properties, CancellationToken cancellation)
    {
        var wanted = properties.GetValueOrDefault(RetentionKey);
        if (table.Snapshot.Metadata.Configuration.GetValueOrDefault(RetentionKey) != wanted)
        {
            await table.SetPropertiesAsync(new Dictionary<string, string?> { [RetentionKey] = wanted }, cancellation);
        }
    }

    private PartitionValues ValuesOf(int day) =>
        _shape.IsPartitioned ? PartitionValues.Of((TableSchemas.EventDate, day)) : PartitionValues.None;
}

/// <summary>A table can no longer be written by this instance; nothing that retrying would mend.</summary>
public sealed class SinkFencedException(string message) : Exception(message);
