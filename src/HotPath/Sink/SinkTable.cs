using HotPath.Delta;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;

namespace HotPath.Sink;

/// <summary>
/// One table as the sink writes it: appends that carry how far they go, so that none is made twice. Belongs to the
/// sink's thread.
/// </summary>
internal sealed class SinkTable : IDisposable
{
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

    public long Version => _table.Snapshot.Version;

    public static async Task<SinkTable> OpenAsync(
        string location, TableShape shape, Guid instance, DeltaTableOptions options, CancellationToken cancellation)
    {
        Column[] columns = shape.IsPartitioned
            ? [.. shape.Columns, new Column(TableSchemas.EventDate, ColumnType.Date)]
            : [.. shape.Columns];
        var definition = new TableDefinition
        {
            Schema = TableSchema.Of(columns),
            PartitionColumns = shape.IsPartitioned ? [TableSchemas.EventDate] : [],
            Name = shape.Name,
        };
        var table = await DeltaTable.OpenOrCreateAsync($"{location.TrimEnd('/')}/{shape.Name}", definition, options, cancellation);
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
        var result = await _table.AppendAsync(rows, options, cancellation);
        if (result.Outcome is not (AppendOutcome.Committed or AppendOutcome.AlreadyCommitted))
        {
            throw new SinkFencedException(
                $"The table {Name} refused our rows ({result.Outcome}): {result.Reason ?? "another writer uses our application id"}.");
        }

        Held = version;
        RowCount += result.Rows;
        CommitCount += result.Outcome == AppendOutcome.Committed ? 1 : 0;
    }

    public void Dispose() => _table.Dispose();

    private PartitionValues ValuesOf(int day) =>
        _shape.IsPartitioned ? PartitionValues.Of((TableSchemas.EventDate, day)) : PartitionValues.None;
}

/// <summary>A table can no longer be written by this instance; nothing that retrying would mend.</summary>
public sealed class SinkFencedException(string message) : Exception(message);
