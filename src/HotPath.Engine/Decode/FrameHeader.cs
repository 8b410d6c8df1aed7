using System.Buffers.Binary;

namespace HotPath.Engine.Decode;

/// <summary>What a HotPath datagram frame is, by bits.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,
    Lz4 = 1,
    Crc32C = 2,
    Hmac = 4,

    /// <summary>Serves the loss ledger only: no reading, no sign of life of a source.</summary>
    Heartbeat = 8,
    Retransmit = 16,
    All = 31,
}

/// <summary>The head of a HotPath datagram frame, little endian.</summary>
/// <remarks>
/// <code>
///  0       4         5       6         8         16      24        32             40       44        48        56
/// +-------+---------+-------+---------+---------+-------+---------+--------------+--------+---------+---------+---------+
/// |"HPU1" |version 1|flags  |reserved |sender id|epoch  |datagram |first reading |reading |expanded |send time|payload..|
/// |u32    |u8       |u8     |u16      |u64      |u64 ns |seq. u64 |sequence u64  |count   |bytes u32|i64 ns   |         |
/// +-------+---------+-------+---------+---------+-------+---------+--------------+--------+---------+---------+---------+
/// payload | [CRC32C u32 of all before] | [HMAC-SHA256, first 16 bytes, of all before]
/// </code>
/// The payload of a heartbeat, if there is one, is the sender's own total of readings, u64.
/// </remarks>
internal readonly record struct FrameHeader
{
    public const int SizeBytes = 56;
    public const int CrcBytes = 4;
    public const int HmacBytes = 16;
    private const byte VersionSupported = 1;

    public static ReadOnlySpan<byte> Magic => "HPU1"u8;

    public FrameFlags Flags { get; init; }

    public ulong SenderId { get; init; }

    /// <summary>When the sender started, nanoseconds since the Unix epoch: its sequences count from 0 from there.</summary>
    public ulong Epoch { get; init; }

    public ulong DatagramSequence { get; init; }

    public ulong FirstReadingSequence { get; init; }

    public uint ReadingCount { get; init; }

    /// <summary>Readings in the payload: none in a heartbeat, whatever it says of them.</summary>
    public uint Readings => Has(FrameFlags.Heartbeat) ? 0 : ReadingCount;

    /// <summary>The payload's length before LZ4.</summary>
    public uint ExpandedBytes { get; init; }

    public long SendTimeNanos { get; init; }

    public int TrailerBytes => (Has(FrameFlags.Crc32C) ? CrcBytes : 0) + (Has(FrameFlags.Hmac) ? HmacBytes : 0);

    public static bool IsFrame(ReadOnlySpan<byte> record) => record.StartsWith(Magic);

    public bool Has(FrameFlags flag) => (Flags & flag) != 0;

    /// <summary>False where the head is cut short, of another version, or has flags that mean nothing here.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out FrameHeader header)
    {
        header = default;
        if (frame.Length < SizeBytes || !IsFrame(frame) || frame[4] != VersionSupported)
        {
            return false;
        }

        header = new FrameHeader
        {
            Flags = (FrameFlags)frame[5],
            SenderId = BinaryPrimitives.ReadUInt64LittleEndian(frame[8..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(frame[16..]),
            DatagramSequence = BinaryPrimitives.ReadUInt64LittleEndian(frame[24..]),
            FirstReadingSequence = BinaryPrimitives.ReadUInt64LittleEndian(frame[32..]),
            ReadingCount = BinaryPrimitives.ReadUInt32LittleEndian(frame[40..]),
            ExpandedBytes = BinaryPrimitives.ReadUInt32LittleEndian(frame[44..]),
            SendTimeNanos = BinaryPrimitives.ReadInt64LittleEndian(frame[48..]),
        };
        return (header.Flags & ~FrameFlags.All) == 0 && frame.Length >= SizeBytes + header.TrailerBytes;
    }

    /// <summary>Writes the 56 bytes of the head.</summary>
    public void Write(Span<byte> frame)
    {
        Magic.CopyTo(frame);
        frame[4] = VersionSupported;
        frame[5] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[6..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[8..], SenderId);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[16..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[24..], DatagramSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[32..], FirstReadingSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[40..], ReadingCount);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[44..], ExpandedBytes);
        BinaryPrimitives.WriteInt64LittleEndian(frame[48..], SendTimeNanos);
    }
}
