using System.Buffers.Binary;

namespace HotPath.LoadGenerator.Udp;

/// <summary>
/// The HPU1 header, little endian, 56 bytes:
/// magic u32 | version u8 | flags u8 | reserved u16 | sender u64 | epoch u64 | datagram u64 | first reading u64 |
/// readings u32 | uncompressed bytes u32 | sent at i64 | payload.
/// </summary>
internal static class DatagramFrame
{
    public const int HeaderBytes = 56;

    /// <summary>Flag of a payload that is an LZ4 block.</summary>
    public const byte Lz4 = 1;

    /// <summary>Flag of a checksum behind the payload.</summary>
    public const byte Crc32C = 2;

    /// <summary>Flag of a signature at the end.</summary>
    public const byte Hmac = 4;

    /// <summary>Flag of a datagram without readings that only says how far the sender is.</summary>
    public const byte Heartbeat = 8;

    private const byte Version = 1;

    public static void WriteHeader(Span<byte> destination, in DatagramHeader header)
    {
        "HPU1"u8.CopyTo(destination);
        destination[4] = Version;
        destination[5] = header.Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], header.Sender);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], header.EpochNanos);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], header.Datagram);
        BinaryPrimitives.WriteInt64LittleEndian(destination[32..], header.ReadingFirst);
        BinaryPrimitives.WriteInt32LittleEndian(destination[40..], header.ReadingCount);
        BinaryPrimitives.WriteInt32LittleEndian(destination[44..], header.PayloadBytes);
        BinaryPrimitives.WriteInt64LittleEndian(destination[48..], header.SentAtNanos);
    }
}

/// <summary>What a frame says of itself.</summary>
internal struct DatagramHeader
{
    public byte Flags;
    public ulong Sender;
    public long EpochNanos;
    public long Datagram;
    public long ReadingFirst;
    public int ReadingCount;
    public int PayloadBytes;
    public long SentAtNanos;
}
