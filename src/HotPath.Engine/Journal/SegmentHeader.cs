using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// Begins every segment file, twice within its first 4 KiB: each copy lies in one 512-byte sector, so a power cut
/// leaves a copy whole or zero. All zeros: the segment is prepared and not in use.
/// </summary>
/// <remarks>
/// <code>
///  0      8        12      16          32        40        48           56          64     72          80           88
/// +------+--------+-------+-----------+---------+---------+------------+-----------+------+-----------+------------+
/// |magic |format  |crc32c |instance   |number   |firstLsn |previousLsn |durableLsn |salt  |createdAt  |namesBytes  |
/// +------+--------+-------+-----------+---------+---------+------------+-----------+------+-----------+------------+
/// </code>
/// Little-endian; the checksum covers everything but its own four bytes.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct SegmentHeader
{
    public const int SizeBytes = 88;

    /// <summary>Frames begin behind it.</summary>
    public const int AreaBytes = 4096;

    public const int SecondCopyAt = 2048;

    /// <summary>HOTPATHJ.</summary>
    public const ulong MagicNumber = 0x4A48_5441_5054_4F48;

    public const int FormatNumber = 1;

    /// <summary>In place of a durable LSN: policy none.</summary>
    public const long NeverSynced = -2;

    private const int ChecksumAt = 12;

    [FieldOffset(0)] public ulong Magic;
    [FieldOffset(8)] public int Format;
    [FieldOffset(ChecksumAt)] public uint Checksum;

    /// <summary>The journal's GUID: another journal is another instance.</summary>
    [FieldOffset(16)] public Guid Instance;
    [FieldOffset(32)] public long Number;

    /// <summary>The LSN of the first frame. Frames of earlier segments at or above it do not count.</summary>
    [FieldOffset(40)] public long FirstLsn;

    /// <summary>The last LSN that earlier segments hold; LSNs between it and the first were never given.</summary>
    [FieldOffset(48)] public long PreviousLsn;

    [FieldOffset(56)] public long DurableLsn;

    /// <summary>New for each use of a file.</summary>
    [FieldOffset(64)] public ulong Salt;
    [FieldOffset(72)] public long CreatedAtMicros;

    /// <summary>The length of the names file that earlier segments need.</summary>
    [FieldOffset(80)] public long NamesBytes;

    /// <summary>What the checksums of this segment's frames begin with.</summary>
    public readonly uint FrameSalt => (uint)(Salt ^ (Salt >> 32));

    /// <summary>Fills the header area: both copies, zeros elsewhere.</summary>
    public void WriteTo(Span<byte> area)
    {
        Magic = MagicNumber;
        Format = FormatNumber;
        Checksum = ComputeChecksum();
        area[..AreaBytes].Clear();
        MemoryMarshal.Write(area, in this);
        MemoryMarshal.Write(area[SecondCopyAt..], in this);
    }

    public static SegmentHeaderCheck Read(ReadOnlySpan<byte> area, out SegmentHeader header)
    {
        header = default;
        if (area.Length < AreaBytes)
        {
            return SegmentHeaderCheck.Damaged;
        }

        if (TryReadCopy(area, out header) || TryReadCopy(area[SecondCopyAt..], out header))
        {
            return header.Format == FormatNumber ? SegmentHeaderCheck.Valid : SegmentHeaderCheck.OtherFormat;
        }

        return area[..AreaBytes].ContainsAnyExcept((byte)0) ? SegmentHeaderCheck.Damaged : SegmentHeaderCheck.Unused;
    }

    private static bool TryReadCopy(ReadOnlySpan<byte> bytes, out SegmentHeader header)
    {
        header = MemoryMarshal.Read<SegmentHeader>(bytes);
        return header.Magic == MagicNumber
            && header.Checksum == header.ComputeChecksum();
    }

    private readonly uint ComputeChecksum()
    {
        // Safe because the struct is blittable and complete. Worth it: no copy of the layout beside the layout.
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<SegmentHeader>(in Unsafe.AsRef(in this)));
        var crc = Crc32C.Append(uint.MaxValue, bytes[..ChecksumAt]);
        return ~Crc32C.Append(crc, bytes[(ChecksumAt + sizeof(uint))..]);
    }
}

internal enum SegmentHeaderCheck
{
    Valid,
    Unused,
    Damaged,

    /// <summary>Whole, and of a version that writes segments otherwise.</summary>
    OtherFormat,
}
