using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HotPath.Delta.Storage;

/// <summary>
/// The three calls for which the base class library has no honest equivalent: its flush to disk reports no error, it cannot
/// open a directory, and its move without overwriting is not exclusive. Any thread may call it; a failure throws.
/// </summary>
internal static partial class Libc
{
    private const int OpenReadOnlyCloseOnExec = 0x80000;
    private const int ErrorExists = 17;

    /// <summary>fsync(2) with its result checked.</summary>
    public static void Sync(SafeFileHandle file, string path)
    {
        if (FileSync(file) != 0)
        {
            ThrowFailed("sync", path);
        }
    }

    /// <summary>Makes the entries of a directory durable.</summary>
    public static void SyncDirectory(string path)
    {
        using var directory = Open(path, OpenReadOnlyCloseOnExec);
        if (directory.IsInvalid)
        {
            ThrowFailed("open directory", path);
        }

        Sync(directory, path);
    }

    /// <summary>link(2): gives a file a second name, or returns false if that name is taken.</summary>
    public static bool TryLink(string existing, string name)
    {
        if (Link(existing, name) == 0)
        {
            return true;
        }

        if (Marshal.GetLastPInvokeError() != ErrorExists)
        {
            ThrowFailed("link", name);
        }

        return false;
    }

    private static void ThrowFailed(string verb, string path)
    {
        var error = Marshal.GetLastPInvokeErrorMessage();
        throw new StoreException($"Cannot {verb} '{path}': {error}. Check the disk, its free space and its permissions.");
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FileSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}
