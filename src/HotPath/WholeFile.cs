using HotPath.Engine.Native;

namespace HotPath;

/// <summary>
/// Small files that are there as they were or as they are, never in between: written aside, synced, renamed, directory
/// synced. One thread per file.
/// </summary>
internal static class WholeFile
{
    /// <param name="directory">Is created when absent.</param>
    /// <exception cref="DiskFaultException">The disk refuses; the file is as it was.</exception>
    public static void Replace(string directory, string name, ReadOnlySpan<byte> content)
    {
        var disk = new LibcDisk(directory);
        var temporary = name + ".tmp";
        disk.Delete(temporary);
        disk.TryCreate(temporary, out var file).ThrowIfFailed($"{temporary} cannot be created in {directory}");
        using (file)
        {
            file.Write(content, 0).ThrowIfFailed($"{temporary} cannot be written in {directory}");
            file.Sync().ThrowIfFailed($"{temporary} cannot be synced in {directory}");
        }

        disk.Rename(temporary, name).ThrowIfFailed($"{temporary} cannot be renamed in {directory}");
        disk.SyncDirectory().ThrowIfFailed($"The directory {directory} cannot be synced");
    }
}
