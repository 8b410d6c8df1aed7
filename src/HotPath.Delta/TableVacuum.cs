using HotPath.Delta.Log;
using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>
/// Deletes files that belong neither to the table nor to its recent past: removed ones whose retention is over, and ones that
/// no commit names and that are older than the retention, so that a commit under way keeps its files. Owned by one thread.
/// </summary>
internal sealed class TableVacuum
{
    private const string ChangeData = "_change_data";

    private readonly ITableStore _store;
    private readonly Snapshot _snapshot;
    private readonly long _expiryMillis;

    public TableVacuum(ITableStore store, Snapshot snapshot, DateTimeOffset now, VacuumOptions options)
    {
        Features.RequireWritable(snapshot.Protocol, snapshot.Metadata, snapshot.Schema);
        var least = snapshot.Properties.DeletedFileRetention;
        var retention = options.Retention ?? least;
        if (retention < least && !options.Force)
        {
            throw new DeltaException(
                $"The table keeps removed files for {least}; a vacuum with a retention of {retention} would break readers "
                + "and writers that rely on it. Set Force only when nobody else uses the table.");
        }

        _store = store;
        _snapshot = snapshot;
        _expiryMillis = (now - retention).ToUnixTimeMilliseconds();
    }

    public async ValueTask<VacuumResult> RunAsync(bool isDryRun, CancellationToken cancellation)
    {
        var (kept, expired) = Named();
        var doomed = new List<StoredFile>();
        await foreach (var file in _store.ListAsync("", null, recursive: true, cancellation))
        {
            if (!IsHidden(file.Path)
                && !kept.Contains(file.Path)
                && (expired.Contains(file.Path) || file.ModifiedMillis < _expiryMillis))
            {
                doomed.Add(file);
            }
        }

        foreach (var file in isDryRun ? [] : doomed)
        {
            await _store.DeleteAsync(file.Path, cancellation);
        }

        return new VacuumResult([.. doomed.Select(static file => file.Path)], doomed.Sum(static file => file.Bytes));
    }

    /// <summary>What the table and its recent past name, and what its past named for long enough.</summary>
    private (HashSet<string> Kept, HashSet<string> Expired) Named()
    {
        var kept = new HashSet<string>(StringComparer.Ordinal);
        var expired = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in _snapshot.State.Files.Values)
        {
            AddPaths(kept, file.Add.Path, file.Add.DeletionVector);
        }

        foreach (var remove in _snapshot.State.Tombstones.Values)
        {
            // Without a time of deletion it was deleted in 1970: the protocol's reading.
            var isExpired = (remove.DeletionTimestamp ?? 0) < _expiryMillis;
            AddPaths(isExpired ? expired : kept, remove.Path, remove.DeletionVector);
        }

        return (kept, expired);
    }

    private void AddPaths(HashSet<string> paths, string logPath, DeletionVector? vector)
    {
        paths.Add(TablePath.InStore(_store, logPath));
        if (vector is not null && DeletionVectors.FileOf(_store, vector) is { } file)
        {
            paths.Add(file);
        }
    }

    /// <summary>
    /// Names that begin with '_' or '.' are not the table's, but for change data and for directories of partition columns
    /// whose names begin so.
    /// </summary>
    private bool IsHidden(string path)
    {
        foreach (var segment in path.Split('/'))
        {
            if (segment.Length > 0
                && segment[0] is '_' or '.'
                && segment != ChangeData
                && !_snapshot.Metadata.PartitionColumns.Any(
                    column => segment.StartsWith(column + "=", StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }
}
