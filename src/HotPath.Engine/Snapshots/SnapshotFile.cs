using System.Buffers.Binary;
using HotPath.Engine.Native;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Snapshots;

/// <summary>
/// One shard's state on disk: blocks as the shard handed them over. Cold; one thread. A block that is not what was
/// written is found by its checksum; a file that is too short, or another snapshot's, by the manifest.
/// </summary>
/// <remarks>
/// <code>
/// file  = magic u64 | format i32 | zero i32 | lsn i64 | block*
/// block = part i32 | plainBytes i32 | storedBytes i32 | crc32c u32 | stored       stored = LZ4 block, or plain if as long
/// </code>
/// Little-endian. The checksum begins with the snapshot's LSN and covers the three numbers before it and what is stored.
/// </remarks>
internal static class SnapshotFile
{
    /// <summary>HOTPATHS.</summary>
    public const ulong Magic = 0x5348_5441_5054_4F48;

    public const int Format = 1;
    public const int HeaderBytes = 24;
    public const int BlockHeadBytes = 16;

    /// <summary>One machine with all the readings that may wait for it is the largest block.</summary>
    public const int BlockBytesMax = 64 * 1024 * 1024;

    public static void WriteHeader(Span<byte> into, long lsn)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(into, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(into[8..], Format);
        BinaryPrimitives.WriteInt32LittleEndian(into[12..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(into[16..], lsn);
    }

    public static uint ChecksumOf(long lsn, ReadOnlySpan<byte> head, ReadOnlySpan<byte> stored)
    {
        var salt = (uint)(lsn ^ (lsn >> 32)) ^ 0x5A17_0001u;
        return ~Crc32C.Append(Crc32C.Append(salt, head[..12]), stored);
    }
}

/// <summary>Writes one <see cref="SnapshotFile"/> as its blocks come. Cold; one thread; errors are outcomes.</summary>
internal sealed class SnapshotFileWriter(IDisk disk, string name, long lsn) : IDisposable
{
    private const int Acceleration = 4;

    // Synced on the way, so that no sync of the journal ever stands behind all of it.
    private const long UnsyncedBytesMax = 8L * 1024 * 1024;

    private readonly NativeBuffer _block = new(SaveQueue.ChunkBytes + 4096);
    private IDiskFile? _file;
    private long _unsyncedBytes;

    public string Name => name;

    public long LengthBytes { get; private set; }

    /// <summary>Of the whole file, as far as it is written.</summary>
    public uint Checksum { get; private set; } = uint.MaxValue;

    public DiskError Write(SavePart part, ReadOnlySpan<byte> plain)
    {
        if (_file is null && Begin() is { IsNone: false } error)
        {
            return error;
        }

        _block.EnsureCapacity(SnapshotFile.BlockHeadBytes + Lz4.CompressedBytesMax(plain.Length));
        var block = _block.Span;
        var stored = block[SnapshotFile.BlockHeadBytes..];
        if (!Lz4.IsAvailable || plain.IsEmpty
            || !Lz4.TryCompress(plain, stored[..Math.Max(0, plain.Length - 1)], Acceleration, out var storedBytes))
        {
            plain.CopyTo(stored);
            storedBytes = plain.Length;
        }

        BinaryPrimitives.WriteInt32LittleEndian(block, (int)part);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], plain.Length);
        BinaryPrimitives.WriteInt32LittleEndian(block[8..], storedBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], SnapshotFile.ChecksumOf(lsn, block, stored[..storedBytes]));
        return Append(block[..(SnapshotFile.BlockHeadBytes + storedBytes)]);
    }

    public DiskError Sync()
    {
        _unsyncedBytes = 0;
        return _file!.Sync();
    }

    public void Dispose()
    {
        _file?.Dispose();
        _block.Dispose();
    }

    private DiskError Begin()
    {
        disk.Delete(name);
        var error = disk.TryCreate(name, out var file);
        if (!error.IsNone)
        {
            return error;
        }

        _file = file;
        Span<byte> header = stackalloc byte[SnapshotFile.HeaderBytes];
        SnapshotFile.WriteHeader(header, lsn);
        return Append(header);
    }

    private DiskError Append(ReadOnlySpan<byte> bytes)
    {
        var error = _file!.Write(bytes, LengthBytes);
        if (!error.IsNone)
        {
            return error;
        }

        LengthBytes += bytes.Length;
        Checksum = Crc32C.Append(Checksum, bytes);
        _unsyncedBytes += bytes.Length;
        return _unsyncedBytes >= UnsyncedBytesMax ? Sync() : DiskError.None;
    }
}

