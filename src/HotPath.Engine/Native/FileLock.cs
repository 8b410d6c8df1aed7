namespace HotPath.Engine.Native;

/// <summary>
/// The exclusive lock of a data directory, held as long as the process lives. Cold. Taken twice it is a fault that
/// says so.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private readonly int _descriptor;

    private FileLock(int descriptor)
    {
        _descriptor = descriptor;
    }

    public static FileLock Take(string path)
    {
        Libc.Open(path, Libc.OpenReadWrite | Libc.OpenCreate, out var descriptor)
            .ThrowIfFailed($"The lock file {path} cannot be opened");
        var error = Libc.LockExclusively(descriptor);
        if (!error.IsNone)
        {
            Libc.Close(descriptor);
            if (error.IsLocked)
            {
                throw new DiskFaultException(
                    $"Another process holds {path}", "Stop that process, or give this one a data directory of its own.");
            }

            error.ThrowIfFailed($"The lock file {path} cannot be locked");
        }

        return new FileLock(descriptor);
    }

    public void Dispose() => Libc.Close(_descriptor);
}
