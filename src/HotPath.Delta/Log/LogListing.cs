using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>The files of a log as one listing saw them. Never changes.</summary>
internal sealed class LogListing
{
    private readonly SortedDictionary<long, StoredFile> _commits = [];
    private readonly List<(LogName Name, StoredFile File)> _compacted = [];
    private readonly List<CheckpointFiles> _checkpoints = [];

    private LogListing()
    {
    }

    public IReadOnlyDictionary<long, StoredFile> Commits => _commits;

    /// <summary>Complete checkpoints, newest first.</summary>
    public IReadOnlyList<CheckpointFiles> Checkpoints => _checkpoints;

    /// <summary>Every file of the log with a version in its name, in the order of the listing.</summary>
    public List<(LogName Name, StoredFile File)> All { get; } = [];

    public bool IsEmpty => _commits.Count == 0 && _checkpoints.Count == 0;

    /// <summary>The newest version that the log can tell of; -1 where it is empty.</summary>
    public long VersionLast => Math.Max(
        _commits.Count == 0 ? -1 : _commits.Keys.Max(),
        _checkpoints.Count == 0 ? -1 : _checkpoints[0].Version);

    /// <param name="store">The table.</param>
    /// <param name="versionFirst">Files of older versions are not wanted; 0 for all.</param>
    /// <param name="cancellation">Ends the listing early.</param>
    public static async ValueTask<LogListing> ReadAsync(ITableStore store, long versionFirst, CancellationToken cancellation)
    {
        var listing = new LogListing();
        var startAfter = versionFirst > 0 ? LogNames.Before(versionFirst) : null;
        var parts = new Dictionary<(long Version, long PartCount), List<StoredFile>>();
        await foreach (var file in store.ListAsync(LogNames.Directory, startAfter, recursive: false, cancellation))
        {
            if (!LogNames.TryParse(file.Path, out var name))
            {
                continue;
            }

            listing.All.Add((name, file));
            switch (name.Kind)
            {
                case LogFileKind.Commit:
                    listing._commits[name.Version] = file;
                    break;
                case LogFileKind.Compacted:
                    listing._compacted.Add((name, file));
                    break;
                case LogFileKind.Checkpoint or LogFileKind.CheckpointUuid:
                    listing._checkpoints.Add(new CheckpointFiles(name.Version, [file]));
                    break;
                case LogFileKind.CheckpointPart:
                    var key = (name.Version, name.PartCount);
                    (parts.TryGetValue(key, out var found) ? found : parts[key] = []).Add(file);
                    break;
            }
        }

        // A checkpoint of parts counts only when all of its parts are there.
        foreach (var ((version, partCount), files) in parts)
        {
            if (files.Count == partCount)
            {
                listing._checkpoints.Add(new CheckpointFiles(version, files));
            }
        }

        listing._checkpoints.Sort(static (one, other) => other.Version.CompareTo(one.Version));
        return listing;
    }

    /// <summary>
    /// The files that lead from one version to another, each once: commits, or a compacted file where one spans several.
    /// </summary>
    /// <exception cref="DeltaException">A commit in between is missing.</exception>
    public List<(StoredFile File, long VersionLast)> Path(long versionFirst, long versionLast, string location)
    {
        var path = new List<(StoredFile, long)>();
        for (var version = versionFirst; version <= versionLast;)
        {
            var (file, last) = Step(version, versionLast);
            if (file.Path is null)
            {
                throw new DeltaException(
                    $"The log of the table at '{location}' lacks the commit of version {version}; version {versionLast} cannot be "
                    + "loaded. A version before a cleaned log is gone for good; a gap in the middle is damage.");
            }

            path.Add((file, last));
            version = last + 1;
        }

        return path;
    }

    private (StoredFile File, long VersionLast) Step(long version, long versionLast)
    {
        var best = _commits.TryGetValue(version, out var commit) ? (commit, version) : default;
        foreach (var (name, file) in _compacted)
        {
            if (name.Version == version && name.VersionLast <= versionLast && name.VersionLast > best.version)
            {
                best = (file, name.VersionLast);
            }
        }

        return best;
    }
}

/// <summary>The file or the files of one complete checkpoint.</summary>
internal sealed record CheckpointFiles(long Version, IReadOnlyList<StoredFile> Files);