/// <summary>Reads one <see cref="SnapshotFile"/> block by block and believes nothing that its checksum does not confirm. Cold; one thread.</summary>
internal sealed class SnapshotFileReader : IDisposable
{
    private readonly IDiskFile _file;
    private readonly SnapshotShard _expected;
    private readonly long _lsn;
    private readonly NativeBuffer _stored = new(SaveQueue.ChunkBytes + 4096);
    private readonly NativeBuffer _plain = new(SaveQueue.ChunkBytes + 4096);
    private long _offset;
    private uint _checksum = uint.MaxValue;

    /// <exception cref="SavedStateException">It is not there, or not what the manifest says.</exception>
    public SnapshotFileReader(IDisk disk, SnapshotShard expected, long lsn)
    {
        _expected = expected;
        _lsn = lsn;
        var error = disk.TryOpen(expected.File, out _file);
        Require(error.IsNone, $"cannot be opened: {error}");
        error = _file.Length(out var lengthBytes);
        Require(error.IsNone && lengthBytes == expected.Bytes, $"has {lengthBytes} of {expected.Bytes} bytes");
        Span<byte> header = stackalloc byte[SnapshotFile.HeaderBytes];
        SnapshotFile.WriteHeader(header, lsn);
        Require(Cut(_stored, SnapshotFile.HeaderBytes).SequenceEqual(header), "is of another format or snapshot");
    }

    /// <summary>The next block, until the one after it; false at the end of the file, which was as expected then.</summary>
    public bool TryRead(out SavePart part, out ReadOnlySpan<byte> plain)
    {
        part = default;
        plain = default;
        if (_offset == _expected.Bytes)
        {
            Require(_checksum == _expected.Checksum, "is not the file that the manifest names");
            return false;
        }

        Span<byte> head = stackalloc byte[SnapshotFile.BlockHeadBytes];
        Cut(_stored, SnapshotFile.BlockHeadBytes).CopyTo(head);
        part = (SavePart)BinaryPrimitives.ReadInt32LittleEndian(head);
        var plainBytes = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
        var storedBytes = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        Require(
            storedBytes >= 0 && plainBytes >= storedBytes && plainBytes <= SnapshotFile.BlockBytesMax
            && storedBytes <= _expected.Bytes - _offset,
            $"is damaged before byte {_offset}");
        var stored = Cut(_stored, storedBytes);
        Require(
            BinaryPrimitives.ReadUInt32LittleEndian(head[12..]) == SnapshotFile.ChecksumOf(_lsn, head, stored),
            $"is damaged before byte {_offset}");
        plain = storedBytes == plainBytes ? stored : Expand(stored, plainBytes);
        return true;
    }

    public void Dispose()
    {
        _file.Dispose();
        _stored.Dispose();
        _plain.Dispose();
    }

    private ReadOnlySpan<byte> Expand(ReadOnlySpan<byte> stored, int plainBytes)
    {
        _plain.EnsureCapacity(plainBytes);
        Require(Lz4.IsAvailable, "is compressed and cannot be read without liblz4. " + Lz4.Cure);
        Require(Lz4.TryDecompress(stored, _plain.Span[..plainBytes]), $"cannot be expanded before byte {_offset}");
        return _plain.Span[..plainBytes];
    }

    private ReadOnlySpan<byte> Cut(NativeBuffer into, int bytes)
    {
        into.EnsureCapacity(bytes);
        var error = _file.Read(into.Span[..bytes], _offset, out var readBytes);
        Require(error.IsNone && readBytes == bytes, $"cannot be read at byte {_offset}: {error}");
        _checksum = Crc32C.Append(_checksum, into.Span[..bytes]);
        _offset += bytes;
        return into.Span[..bytes];
    }

    private void Require(bool isRight, string problem)
    {
        if (!isRight)
        {
            throw new SavedStateException($"{_expected.File} {problem}");
        }
    }
}
