using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// Writes a checkpoint of the newest version from the log alone: the checkpoint before it and the commits since flow through,
/// and what is held of them is one hash per file that the commits name. Memory goes by the changes, not by the table.
/// Owned by one thread.
/// </summary>
internal sealed class CheckpointMerge
{
    private const int Written = -1;
    private const int Before = -2;

    private readonly ITableStore _store;
    private readonly TimeProvider _clock;

    // The last of the log's files that says something of a data file, by the hash of what the data file is called.
    private readonly Dictionary<UInt128, int> _last = [];

    public CheckpointMerge(ITableStore store, TimeProvider clock) => (_store, _clock) = (store, clock);

    /// <returns>The version of the checkpoint; null where there is no table.</returns>
    /// <exception cref="CheckpointUnreadableException">The checkpoint before cannot be read.</exception>
    /// <exception cref="DeltaException">The log is damaged, or the table cannot be written here.</exception>
    public async ValueTask<long?> WriteAsync(CancellationToken cancellation)
    {
        var listing = await LogListing.ReadAsync(_store, 0, cancellation);
        if (listing.IsEmpty)
        {
            return null;
        }

        var builder = new SnapshotBuilder();
        var reader = new CheckpointReader(_store);
        var checkpoints = new List<string>();
        var versionFirst = 0L;
        if (listing.Checkpoints.Count > 0)
        {
            (var few, checkpoints) = await reader.OpenAsync(listing.Checkpoints[0], cancellation);
            builder.Apply(few);
            versionFirst = listing.Checkpoints[0].Version + 1;
        }

        var commits = listing.Path(versionFirst, listing.VersionLast, _store.Location).ConvertAll(static step => step.File.Path);
        for (var index = 0; index < commits.Count; index++)
        {
            builder.Apply(await ScanAsync(commits[index], index, cancellation));
        }

        var table = builder.Build(listing.VersionLast, _store.Location);
        Features.RequireWritable(table.Protocol, table.Metadata, table.Schema);
        await using var file = await CheckpointFile.CreateAsync(_store, table, _clock.GetUtcNow(), cancellation);
        CheckpointWriter.AddFew(file, table.State);
        foreach (var path in checkpoints)
        {
            await foreach (var actions in reader.ReadPartsAsync(path, hasFiles: true, cancellation))
            {
                Copy(actions, file, Before);
            }
        }

        for (var index = 0; index < commits.Count; index++)
        {
            await foreach (var actions in LinesAsync(commits[index], cancellation))
            {
                Copy(actions, file, index);
            }
        }

        await file.CompleteAsync(cancellation);
        return table.Version;
    }

    /// <summary>Notes which data files one of the log's files speaks of, and returns all else that it says.</summary>
    private async ValueTask<ActionSet> ScanAsync(string path, int index, CancellationToken cancellation)
    {
        var few = new ActionSet();
        await foreach (var actions in LinesAsync(path, cancellation))
        {
            foreach (var add in actions.Adds)
            {
                _last[Hash(add.Key)] = index;
            }

            foreach (var remove in actions.Removes)
            {
                _last[Hash(remove.Key)] = index;
            }

            actions.Adds.Clear();
            actions.Removes.Clear();
            few.Add(actions);
        }

        return few;
    }

    private async IAsyncEnumerable<ActionSet> LinesAsync(
        string path,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var file = await _store.TryOpenAsync(path, cancellation) ?? throw new FileVanishedException(path);
        foreach (var actions in ActionReader.ReadLines(file, path))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return actions;
        }
    }

    /// <summary>Copies what nothing later speaks of; each data file once, also where a file of the log names it twice.</summary>
    private void Copy(ActionSet actions, CheckpointFile file, int index)
    {
        foreach (var add in actions.Adds)
        {
            if (Take(add.Key, index))
            {
                file.Add(add);
            }
        }

        foreach (var remove in actions.Removes)
        {
            if (Take(remove.Key, index))
            {
                CheckpointWriter.AddUnlessExpired(file, remove);
            }
        }
    }

    private bool Take(string key, int index)
    {
        var hash = Hash(key);
        if (!_last.TryGetValue(hash, out var last))
        {
            return index == Before;
        }

        if (last != index)
        {
            return false;
        }

        _last[hash] = Written;
        return true;
    }

    // Half of a SHA-256: two names out of a million million would meet once in a million million tables.
    private static UInt128 Hash(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
