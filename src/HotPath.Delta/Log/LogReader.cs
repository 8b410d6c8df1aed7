using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>Loads the state of a table from its log. Any thread may call it; it keeps nothing.</summary>
internal sealed class LogReader
{
    // A cleanup may take files away between our listing and our reading; the next listing shows what stands in their place.
    private const int ListingsMax = 3;

    private readonly ITableStore _store;

    public LogReader(ITableStore store) => _store = store;

    /// <summary>The table at a version, or at its latest; null where there is no table at all.</summary>
    /// <exception cref="DeltaException">The log is damaged or the version is not there.</exception>
    public async ValueTask<Snapshot?> TryLoadAsync(long? version, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var hint = attempt == 1 ? await LastCheckpoint.TryReadAsync(_store, cancellation) : null;
                return await LoadAsync(version, hint, cancellation);
            }
            catch (DeltaException fault)
                when (attempt < ListingsMax && (fault is FileVanishedException or CheckpointUnreadableException))
            {
                // Listed again at the top of the loop, without the hint: the whole log may know another way.
            }
        }
    }

    /// <summary>The snapshot after the commits that others have made since; the same object where there are none.</summary>
    public async ValueTask<Snapshot> RefreshAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        var builder = default(SnapshotBuilder);
        var version = snapshot.Version;
        while (await TryReadCommitAsync(version + 1, cancellation) is { } actions)
        {
            builder ??= new SnapshotBuilder(snapshot.State);
            builder.Apply(actions);
            version++;
        }

        return builder?.Build(version, _store.Location) ?? snapshot;
    }

    public async ValueTask<ActionSet?> TryReadCommitAsync(long version, CancellationToken cancellation)
    {
        var path = LogNames.Commit(version);
        var content = await _store.TryReadAsync(path, cancellation);
        return content is null ? null : ActionReader.Read(content, path);
    }

    private async ValueTask<Snapshot?> LoadAsync(long? version, LastCheckpoint? hint, CancellationToken cancellation)
    {
        var versionFirst = hint is not null && (version is null || hint.Version <= version) ? hint.Version : 0;
        var listing = await LogListing.ReadAsync(_store, versionFirst, cancellation);
        if (versionFirst > 0 && !listing.Checkpoints.Any(checkpoint => checkpoint.Version <= (version ?? long.MaxValue)))
        {
            listing = await LogListing.ReadAsync(_store, 0, cancellation);
        }

        if (listing.IsEmpty)
        {
            return null;
        }

        var target = version ?? listing.VersionLast;
        if (target > listing.VersionLast || target < 0)
        {
            throw new DeltaException(
                $"The table at '{_store.Location}' has no version {target}; its latest is {listing.VersionLast}.");
        }

        return await LoadAsync(listing, target, cancellation);
    }

    private async ValueTask<Snapshot> LoadAsync(LogListing listing, long target, CancellationToken cancellation)
    {
        var fault = default(DeltaException);
        foreach (var checkpoint in listing.Checkpoints)
        {
            if (checkpoint.Version > target)
            {
                continue;
            }

            try
            {
                var builder = new SnapshotBuilder();
                await new CheckpointReader(_store).ReadAsync(checkpoint, builder, cancellation);
                return await ReplayAsync(listing, builder, checkpoint.Version + 1, target, cancellation);
            }
            catch (CheckpointUnreadableException unreadable)
            {
                // An older checkpoint and the commits after it, or all commits, may still tell the same.
                fault ??= unreadable;
            }
        }

        try
        {
            return await ReplayAsync(listing, new SnapshotBuilder(), 0, target, cancellation);
        }
        catch (DeltaException) when (fault is not null)
        {
            throw fault;
        }
    }

    private async ValueTask<Snapshot> ReplayAsync(
        LogListing listing,
        SnapshotBuilder builder,
        long versionFirst,
        long target,
        CancellationToken cancellation)
    {
        var texts = new TextPool();
        foreach (var (file, _) in listing.Path(versionFirst, target, _store.Location))
        {
            var content = await _store.TryReadAsync(file.Path, cancellation)
                ?? throw new FileVanishedException(file.Path);
            builder.Apply(ActionReader.Read(content, file.Path, texts));
        }

        return await WithTimestampAsync(builder.Build(target, _store.Location), cancellation);
    }

    /// <summary>The next in-commit timestamp goes by the last one, which neither checkpoints nor compacted commits carry.</summary>
    private async ValueTask<Snapshot> WithTimestampAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        if (!snapshot.Properties.InCommitTimestamps || snapshot.State.LastCommitInfo?.InCommitTimestampMillis is not null)
        {
            return snapshot;
        }

        var actions = await TryReadCommitAsync(snapshot.Version, cancellation);
        return new Snapshot(snapshot.State with { LastCommitInfo = actions?.CommitInfo });
    }
}

/// <summary>A file that a listing showed is gone.</summary>
internal sealed class FileVanishedException(string path)
    : DeltaException($"The file '{path}' of the table's log was there and is gone.");

/// <summary>A checkpoint cannot be read; the table may still be loaded without it.</summary>
internal sealed class CheckpointUnreadableException(string path, string why, Exception? inner)
    : DeltaException($"The checkpoint '{path}' cannot be read: {why}", inner);
