using HotPath.Engine.Native;

namespace HotPath;

/// <summary>
/// One process at a time works on a data directory: an exclusive lock on the file <c>lock</c> in it, which the kernel gives
/// back however the process ends.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly int _descriptor;

    private DataDirectoryLock(int descriptor)
    {
        _descriptor = descriptor;
    }

    /// <exception cref="IOException">Another process has it, or the directory cannot be written.</exception>
    public static DataDirectoryLock Take(string dataDirectory)
    {
        Directory.CreateDirectory(dataDirectory);
        var path = Path.Combine(dataDirectory, "lock");
        Libc.Open(path, Libc.OpenReadWrite | Libc.OpenCreate, out var descriptor).ThrowIfFailed($"{path} cannot be opened");
        var error = Libc.LockExclusively(descriptor);
        if (error.IsNone)
        {
            return new DataDirectoryLock(descriptor);
        }

        Libc.Close(descriptor);
        throw new IOException(
            $"The data directory {dataDirectory} is in use by another process ({error}). Stop it, or configure another directory.");
    }

    public void Dispose() => Libc.Close(_descriptor);
}
