using HotPath.Engine.Native;

namespace HotPath.Outputs;

/// <summary>Appends to a file and syncs it; a torn end of a line that a crash left is closed first.</summary>
internal static class DurableAppend
{
    /// <exception cref="DiskFaultException">The disk refuses.</exception>
    public static void Append(string path, ReadOnlySpan<byte> lines)
    {
        var disk = new LibcDisk(Path.GetDirectoryName(path)!);
        var name = Path.GetFileName(path);
        var isNew = !File.Exists(path);
        var error = isNew ? disk.TryCreate(name, out var file) : disk.TryOpen(name, out file);
        error.ThrowIfFailed($"{path} cannot be opened");
        using (file)
        {
            var end = isNew ? 0 : new FileInfo(path).Length;
            if (end > 0 && !EndsWithLine(path, end))
            {
                file.Write("\n"u8, end).ThrowIfFailed($"{path} cannot be written");
                end++;
            }

            file.Write(lines, end).ThrowIfFailed($"{path} cannot be written");
            file.Sync().ThrowIfFailed($"{path} cannot be synced");
        }

        if (isNew)
        {
            disk.SyncDirectory().ThrowIfFailed($"The directory {disk.Root} cannot be synced");
        }
    }

    private static bool EndsWithLine(string path, long end)
    {
        Span<byte> last = stackalloc byte[1];
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return RandomAccess.Read(handle, last, end - 1) == 1 && last[0] == (byte)'\n';
    }
}
