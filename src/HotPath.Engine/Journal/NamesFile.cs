using System.Buffers.Binary;
using System.Text;
using HotPath.Engine.Names;
using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// The append-only file of all names, in the order of their indexes. The journal's thread appends, before the first
/// frame that uses a name; loading is cold. When the disk refuses, nothing counts as written and the caller comes back.
/// </summary>
/// <remarks>
/// <code>
/// file  = header (64 bytes), batches
/// header: magic u64 | format i32 | crc32c u32 | instance 16 bytes | zeros
/// batch = batchBytes i32 | crc32c u32 | count i32 | zero i32 | names, zeros up to a multiple of 8
/// name  = sort u8 | zero u8 | utf8Bytes u16 | firstSeenMicros i64 | utf8
/// </code>
/// The checksum of a batch begins with the instance's and covers the batch without padding but its own four bytes.
/// </remarks>
internal sealed class NamesFile : IDisposable
{
    public const string FileName = "names";
    private const string TemporaryName = "names.tmp";

    /// <summary>HOTPATHN.</summary>
    private const ulong Magic = 0x4E48_5441_5054_4F48;

    private const int Format = 1;
    private const int HeaderBytes = 64;
    private const int BatchHeadBytes = 16;
    private const int NameHeadBytes = 12;
    private const int BufferBytes = 256 * 1024;

    private readonly IDiskFile _file;
    private readonly uint _salt;
    private readonly NativeBuffer _buffer = new(BufferBytes);
    private readonly NameDirectory[] _directories;
    private readonly int[] _writtenCounts;
    private readonly int[] _syncedCounts;

    private NamesFile(IDiskFile file, Guid instance, NameTables names, long lengthBytes)
    {
        _file = file;
        _salt = SaltOf(instance);
        _directories = [.. names.All];
        _writtenCounts = [.. _directories.Select(directory => directory.Count)];
        _syncedCounts = new int[_writtenCounts.Length];
        LengthBytes = lengthBytes;
    }

    /// <summary>Names that count end here.</summary>
    public long LengthBytes { get; private set; }

