using HotPath.Delta.Parquet;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// Reads a checkpoint of any form into a <see cref="SnapshotBuilder"/>: one Parquet file, several parts, or V2 in JSON or
/// Parquet with sidecars. Owned by one thread.
/// </summary>
internal sealed class CheckpointReader
{
    private readonly ITableStore _store;

    public CheckpointReader(ITableStore store) => _store = store;

    /// <exception cref="CheckpointUnreadableException">The checkpoint or one of its sidecars is damaged or gone.</exception>
    public async ValueTask ReadAsync(CheckpointFiles checkpoint, SnapshotBuilder builder, CancellationToken cancellation)
    {
        foreach (var file in checkpoint.Files)
        {
            var actions = await ReadFileAsync(file.Path, cancellation);
            builder.Apply(actions);
            foreach (var sidecar in actions.Sidecars)
            {
                builder.Apply(await ReadFileAsync(PathOf(sidecar), cancellation));
            }
        }
    }

    /// <summary>The sidecars that a checkpoint names, by their paths in the store.</summary>
    /// <exception cref="CheckpointUnreadableException">The checkpoint is damaged or gone.</exception>
    public async ValueTask<List<string>> SidecarsAsync(CheckpointFiles checkpoint, CancellationToken cancellation)
    {
        var paths = new List<string>();
        foreach (var file in checkpoint.Files)
        {
            paths.AddRange((await ReadFileAsync(file.Path, cancellation)).Sidecars.Select(PathOf));
        }

        return paths;
    }

    private static string PathOf(Sidecar sidecar) => LogNames.Sidecars + "/" + PathEncoding.Decode(sidecar.Path);

    private async ValueTask<ActionSet> ReadFileAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return path.EndsWith(".json", StringComparison.Ordinal)
                ? ActionReader.Read(await _store.TryReadAsync(path, cancellation) ?? throw Gone(path), path)
                : await ReadParquetAsync(path, cancellation);
        }
        catch (Exception fault) when (fault is ParquetFormatException or (DeltaException and not CheckpointUnreadableException))
        {
            throw new CheckpointUnreadableException(path, fault.Message, fault);
        }
    }

    private async ValueTask<ActionSet> ReadParquetAsync(string path, CancellationToken cancellation)
    {
        using var file = await _store.TryOpenAsync(path, cancellation) ?? throw Gone(path);
        var actions = new ActionSet();
        CheckpointColumns.Read(ParquetReader.Open(file), actions);
        return actions;
    }

    private static CheckpointUnreadableException Gone(string path) => new(path, "the file is gone.", null);
}
