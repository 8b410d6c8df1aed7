namespace HotPath.Engine.Native;

/// <summary>
/// One directory of files, as narrow as the engine needs it, so that tests can put a disk with faults in its place.
/// Calls come from the thread that owns the files. Nothing is hidden: every error is an outcome.
/// </summary>
internal interface IDisk
{
    /// <summary>For messages.</summary>
    string Root { get; }

    /// <summary>Opens a file that exists, for reading and writing.</summary>
    DiskError TryOpen(string name, out IDiskFile file);

    /// <summary>Creates a file that does not exist.</summary>
    DiskError TryCreate(string name, out IDiskFile file);

    DiskError TryList(out string[] names);

    /// <summary>Gives a file a new name, in place of whatever has it.</summary>
    DiskError Rename(string name, string newName);

    DiskError Delete(string name);

    /// <summary>Makes creations, renames and deletions durable.</summary>
    DiskError SyncDirectory();
}

/// <summary>An open file. One thread writes; any thread may read.</summary>
internal interface IDiskFile : IDisposable
{
    /// <summary>Writes all bytes or reports an error; then any part of them may be written.</summary>
    DiskError Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Reads up to the end of the span or of the file.</summary>
    DiskError Read(Span<byte> into, long offset, out int readBytes);

    /// <summary>Makes what was written durable (fdatasync). After an error nothing is known of what was not.</summary>
    DiskError Sync();

    DiskError Truncate(long lengthBytes);

    DiskError Length(out long lengthBytes);
}
