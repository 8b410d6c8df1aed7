using System.Buffers.Binary;

namespace HotPath.Engine.Native;

/// <summary>
/// One number in a small file of its own, replaced in place: once the file is there it takes no space, so that it can be
/// stored on a full disk too, when storing it is what frees the disk. Cold; one thread at a time for each file.
/// </summary>
/// <remarks>
/// <code>
/// file = slot, slot                                                    (512 bytes each: a power cut never tears a sector)
/// slot = sequence i64 | number i64 | crc32c u32 of both | zeros        the greater sequence counts
/// </code>
/// Little-endian. The slot that does not count is written and synced. If the other is damaged, the number before counts.
/// </remarks>
internal static class MarkFile
{
    private const int SlotBytes = 512;
    private const int FileBytes = 2 * SlotBytes;
    private const string TemporarySuffix = ".tmp";

    /// <summary>The number, or null when none was ever stored.</summary>
    /// <exception cref="DiskFaultException">It cannot be read, or both slots are damaged.</exception>
    public static long? Read(IDisk disk, string name)
    {
        var error = disk.TryOpen(name, out var file);
        if (error.Number == DiskError.NoEntry)
        {
            return null;
        }

        error.ThrowIfFailed($"The file {name} cannot be opened in {disk.Root}");
        using (file)
        {
            Span<byte> bytes = stackalloc byte[FileBytes];
            file.Read(bytes, 0, out var readBytes).ThrowIfFailed($"The file {name} cannot be read in {disk.Root}");
            return TryFindNewest(bytes[..readBytes], out _, out _, out var number)
                ? number
                : throw new DiskFaultException(
                    $"The file {name} in {disk.Root} is damaged",
                    "Delete it: what it marked is found out again, and more is kept or read than needed.");
        }
    }

    /// <summary>Stores the number, durably, or says what the disk said.</summary>
    public static DiskError Write(IDisk disk, string name, long number)
    {
        var error = disk.TryOpen(name, out var file);
        if (error.Number == DiskError.NoEntry)
        {
            return Create(disk, name, number);
        }

        if (!error.IsNone)
        {
            return error;
        }

        bool isSyncLost;
        using (file)
        {
            error = WriteInPlace(file, number, out isSyncLost);
        }

        // After a sync that failed nothing is known of the file, and no second sync of it is to be believed.
        return isSyncLost ? Create(disk, name, number) : error;
    }

    private static DiskError WriteInPlace(IDiskFile file, long number, out bool isSyncLost)
    {
        isSyncLost = false;
        Span<byte> bytes = stackalloc byte[FileBytes];
        var error = file.Read(bytes, 0, out var readBytes);
        if (!error.IsNone)
        {
            return error;
        }

        var isThere = TryFindNewest(bytes[..readBytes], out var slot, out var sequence, out _);
        var next = isThere ? 1 - slot : 0;
        Span<byte> written = stackalloc byte[SlotBytes];
        Fill(written, sequence + 1, number);
        error = file.Write(written, next * SlotBytes);
        if (error.IsNone)
        {
            error = file.Sync();
            isSyncLost = !error.IsNone;
        }

        return error;
    }

    private static DiskError Create(IDisk disk, string name, long number)
    {
        var temporary = name + TemporarySuffix;
        disk.Delete(temporary);
        var error = disk.TryCreate(temporary, out var file);
        if (!error.IsNone)
        {
            return error;
        }

        using (file)
        {
            Span<byte> bytes = stackalloc byte[FileBytes];
            bytes.Clear();
            Fill(bytes[..SlotBytes], 1, number);
            Fill(bytes[SlotBytes..], 2, number);
            error = file.Write(bytes, 0);
            error = error.IsNone ? file.Sync() : error;
        }

        error = error.IsNone ? disk.Rename(temporary, name) : error;
        return error.IsNone ? disk.SyncDirectory() : error;
    }

    private static void Fill(Span<byte> slot, long sequence, long number)
    {
        slot.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(slot, sequence);
        BinaryPrimitives.WriteInt64LittleEndian(slot[8..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[16..], Crc32C.Of(slot[..16]));
    }

    private static bool TryFindNewest(ReadOnlySpan<byte> bytes, out int newest, out long sequence, out long number)
    {
        newest = -1;
        (sequence, number) = (0, 0);
        for (var slot = 0; (slot + 1) * SlotBytes <= bytes.Length; slot++)
        {
            var at = bytes.Slice(slot * SlotBytes, SlotBytes);
            var found = BinaryPrimitives.ReadInt64LittleEndian(at);
            if (found > sequence && BinaryPrimitives.ReadUInt32LittleEndian(at[16..]) == Crc32C.Of(at[..16]))
            {
                (newest, sequence, number) = (slot, found, BinaryPrimitives.ReadInt64LittleEndian(at[8..]));
            }
        }

        return newest >= 0;
    }
}
