namespace HotPath.Delta.Storage;

/// <summary>
/// A data file that is written under its final name, as nobody reads it before a commit names it, or a file that takes its
/// name when it is complete. Owned by one thread.
/// </summary>
internal sealed class LocalStoreWriter : StoreWriter
{
    private readonly string _path;
    private readonly string? _inPlaceOf;
    private readonly FileStream _file;
    private bool _complete;

    /// <param name="path">Where the bytes go.</param>
    /// <param name="inPlaceOf">The name in the same directory that the complete file takes; null where it has its name already.</param>
    public LocalStoreWriter(string path, string? inPlaceOf = null)
    {
        _path = path;
        _inPlaceOf = inPlaceOf;

        // No buffer of its own: the Parquet writer hands over whole pages.
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    public override Stream Stream => _file;

    public override ValueTask CompleteAsync(CancellationToken cancellation)
    {
        Libc.Sync(_file.SafeFileHandle, _path);
        if (_inPlaceOf is not null)
        {
            Rename(_inPlaceOf);
            _complete = true;
        }

        Libc.SyncDirectory(Path.GetDirectoryName(_path)!);
        _complete = true;
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _file.Dispose();
        if (!_complete)
        {
            try
            {
                File.Delete(_path);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // No commit names it: the next vacuum takes it. Why the file was not completed is what the caller must hear.
            }
        }

        return ValueTask.CompletedTask;
    }

    private void Rename(string name)
    {
        try
        {
            File.Move(_path, name, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"Cannot replace '{name}': {fault.Message} Check the disk and its permissions.", fault);
        }
    }
}
