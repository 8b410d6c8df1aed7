using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Writing;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// A checkpoint of one file in the making, under its classic name, which every engine reads: rows go out in row groups as they
/// come, so that memory does not grow with the table. Disposed without completing it leaves nothing. Owned by one thread.
/// </summary>
internal sealed class CheckpointFile : IAsyncDisposable
{
    // Half a kilobyte a file: row groups of 4 MB, which is what writing and reading one takes.
    private const int RowGroupRows = 1 << 13;

    private static readonly ParquetWriterOptions Options = new()
    {
        Compression = ParquetCompression.Snappy,
        PlainEncodingsOnly = true,
        PageIndex = false,
    };

    private readonly ITableStore _store;
    private readonly long _version;
    private readonly StoreWriter _output;
    private readonly FileWriter _file;
    private readonly RowShredder _shredder;
    private int _waiting;
    private long _rows;

    private CheckpointFile(ITableStore store, Snapshot table, StoreWriter output, DateTimeOffset now)
    {
        (_store, _version, _output) = (store, table.Version, output);
        var stats = table.Properties.StatsAsStruct
            ? new StatsStruct(table.Schema, table.Metadata, StatsJson.ColumnsOf(table))
            : null;
        Rows = new CheckpointRows(table.Properties, stats, now);
        var schema = CheckpointSchema.Create(stats);
        _shredder = new RowShredder(schema);
        _file = new FileWriter(schema, Options);
        _file.Begin(output.Stream);
    }

    /// <summary>Makes the rows to add.</summary>
    public CheckpointRows Rows { get; }

    /// <summary>Data files among the rows.</summary>
    public long AddCount { get; private set; }

    /// <param name="store">The table.</param>
    /// <param name="table">Version, protocol, metadata and properties; its files do not matter.</param>
    /// <param name="now">What has expired by now is left out.</param>
    /// <param name="cancellation">Ends the opening.</param>
    public static async ValueTask<CheckpointFile> CreateAsync(
        ITableStore store,
        Snapshot table,
        DateTimeOffset now,
        CancellationToken cancellation) =>
        new(store, table, await store.ReplaceAsync(LogNames.Checkpoint(table.Version), cancellation), now);

    public void Add(Add add)
    {
        Add(Rows.Of(add));
        AddCount++;
    }

    public void Add(object?[] row)
    {
        _shredder.Add(row);
        _rows++;
        if (++_waiting == RowGroupRows)
        {
            Flush();
        }
    }

    /// <summary>The checkpoint is there and durable when this returns, and so is the hint that points to it.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellation)
    {
        Flush();
        var (bytes, _) = _file.End();
        await _output.CompleteAsync(cancellation);

        // Never backwards: another writer may have made a newer checkpoint while this one was written.
        var stored = await LastCheckpoint.TryReadAsync(_store, cancellation);
        if (stored is null || stored.Version < _version)
        {
            var hint = new LastCheckpoint(_version) { Size = _rows, SizeInBytes = bytes, NumOfAddFiles = AddCount };
            await _store.PutAsync(LogNames.LastCheckpoint, hint.ToJson(), cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _file.Dispose();
        await _output.DisposeAsync();
    }

    private void Flush()
    {
        if (_waiting == 0)
        {
            return;
        }

        for (var leaf = 0; leaf < _shredder.Leaves.Count; leaf++)
        {
            var values = _shredder.Leaves[leaf];
            _file.Chunks[leaf].BeginVector(values.ToVector());
            _file.Chunks[leaf].AppendNested(values.DefinitionLevels, values.RepetitionLevels);
            _file.Chunks[leaf].EndVector();
        }

        _file.FlushRowGroup(_waiting);
        _shredder.Clear();
        _waiting = 0;
    }
}
