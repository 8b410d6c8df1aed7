using System.Runtime.InteropServices;
using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// Begins every frame of a segment. A frame is whole or worth nothing: its checksum begins with the segment's salt, so
/// that a frame of an earlier use of the file never counts.
/// </summary>
/// <remarks>
/// <code>
///  0          4       8         16          24           32      36           40     41      42         44
/// +-----------+-------+---------+-----------+------------+-------+------------+------+-------+----------+--------------+
/// |frameBytes |crc32c |firstLsn |durableLsn |namesBytes  |count  |plainBytes  |kind  |codec  |reserved  |columnsBytes  |
/// +-----------+-------+---------+-----------+------------+-------+------------+------+-------+----------+--------------+
/// frame  = header, payload, zeros up to a multiple of 8
/// payload = plain bytes as they are or as an LZ4 block
/// plain  = columns, then attachments (slots); nothing (mark)
/// </code>
/// Little-endian. The checksum covers the frame without padding but its own four bytes.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct FrameHeader
{
    public const int SizeBytes = 48;

    /// <summary>Frames begin at multiples of it.</summary>
    public const int AlignmentBytes = 8;

    /// <summary>No frame is longer: the largest rule document fits with room to spare.</summary>
    public const int FrameBytesMax = 64 * 1024 * 1024;

    private const int CheckedFrom = 8;

    /// <summary>Header and payload, without padding.</summary>
    [FieldOffset(0)] public int FrameBytes;
    [FieldOffset(4)] public uint Checksum;

    /// <summary>The LSN of the first slot; of a mark: the next LSN.</summary>
    [FieldOffset(8)] public long FirstLsn;

    /// <summary>Every slot up to here was durable when this was written.</summary>
    [FieldOffset(16)] public long DurableLsn;

    /// <summary>The length of the names file that this frame's indexes need.</summary>
    [FieldOffset(24)] public long NamesBytes;

    [FieldOffset(32)] public int Count;
    [FieldOffset(36)] public int PlainBytes;
    [FieldOffset(40)] public FrameKind Kind;
    [FieldOffset(41)] public FrameCodec Codec;
    [FieldOffset(42)] public ushort Reserved;

    /// <summary>How much of the plain bytes are columns; attachments follow.</summary>
    [FieldOffset(44)] public int ColumnsBytes;

    public readonly long LastLsn => FirstLsn + Count - 1;

    public readonly int PaddedBytes => (FrameBytes + AlignmentBytes - 1) & -AlignmentBytes;

    /// <summary>
    /// Whether the fields can be those of a frame at all: looked at before the checksum is worth computing.
    /// </summary>
    public readonly bool IsPlausible =>
        FrameBytes is >= SizeBytes and <= FrameBytesMax
        && FirstLsn >= 0
        && Reserved == 0
        && Codec <= FrameCodec.Lz4
        && PlainBytes is >= 0 and <= FrameBytesMax
        && ColumnsBytes >= 0 && ColumnsBytes <= PlainBytes
        && Kind switch
        {
            FrameKind.Slots => Count is > 0 and <= SlotColumns.SlotsMax && FrameBytes > SizeBytes,
            FrameKind.Mark => Count == 0 && FrameBytes == SizeBytes,
            _ => false,
        };

    /// <summary>The checksum of a whole frame, header first, without padding.</summary>
    public static uint ChecksumOf(ReadOnlySpan<byte> frame, uint salt)
    {
        var crc = Crc32C.Append(salt, frame[..sizeof(int)]);
        return ~Crc32C.Append(crc, frame[CheckedFrom..]);
    }

    /// <summary>Reads the header at the begin of <paramref name="bytes"/> and checks the frame behind it.</summary>
    public static FrameCheck Check(ReadOnlySpan<byte> bytes, uint salt, out FrameHeader header)
    {
        if (bytes.Length < SizeBytes)
        {
            header = default;
            return FrameCheck.Incomplete;
        }

        // Safe because the length was checked and any bits are a header, if an implausible one. Worth it: JournalBench.
        header = MemoryMarshal.Read<FrameHeader>(bytes);
        if (!header.IsPlausible)
        {
            return FrameCheck.Invalid;
        }

        if (bytes.Length < header.FrameBytes)
        {
            return FrameCheck.Incomplete;
        }

        return ChecksumOf(bytes[..header.FrameBytes], salt) == header.Checksum ? FrameCheck.Valid : FrameCheck.Invalid;
    }
}

/// <summary>The values stand on disk: never renumber.</summary>
internal enum FrameKind : byte
{
    /// <summary>Slots of consecutive LSNs, and what belongs to some of them.</summary>
    Slots = 1,

    /// <summary>Nothing follows for now, and everything before is durable up to the frame's durable LSN.</summary>
    Mark = 2,
}

/// <summary>The values stand on disk: never renumber.</summary>
internal enum FrameCodec : byte
{
    Plain = 0,
    Lz4 = 1,
}

internal enum FrameCheck
{
    Valid,
    /// <summary>No frame of this segment begins here.</summary>
    Invalid,
    /// <summary>A frame may begin here but goes on beyond the bytes given.</summary>
    Incomplete,
}
