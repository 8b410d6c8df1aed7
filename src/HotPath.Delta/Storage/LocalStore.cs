using System.Runtime.CompilerServices;
using HotPath.Delta.Log;

namespace HotPath.Delta.Storage;

/// <summary>
/// A table in a directory of a POSIX file system. Whatever it reports as done has been synced, file and directory entry both.
/// </summary>
public sealed class LocalStore : ITableStore
{
    /// <summary>Begins the names of files that are not finished; readers of logs pass over them.</summary>
    internal const string TemporaryPrefix = ".tmp-";

    private readonly string _root;
    private readonly string _log;

    // The log was seen: a directory without it is not the table's any more, but e.g. the place where its disk was mounted.
    private volatile bool _isFounded;

    // Holds names of which nobody knows whether they last.
    private volatile string? _unsynced;

    /// <param name="directory">The table's directory; it need not exist yet.</param>
    public LocalStore(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        _log = Path.Combine(_root, LogNames.Directory);
    }

    public string Location => _root;

    public ValueTask<byte[]?> TryReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            SyncWhatWasNot();
            var content = File.ReadAllBytes(Full(path));
            _isFounded |= IsOfLog(path);
            return new(content);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return new((byte[]?)null);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            throw Failed("read", path, fault);
        }
    }

    public ValueTask<StoreReader?> TryOpenAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var reader = new LocalStoreReader(Full(path));
            _isFounded |= IsOfLog(path);
            return new(reader);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return new((StoreReader?)null);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            throw Failed("open", path, fault);
        }
    }

    public async IAsyncEnumerable<StoredFile> ListAsync(
        string directory,
        string? startAfter,
        bool recursive,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var found = new List<StoredFile>();
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = recursive,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = false,
        };
        try
        {
            foreach (var file in new DirectoryInfo(Full(directory)).EnumerateFiles("*", options))
            {
                var path = Path.GetRelativePath(_root, file.FullName);
                if (startAfter is null || string.CompareOrdinal(path, startAfter) > 0)
                {
                    var modified = new DateTimeOffset(file.LastWriteTimeUtc).ToUnixTimeMilliseconds();
                    found.Add(new(path, file.Length, modified));
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            yield break;
        }
        catch (FileNotFoundException vanished)
        {
            throw Failed("list", directory, vanished);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            throw Failed("list", directory, fault);
        }

        found.Sort(static (one, other) => string.CompareOrdinal(one.Path, other.Path));
        foreach (var file in found)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return file;
        }

        await ValueTask.CompletedTask;
    }

    public ValueTask<PutOutcome> PutIfAbsentAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var full = Full(path);
        var directory = Path.GetDirectoryName(full)!;
        var temporary = WriteTemporary(directory, content, path);
        try
        {
            // The link is the moment of commit: the name appears with its whole, synced content, or is taken.
            if (!Libc.TryLink(temporary, full))
            {
                return new(PutOutcome.Exists);
            }
        }
        finally
        {
            DeleteTemporary(temporary);
        }

        try
        {
            Libc.SyncDirectory(directory);
        }
        catch (StoreException fault)
        {
            _unsynced = directory;
            throw new StoreException(fault.Message, fault) { MayHaveHappened = true };
        }

        _isFounded |= IsOfLog(path);
        return new(PutOutcome.Created);
    }

    public ValueTask PutAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var full = Full(path);
        var directory = Path.GetDirectoryName(full)!;
        var temporary = WriteTemporary(directory, content, path);
        try
        {
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            DeleteTemporary(temporary);
            throw Failed("replace", path, fault);
        }

        Libc.SyncDirectory(directory);
        return ValueTask.CompletedTask;
    }

    public ValueTask<StoreWriter> CreateAsync(string path, CancellationToken cancellation) => new(Writer(path, Full(path)));

    public ValueTask<StoreWriter> ReplaceAsync(string path, CancellationToken cancellation)
    {
        var full = Full(path);
        return new(Writer(path, Path.Combine(Path.GetDirectoryName(full)!, TemporaryPrefix + Guid.NewGuid().ToString("N")), full));
    }

    public ValueTask DeleteAsync(string path, CancellationToken cancellation)
    {
        try
        {
            File.Delete(Full(path));
        }
        catch (DirectoryNotFoundException)
        {
            // Gone with its directory.
        }
        catch (Exception fault) when (IsFault(fault))
        {
            throw Failed("delete", path, fault);
        }

        return ValueTask.CompletedTask;
    }

    public override string ToString() => _root;

    private static bool IsFault(Exception fault) => fault is (IOException and not StoreException) or UnauthorizedAccessException;

    private static bool IsOfLog(string path) => path.StartsWith(LogNames.Directory + "/", StringComparison.Ordinal);

    /// <summary>What came of the file itself is decided by then and must not be hidden; the next cleanup takes what stays.</summary>
    private static void DeleteTemporary(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Readers pass over it.
        }
    }

    /// <summary>
    /// A commit that is read counts as made. One whose sync failed must not until a sync is good: what a failed sync leaves of
    /// a directory is in the file system's own log, which does not go on without it.
    /// </summary>
    private void SyncWhatWasNot()
    {
        if (_unsynced is { } directory)
        {
            Libc.SyncDirectory(directory);
            _unsynced = null;
        }
    }

    private string Full(string path)
    {
        if (Path.IsPathRooted(path) || path.Split('/').Contains(".."))
        {
            throw new StoreException(
                $"The path '{path}' leads out of the table at '{_root}'. Only files inside the table's directory are touched.");
        }

        return Path.Combine(_root, path);
    }

    private LocalStoreWriter Writer(string path, string full, string? inPlaceOf = null)
    {
        CreateDirectory(Path.GetDirectoryName(full)!, path);
        try
        {
            return new LocalStoreWriter(full, inPlaceOf);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            throw Failed("create", path, fault);
        }
    }

    private string WriteTemporary(string directory, ReadOnlyMemory<byte> content, string path)
    {
        CreateDirectory(directory, path);
        var temporary = Path.Combine(directory, TemporaryPrefix + Guid.NewGuid().ToString("N"));
        try
        {
            using var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write);
            RandomAccess.Write(file, content.Span, 0);
            Libc.Sync(file, temporary);
            return temporary;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            DeleteTemporary(temporary);
            throw fault is StoreException ? fault : Failed("write", path, fault);
        }
    }

    /// <summary>A directory is only durable when its parent has been synced, up to the first one that was there.</summary>
    private void CreateDirectory(string directory, string path)
    {
        if (Directory.Exists(directory))
        {
            return;
        }

        if (_isFounded && !Directory.Exists(_log))
        {
            throw new StoreException(
                $"The table at '{_root}' is gone: its directory has no log any more. Is the disk mounted that it is on?");
        }

        var parent = Path.GetDirectoryName(directory);
        if (parent is not null)
        {
            CreateDirectory(parent, path);
        }

        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            throw Failed("create the directory of", path, fault);
        }

        if (parent is not null)
        {
            Libc.SyncDirectory(parent);
        }
    }

    private StoreException Failed(string verb, string path, Exception fault) =>
        new($"Cannot {verb} '{path}' of the table at '{_root}': {fault.Message} Check the disk and its permissions.", fault);
}
