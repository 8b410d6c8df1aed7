using System.Buffers.Binary;
using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// The file that says from which LSN on the journal is kept. It is durable before anything below it goes, so that a
/// half-finished removal is not taken for a loss. Cold; one thread at a time.
/// </summary>
/// <remarks><code>lsn i64 | crc32c u32 | zero i32</code> Replaced as a whole: written aside, synced, renamed.</remarks>
internal static class LowWater
{
    private const string FileName = "low-water";
    private const string TemporaryName = "low-water.tmp";
    private const int FileBytes = 16;

    /// <summary>The mark, or 0 when none was set.</summary>
    public static long Read(IDisk disk)
    {
        var error = disk.TryOpen(FileName, out var file);
        if (error.Number == DiskError.NoEntry)
        {
            return 0;
        }

        error.ThrowIfFailed($"The low-water mark cannot be opened in {disk.Root}");
        Span<byte> bytes = stackalloc byte[FileBytes];
        file.Read(bytes, 0, out var readBytes).ThrowIfFailed($"The low-water mark cannot be read in {disk.Root}");
        file.Dispose();
        var isWhole = readBytes == FileBytes
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == Crc32C.Of(bytes[..8]);
        return isWhole
            ? BinaryPrimitives.ReadInt64LittleEndian(bytes)
            : throw new DiskFaultException(
                $"The file {FileName} in {disk.Root} is damaged",
                "Delete it: segments that were about to be removed are then reported and kept.");
    }

    public static DiskError Write(IDisk disk, long lsn)
    {
        Span<byte> bytes = stackalloc byte[FileBytes];
        bytes.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, lsn);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Crc32C.Of(bytes[..8]));

        disk.Delete(TemporaryName);
        var error = disk.TryCreate(TemporaryName, out var file);
        if (!error.IsNone)
        {
            return error;
        }

        error = file.Write(bytes, 0);
        error = error.IsNone ? file.Sync() : error;
        file.Dispose();
        error = error.IsNone ? disk.Rename(TemporaryName, FileName) : error;
        return error.IsNone ? disk.SyncDirectory() : error;
    }
}
