namespace HotPath.Delta.Storage;

/// <summary>
/// The few things a Delta table asks of a file system or an object store. Paths are relative to the table, with '/'
/// between segments and no encoding of any kind. An implementation may be called by several threads at once.
/// A store that cannot do what is asked throws <see cref="StoreException"/>; absence is an answer, not a fault.
/// </summary>
public interface ITableStore
{
    /// <summary>Where the table is, as the user named it, without a final '/'.</summary>
    string Location { get; }

    /// <summary>The whole content of a small file, or null where there is none.</summary>
    ValueTask<byte[]?> TryReadAsync(string path, CancellationToken cancellation);

    /// <summary>A file opened for reading anywhere in it, or null where there is none. The caller disposes it.</summary>
    ValueTask<StoreReader?> TryOpenAsync(string path, CancellationToken cancellation);

    /// <summary>
    /// The files of one directory in ordinal order of their paths, those after <paramref name="startAfter"/> (a path) only;
    /// with <paramref name="recursive"/> those of all directories below it as well. An absent directory is empty.
    /// </summary>
    IAsyncEnumerable<StoredFile> ListAsync(
        string directory,
        string? startAfter,
        bool recursive,
        CancellationToken cancellation);

    /// <summary>
    /// Creates a file whole or not at all, durably, and never replaces one: what the commits of a table rest on.
    /// </summary>
    ValueTask<PutOutcome> PutIfAbsentAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>Writes a file whole and durably, in place of one that may be there.</summary>
    ValueTask PutAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>Starts a file that is written once, front to back, under a name that was never used.</summary>
    ValueTask<StoreWriter> CreateAsync(string path, CancellationToken cancellation);

    /// <summary>
    /// Starts a file that, once complete, stands in place of one that may be there; until then that one stays whole.
    /// </summary>
    ValueTask<StoreWriter> ReplaceAsync(string path, CancellationToken cancellation);

    /// <summary>Removes a file; that there is none is success.</summary>
    ValueTask DeleteAsync(string path, CancellationToken cancellation);
}

/// <summary>A file as a listing shows it: path relative to the table, size, and time of change in milliseconds since 1970.</summary>
public readonly record struct StoredFile(string Path, long Bytes, long ModifiedMillis);

/// <summary>What became of a file that was to be created and never to replace another.</summary>
public enum PutOutcome
{
    /// <summary>The file is there, whole and durable, and it is ours.</summary>
    Created,

    /// <summary>A file of this name was there. On an object store it may be our own, of a request whose answer was lost.</summary>
    Exists,

    /// <summary>No answer told what happened: the file may be there, or may yet appear.</summary>
    Unknown,
}
