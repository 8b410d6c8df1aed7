using System.Runtime.CompilerServices;
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
    private readonly TextPool _texts = new();

    public CheckpointReader(ITableStore store) => _store = store;

    /// <exception cref="CheckpointUnreadableException">The checkpoint or one of its sidecars is damaged or gone.</exception>
    public async ValueTask ReadAsync(CheckpointFiles checkpoint, SnapshotBuilder builder, CancellationToken cancellation)
    {
        var paths = new Queue<string>(checkpoint.Files.Select(static file => file.Path));
        while (paths.TryDequeue(out var path))
        {
            await foreach (var actions in ReadPartsAsync(path, hasFiles: true, cancellation))
            {
                builder.Apply(actions);
                foreach (var sidecar in actions.Sidecars)
                {
                    paths.Enqueue(PathOf(sidecar));
                }
            }
        }
    }

    /// <summary>The sidecars that a checkpoint names, by their paths in the store.</summary>
    /// <exception cref="CheckpointUnreadableException">The checkpoint is damaged or gone.</exception>
    public async ValueTask<List<string>> SidecarsAsync(CheckpointFiles checkpoint, CancellationToken cancellation)
    {
        var (few, _) = await OpenAsync(checkpoint, cancellation);
        return [.. few.Sidecars.Select(PathOf)];
    }

    /// <summary>The files that hold the data files of a checkpoint: its own and its sidecars, once for all of its actions that are none.</summary>
    /// <exception cref="CheckpointUnreadableException">The checkpoint is damaged or gone.</exception>
    public async ValueTask<(ActionSet Few, List<string> Files)> OpenAsync(CheckpointFiles checkpoint, CancellationToken cancellation)
    {
        var few = new ActionSet();
        var files = checkpoint.Files.Select(static file => file.Path).ToList();
        foreach (var file in checkpoint.Files)
        {
            await foreach (var actions in ReadPartsAsync(file.Path, hasFiles: false, cancellation))
            {
                actions.Adds.Clear();
                actions.Removes.Clear();
                few.Add(actions);
            }
        }

        files.AddRange(few.Sidecars.Select(PathOf));
        return (few, files);
    }

    /// <summary>
    /// The actions of one file of a checkpoint, part by part, so that no more than one part is held at a time: row groups of
    /// Parquet, lines of JSON.
    /// </summary>
    /// <exception cref="CheckpointUnreadableException">The file is damaged or gone.</exception>
    public async IAsyncEnumerable<ActionSet> ReadPartsAsync(
        string path,
        bool hasFiles,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var file = await _store.TryOpenAsync(path, cancellation) ?? throw Gone(path);
        var parts = path.EndsWith(".json", StringComparison.Ordinal)
            ? ActionReader.ReadLines(file, path)
            : RowGroups(file, hasFiles);
        using var part = parts.GetEnumerator();
        while (MoveNext(part, path))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return part.Current;
        }
    }

    private static string PathOf(Sidecar sidecar) => LogNames.Sidecars + "/" + PathEncoding.Decode(sidecar.Path);

    private IEnumerable<ActionSet> RowGroups(StoreReader source, bool hasFiles)
    {
        var file = ParquetReader.Open(source);
        for (var rowGroup = 0; rowGroup < file.RowGroups.Count; rowGroup++)
        {
            yield return CheckpointColumns.Read(file, rowGroup, hasFiles, _texts);
        }
    }

    private static bool MoveNext(IEnumerator<ActionSet> part, string path)
    {
        try
        {
            return part.MoveNext();
        }
        catch (Exception fault) when (fault is ParquetFormatException or (DeltaException and not CheckpointUnreadableException))
        {
            throw new CheckpointUnreadableException(path, fault.Message, fault);
        }
    }

    private static CheckpointUnreadableException Gone(string path) => new(path, "the file is gone.", null);
}
