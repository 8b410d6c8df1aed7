using HotPath.Engine.Native;

namespace HotPath.Engine.Snapshots;

/// <summary>
/// The snapshots of a data directory: the newest two that are good are kept, all else is removed. Cold; one thread at a
/// time.
/// </summary>
internal sealed class SnapshotStore(IDisk disk, Guid instance)
{
    public const int KeptCount = 2;

    private const string TemporarySuffix = ".tmp";

    private readonly List<SnapshotManifest> _kept = [];

    public IDisk Disk => disk;

    /// <summary>Oldest first, at most <see cref="KeptCount"/>.</summary>
    public IReadOnlyList<SnapshotManifest> Kept => _kept;

    /// <summary>
    /// Reads the manifests that are there, newest first. One that cannot be read, or is another journal's, is passed over.
    /// </summary>
    /// <param name="passedOver">What was, and why.</param>
    public List<SnapshotManifest> List(List<string> passedOver)
    {
        disk.TryList(out var names).ThrowIfFailed($"The snapshots in {disk.Root} cannot be listed");
        var found = new List<SnapshotManifest>();
        foreach (var name in names)
        {
            if (!SnapshotManifest.TryParseName(name, out _, out var isManifest) || !isManifest)
            {
                continue;
            }

            var manifest = Read(name);
            if (manifest is null || manifest.FileName != name)
            {
                passedOver.Add($"{name} is damaged");
            }
            else if (manifest.Instance != instance)
            {
                passedOver.Add($"{name} belongs to another journal ({manifest.Instance})");
            }
            else
            {
                found.Add(manifest);
            }
        }

        found.Sort((left, right) => right.Lsn.CompareTo(left.Lsn));
        return found;
    }

    /// <summary>These count, newest first; everything else that looks like a snapshot is removed.</summary>
    public void Keep(IEnumerable<SnapshotManifest> good)
    {
        _kept.Clear();
        _kept.AddRange(good.Take(KeptCount).Reverse());
        RemoveOthers();
    }

    /// <summary>
    /// The manifest of a snapshot whose files are durable: from here on it counts. The directory is synced before, for
    /// its files, and after.
    /// </summary>
    public DiskError Commit(SnapshotManifest manifest)
    {
        var temporary = manifest.FileName + TemporarySuffix;
        disk.Delete(temporary);
        var error = disk.SyncDirectory();
        error = error.IsNone ? Write(temporary, manifest.ToBytes()) : error;
        error = error.IsNone ? disk.Rename(temporary, manifest.FileName) : error;
        error = error.IsNone ? disk.SyncDirectory() : error;
        if (error.IsNone)
        {
            _kept.Add(manifest);
        }

        return error;
    }

    /// <summary>Removes snapshots beyond the newest two, and files without a manifest: none may be on its way.</summary>
    public void RemoveOld()
    {
        if (_kept.Count > KeptCount)
        {
            _kept.RemoveRange(0, _kept.Count - KeptCount);
        }

        RemoveOthers();
    }

    private void RemoveOthers()
    {
        if (!disk.TryList(out var names).IsNone)
        {
            return;
        }

        // Manifests before files: half a removal leaves files without a manifest, which are nothing.
        foreach (var name in names.OrderBy(name => name.EndsWith(".manifest", StringComparison.Ordinal) ? 0 : 1))
        {
            if (SnapshotManifest.TryParseName(name, out _, out _)
                && !_kept.Exists(kept => kept.FileName == name || kept.Shards.Any(shard => shard.File == name)))
            {
                disk.Delete(name);
            }
        }

        disk.SyncDirectory();
    }

    private DiskError Write(string name, byte[] bytes)
    {
        var error = disk.TryCreate(name, out var file);
        if (!error.IsNone)
        {
            return error;
        }

        using (file)
        {
            error = file.Write(bytes, 0);
            return error.IsNone ? file.Sync() : error;
        }
    }

    private SnapshotManifest? Read(string name)
    {
        if (!disk.TryOpen(name, out var file).IsNone)
        {
            return null;
        }

        using (file)
        {
            if (!file.Length(out var lengthBytes).IsNone || lengthBytes > int.MaxValue)
            {
                return null;
            }

            var bytes = new byte[lengthBytes];
            return file.Read(bytes, 0, out var readBytes).IsNone ? SnapshotManifest.Parse(bytes.AsSpan(0, readBytes)) : null;
        }
    }
}
