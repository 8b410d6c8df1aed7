using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// Deletes what lies before the newest checkpoint that is older than the log's retention. Nothing is deleted where there is
/// no such checkpoint, and never the checkpoint itself, its commit, or a newer file. Owned by one thread.
/// </summary>
internal sealed class LogCleanup
{
    // A sidecar is written before the checkpoint that names it, and so are our temporary files before their link.
    private static readonly TimeSpan UnnamedAgeMin = TimeSpan.FromDays(1);

    private readonly ITableStore _store;
    private readonly TimeProvider _clock;

    public LogCleanup(ITableStore store, TimeProvider clock) => (_store, _clock) = (store, clock);

    /// <returns>How many files were deleted.</returns>
    public async ValueTask<int> RunAsync(TableProperties properties, CancellationToken cancellation)
    {
        if (!properties.ExpiredLogCleanup)
        {
            return 0;
        }

        var expiry = _clock.GetUtcNow() - properties.LogRetention;
        if (!await MayHaveExpiredAsync(expiry, cancellation))
        {
            return 0;
        }

        var listing = await LogListing.ReadAsync(_store, 0, cancellation);
        if (VersionToKeep(listing, expiry) is not { } kept)
        {
            return 0;
        }

        var count = 0;
        foreach (var (name, file) in listing.All)
        {
            // A compacted file that begins at the kept checkpoint tells nothing that the checkpoint does not.
            if (name.Version < kept || (name.Kind == LogFileKind.Compacted && name.Version <= kept))
            {
                await _store.DeleteAsync(file.Path, cancellation);
                count++;
            }
        }

        return count + await DeleteUnnamedAsync(listing, kept, cancellation);
    }

    /// <summary>Whether the oldest file of the log is old enough: on an object store one page of the listing tells.</summary>
    private async ValueTask<bool> MayHaveExpiredAsync(DateTimeOffset expiry, CancellationToken cancellation)
    {
        await foreach (var file in _store.ListAsync(LogNames.Directory, null, recursive: false, cancellation))
        {
            if (LogNames.TryParse(file.Path, out var name) && name.Kind == LogFileKind.Commit)
            {
                return file.ModifiedMillis <= expiry.ToUnixTimeMilliseconds();
            }
        }

        return false;
    }

    /// <summary>The checkpoint to keep: the newest complete one that is no newer than the newest expired commit.</summary>
    private static long? VersionToKeep(LogListing listing, DateTimeOffset expiry)
    {
        var cutoff = new DateTimeOffset(expiry.UtcDateTime.Date, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var expired = -1L;
        var millis = long.MinValue;
        foreach (var (version, file) in listing.Commits)
        {
            // File times may run backwards; commits do not.
            millis = Math.Max(millis + 1, file.ModifiedMillis);
            if (millis > cutoff)
            {
                break;
            }

            expired = version;
        }

        return listing.Checkpoints.FirstOrDefault(checkpoint => checkpoint.Version <= expired)?.Version;
    }

    private async ValueTask<int> DeleteUnnamedAsync(LogListing listing, long kept, CancellationToken cancellation)
    {
        var expiry = (_clock.GetUtcNow() - UnnamedAgeMin).ToUnixTimeMilliseconds();
        var unnamed = new List<string>();
        var named = default(HashSet<string>);
        await foreach (var file in _store.ListAsync(LogNames.Sidecars, null, recursive: false, cancellation))
        {
            named ??= await SidecarsNamedAsync(listing, kept, cancellation);
            if (file.ModifiedMillis < expiry && !named.Contains(file.Path))
            {
                unnamed.Add(file.Path);
            }
        }

        await foreach (var file in _store.ListAsync(LogNames.Directory, null, recursive: false, cancellation))
        {
            if (file.ModifiedMillis < expiry && LogNames.IsTemporary(file.Path))
            {
                unnamed.Add(file.Path);
            }
        }

        foreach (var path in unnamed)
        {
            await _store.DeleteAsync(path, cancellation);
        }

        return unnamed.Count;
    }

    private async ValueTask<HashSet<string>> SidecarsNamedAsync(
        LogListing listing,
        long kept,
        CancellationToken cancellation)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        var reader = new CheckpointReader(_store);
        foreach (var checkpoint in listing.Checkpoints.Where(checkpoint => checkpoint.Version >= kept))
        {
            named.UnionWith(await reader.SidecarsAsync(checkpoint, cancellation));
        }

        return named;
    }
}
