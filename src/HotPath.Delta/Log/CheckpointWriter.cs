using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Writing;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// Writes a snapshot as a checkpoint of one file under its classic name, which every engine reads, then the hint that points
/// to it. Several may write the same one: their contents are equal, and the last stands. Owned by one thread.
/// </summary>
internal sealed class CheckpointWriter
{
    private const int RowGroupRows = 1 << 16;

    private static readonly ParquetWriterOptions Options = new()
    {
        Compression = ParquetCompression.Snappy,
        PlainEncodingsOnly = true,
        PageIndex = false,
    };

    private readonly ITableStore _store;
    private readonly TimeProvider _clock;

    public CheckpointWriter(ITableStore store, TimeProvider clock) => (_store, _clock) = (store, clock);

    /// <exception cref="UnsupportedFeatureException">The table wants statistics as columns in its checkpoints.</exception>
    public async ValueTask WriteAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        if (snapshot.Properties.StatsAsStruct)
        {
            throw new UnsupportedFeatureException(
                "delta.checkpoint.writeStatsAsStruct",
                "The table wants statistics as columns of its checkpoints (delta.checkpoint.writeStatsAsStruct), which this "
                + "library does not write. Let the engine that made the table write its checkpoints.");
        }

        var (content, rows) = Encode(snapshot);
        await _store.PutAsync(LogNames.Checkpoint(snapshot.Version), content, cancellation);

        // Never backwards: another writer may have made a newer checkpoint while this one was written.
        var stored = await LastCheckpoint.TryReadAsync(_store, cancellation);
        if (stored is null || stored.Version < snapshot.Version)
        {
            var hint = new LastCheckpoint(snapshot.Version)
            {
                Size = rows,
                SizeInBytes = content.Length,
                NumOfAddFiles = snapshot.State.Files.Count,
            };
            await _store.PutAsync(LogNames.LastCheckpoint, hint.ToJson(), cancellation);
        }
    }

    private (ReadOnlyMemory<byte> Content, long Rows) Encode(Snapshot snapshot)
    {
        using var output = new MemoryStream();
        var schema = CheckpointSchema.Create();
        using var file = new FileWriter(schema, Options);
        file.Begin(output);
        var shredder = new RowShredder(schema);
        var waiting = 0;
        var rows = 0L;
        foreach (var row in CheckpointRows.Of(snapshot.State, snapshot.Properties, _clock.GetUtcNow()))
        {
            shredder.Add(row);
            rows++;
            if (++waiting == RowGroupRows)
            {
                Flush(file, shredder, ref waiting);
            }
        }

        Flush(file, shredder, ref waiting);
        file.End();
        return (output.GetBuffer().AsMemory(0, (int)output.Length), rows);
    }

    private static void Flush(FileWriter file, RowShredder shredder, ref int waiting)
    {
        if (waiting == 0)
        {
            return;
        }

        for (var leaf = 0; leaf < shredder.Leaves.Count; leaf++)
        {
            var values = shredder.Leaves[leaf];
            file.Chunks[leaf].BeginVector(values.ToVector());
            file.Chunks[leaf].AppendNested(values.DefinitionLevels, values.RepetitionLevels);
            file.Chunks[leaf].EndVector();
        }

        file.FlushRowGroup(waiting);
        shredder.Clear();
        waiting = 0;
    }
}