    /// <summary>Makes the file of a new journal.</summary>
    public static NamesFile Create(IDisk disk, Guid instance, NameTables names)
    {
        disk.Delete(TemporaryName);
        disk.TryCreate(TemporaryName, out var file).ThrowIfFailed($"The names file cannot be created in {disk.Root}");
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Format);
        instance.TryWriteBytes(header[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], Crc32C.Of(header[16..]));
        file.Write(header, 0).ThrowIfFailed($"The names file cannot be written in {disk.Root}");
        file.Sync().ThrowIfFailed($"The names file cannot be synced in {disk.Root}");
        disk.Rename(TemporaryName, FileName).ThrowIfFailed($"The names file cannot be named in {disk.Root}");
        disk.SyncDirectory().ThrowIfFailed($"The directory {disk.Root} cannot be synced");
        var empty = new NamesFile(file, instance, names, HeaderBytes);
        Array.Clear(empty._writtenCounts);
        return empty;
    }

    /// <summary>
    /// Loads all names into the tables, which must be empty. What follows the last whole batch stays for now.
    /// </summary>
    public static NamesFile Load(IDisk disk, NameTables names, out Guid instance)
    {
        disk.TryOpen(FileName, out var file).ThrowIfFailed($"The names file cannot be opened in {disk.Root}");
        file.Length(out var fileBytes).ThrowIfFailed($"The names file cannot be read in {disk.Root}");
        var bytes = new byte[fileBytes];
        file.Read(bytes, 0, out var readBytes).ThrowIfFailed($"The names file cannot be read in {disk.Root}");
        instance = ReadInstance(disk, bytes.AsSpan(0, readBytes));
        var lengthBytes = LoadBatches(disk, bytes, SaltOf(instance), names);
        return new NamesFile(file, instance, names, lengthBytes) { TornBytes = fileBytes - lengthBytes };
    }

    /// <summary>
    /// Bytes behind the last whole batch when it was loaded: an append that was not finished, or damage.
    /// </summary>
    public long TornBytes { get; private init; }

    /// <summary>
    /// Cuts what is torn, once it is certain that no frame needs it, and makes the rest durable: names that no frame has
    /// used may have been written before a sync that failed.
    /// </summary>
    /// <param name="durableBytes">A frame says that the file was durable up to here.</param>
    public void MakeSure(IDisk disk, long durableBytes)
    {
        if (TornBytes > 0)
        {
            _file.Truncate(LengthBytes).ThrowIfFailed($"The names file cannot be cut in {disk.Root}");
        }

        if (TornBytes > 0 || durableBytes < LengthBytes)
        {
            Rewriting.Again(_file, durableBytes, LengthBytes).ThrowIfFailed($"The names file cannot be written in {disk.Root}");
            _file.Sync().ThrowIfFailed($"The names file cannot be synced in {disk.Root}");
        }
    }

    /// <summary>Writes and syncs every name that the file does not hold. Does nothing when there is none.</summary>
    public DiskError AppendNew()
    {
        for (var sort = 0; sort < _directories.Length; sort++)
        {
            if (_directories[sort].Count != _writtenCounts[sort])
            {
                return AppendWhenThereAreNew();
            }
        }

        return DiskError.None;
    }

    public void Dispose()
    {
        _file.Dispose();
        _buffer.Dispose();
    }

    private static uint SaltOf(Guid instance)
    {
        Span<byte> bytes = stackalloc byte[16];
        instance.TryWriteBytes(bytes);
        return Crc32C.Of(bytes);
    }

    private static Guid ReadInstance(IDisk disk, ReadOnlySpan<byte> bytes)
    {
        var isWhole = bytes.Length >= HeaderBytes
            && BinaryPrimitives.ReadUInt64LittleEndian(bytes) == Magic
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) == Crc32C.Of(bytes[16..HeaderBytes]);
        if (!isWhole)
        {
            throw new DiskFaultException(
                $"The names file in {disk.Root} has no valid header",
                "Restore it from a copy: without it the journal cannot be understood.");
        }

        var format = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        return format == Format
            ? new Guid(bytes.Slice(16, 16))
            : throw new DiskFaultException(
                $"The names file in {disk.Root} is of format {format}, and this version reads format {Format}",
                "Start the version of HotPath that wrote it; nothing was changed.");
    }

    private static int LoadBatches(IDisk disk, ReadOnlySpan<byte> bytes, uint salt, NameTables names)
    {
        var directories = names.All.ToDictionary(directory => directory.Sort);
        var at = HeaderBytes;
        while (TryReadBatch(bytes[at..], salt, out var batchBytes))
        {
            LoadNames(disk, bytes.Slice(at, batchBytes), directories);
            at += Padded(batchBytes);
        }

        // An unfinished append is the last thing in the file; a whole batch behind it means damage.
        for (var beyond = at + 8; beyond < bytes.Length; beyond += 8)
        {
            if (TryReadBatch(bytes[beyond..], salt, out _))
            {
                throw new DiskFaultException(
                    $"The names file in {disk.Root} is damaged at byte {at}, with valid names from byte {beyond}",
                    "Restore it from a copy: indexes of names after the damage would be wrong.");
            }
        }

        return at;
    }

    private static bool TryReadBatch(ReadOnlySpan<byte> bytes, uint salt, out int batchBytes)
    {
        batchBytes = bytes.Length < BatchHeadBytes ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return batchBytes > BatchHeadBytes
            && batchBytes <= bytes.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) == ChecksumOf(bytes[..batchBytes], salt);
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> batch, uint salt) =>
        ~Crc32C.Append(Crc32C.Append(salt, batch[..4]), batch[8..]);

    private static void LoadNames(
        IDisk disk, ReadOnlySpan<byte> batch, Dictionary<NameSort, NameDirectory> directories)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(batch[8..]);
        var at = BatchHeadBytes;
        for (var index = 0; index < count; index++)
        {
            var utf8Bytes = BinaryPrimitives.ReadUInt16LittleEndian(batch[(at + 2)..]);
            var firstSeenMicros = BinaryPrimitives.ReadInt64LittleEndian(batch[(at + 4)..]);
            var utf8 = batch.Slice(at + NameHeadBytes, utf8Bytes);
            var sort = (NameSort)batch[at];
            if (!directories.TryGetValue(sort, out var directory)
                || directory.TryIntern(utf8, firstSeenMicros, out _) != InternOutcome.Added)
            {
                throw new DiskFaultException(
                    $"The names file in {disk.Root} holds {sort} '{Encoding.UTF8.GetString(utf8)}' which cannot be added",
                    "It was written by another version with larger limits, or twice: restore it from a copy.");
            }

            at += NameHeadBytes + utf8Bytes;
        }
    }

    private static int Padded(int bytes) => (bytes + 7) & ~7;

    /// <summary>All of it or, when the disk refuses anything, nothing: the next attempt writes every byte again.</summary>
    private DiskError AppendWhenThereAreNew()
    {
        var lengthBytesBefore = LengthBytes;
        _writtenCounts.CopyTo(_syncedCounts, 0);
        var error = WriteNew();
        error = error.IsNone ? _file.Sync() : error;
        if (!error.IsNone)
        {
            _syncedCounts.CopyTo(_writtenCounts, 0);
            LengthBytes = lengthBytesBefore;
        }

        return error;
    }

    private DiskError WriteNew()
    {
        for (var sort = 0; sort < _directories.Length; sort++)
        {
            while (_writtenCounts[sort] < _directories[sort].Count)
            {
                var error = AppendBatch(_directories[sort], _writtenCounts[sort], out var countAfter);
                if (!error.IsNone)
                {
                    return error;
                }

                _writtenCounts[sort] = countAfter;
            }
        }

        return DiskError.None;
    }

    /// <summary>One batch holds names of one sort, as many as the buffer takes.</summary>
    private DiskError AppendBatch(NameDirectory directory, int indexFrom, out int countAfter)
    {
        var bytes = _buffer.Span;
        var at = BatchHeadBytes;
        var count = directory.Count;
        for (countAfter = indexFrom; countAfter < count; countAfter++)
        {
            var utf8 = directory.Utf8(countAfter);
            if (at + NameHeadBytes + utf8.Length + 8 > bytes.Length)
            {
                break;
            }

            bytes[at] = (byte)directory.Sort;
            bytes[at + 1] = 0;
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[(at + 2)..], (ushort)utf8.Length);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[(at + 4)..], directory.FirstSeenMicros(countAfter));
            utf8.CopyTo(bytes[(at + NameHeadBytes)..]);
            at += NameHeadBytes + utf8.Length;
        }

        BinaryPrimitives.WriteInt32LittleEndian(bytes, at);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], countAfter - indexFrom);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], ChecksumOf(bytes[..at], _salt));
        bytes[at..Padded(at)].Clear();
        var error = _file.Write(bytes[..Padded(at)], LengthBytes);
        if (error.IsNone)
        {
            LengthBytes += Padded(at);
        }

        return error;
    }
}
