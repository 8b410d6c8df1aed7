using HotPath.Delta.Log;
using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>A checkpoint of a table that nobody has opened.</summary>
internal static class TableCheckpoint
{
    public static async Task<long> WriteAsync(string location, DeltaTableOptions options, CancellationToken cancellation)
    {
        var store = TableStores.At(location, options.S3);
        try
        {
            return await WriteAsync(store, options, cancellation);
        }
        finally
        {
            (store as IDisposable)?.Dispose();
        }
    }

    public static async Task<long> WriteAsync(ITableStore store, DeltaTableOptions options, CancellationToken cancellation)
    {
        try
        {
            return await new CheckpointMerge(store, options.Clock).WriteAsync(cancellation)
                ?? throw new DeltaException($"There is no Delta table at '{store.Location}': it has no _delta_log with a commit.");
        }
        catch (DeltaException fault) when (fault is CheckpointUnreadableException or FileVanishedException)
        {
            // An older checkpoint, or all commits, may tell the same: opening the table looks for another way.
            using var table = await DeltaTable.OpenAsync(store, options, cancellation);
            return await table.CheckpointAsync(cancellation);
        }
    }
}
