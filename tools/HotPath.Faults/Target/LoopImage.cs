using System.ComponentModel;
using System.Runtime.InteropServices;

namespace HotPath.Faults.Target;

/// <summary>
/// A filesystem of its own in a file, mounted by loop, whose power can be cut: everything that was not synced is gone,
/// and every call fails, until it is mounted again. Needs root. What an earlier run left mounted is unmounted.
/// </summary>
internal sealed partial class LoopImage : IAsyncDisposable
{
    private readonly string _file;
    private readonly string _type;

    private LoopImage(string directory, string type)
    {
        _file = Path.Combine(directory, $"{type}.image");
        _type = type;
        Mount = Path.Combine(directory, $"{type}.mount");
    }

    /// <summary>Where it is mounted.</summary>
    public string Mount { get; }

    /// <param name="type">ext4 or xfs.</param>
    public static async Task<LoopImage> CreateAsync(string directory, string type, long megabytes)
    {
        var image = new LoopImage(Directory.CreateDirectory(directory).FullName, type);
        await image.DisposeAsync();
        Directory.CreateDirectory(image.Mount);
        await using (var file = File.Create(image._file))
        {
            file.SetLength(megabytes << 20);
        }

        await CommandRun.RequireAsync($"mkfs.{type}", "-q", image._file);
        await image.MountAsync();
        return image;
    }

    public async Task MountAsync() => await CommandRun.RequireAsync("mount", "-o", "loop", "-t", _type, _file, Mount);

    /// <summary>Nobody may have files open there any more.</summary>
    public async Task RemountAsync()
    {
        await CommandRun.RequireAsync("umount", Mount);
        await MountAsync();
    }

    /// <summary>The power goes: the filesystem stops where it is, its own log is not flushed.</summary>
    public void CutPower()
    {
        const uint Shutdown = 0x8004_587D;
        const int NoLogFlush = 2;
        var descriptor = open(Mount, 0);
        var how = NoLogFlush;
        if (descriptor < 0 || ioctl(descriptor, Shutdown, ref how) != 0)
        {
            throw new CampaignFaultException($"{Mount} cannot be shut down: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }

        _ = close(descriptor);
    }

    public async ValueTask DisposeAsync()
    {
        while (await IsMountedAsync())
        {
            await CommandRun.RequireAsync("umount", "-l", Mount);
        }

        File.Delete(_file);
        if (Directory.Exists(Mount))
        {
            Directory.Delete(Mount);
        }
    }

    private async Task<bool> IsMountedAsync() =>
        (await File.ReadAllLinesAsync("/proc/mounts")).Any(line => line.Split(' ')[1] == Mount);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ioctl(int descriptor, nuint request, ref int argument);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int close(int descriptor);
}
