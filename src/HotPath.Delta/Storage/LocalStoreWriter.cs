namespace HotPath.Delta.Storage;

/// <summary>
/// A data file that is written under its final name: nobody reads it before a commit names it. Owned by one thread.
/// </summary>
internal sealed class LocalStoreWriter : StoreWriter
{
    private readonly string _path;
    private readonly FileStream _file;
    private bool _complete;

    public LocalStoreWriter(string path)
    {
        _path = path;

        // No buffer of its own: the Parquet writer hands over whole pages.
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    public override Stream Stream => _file;

    public override ValueTask CompleteAsync(CancellationToken cancellation)
    {
        Libc.Sync(_file.SafeFileHandle, _path);
        Libc.SyncDirectory(Path.GetDirectoryName(_path)!);
        _complete = true;
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _file.Dispose();
        if (!_complete)
        {
            File.Delete(_path);
        }

        return ValueTask.CompletedTask;
    }
}
