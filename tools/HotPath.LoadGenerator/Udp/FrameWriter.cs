using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HotPath.LoadGenerator.Udp;

/// <summary>
/// Makes frames in place: numbers them, compresses the payload, adds checksum and signature. Owned by one sender's
/// thread; allocates nothing.
/// <code>head of 56 bytes | payload | [CRC32C u32 of all before] | [HMAC-SHA256 of all before, 16 bytes]</code>
/// </summary>
internal sealed class FrameWriter
{
    private const int CrcBytes = sizeof(uint);
    private const int HmacBytes = 16;

    private readonly FrameOptions _options;
    private readonly byte[] _compressed;
    private readonly byte _flags;
    private DatagramHeader _header;

    /// <param name="sender">Where the options name none.</param>
    /// <param name="epochNanos">When the sender began, nanoseconds since the Unix epoch.</param>
    /// <param name="options">What frames carry.</param>
    /// <param name="payloadBytesMax">No payload is longer.</param>
    public FrameWriter(ulong sender, long epochNanos, FrameOptions options, int payloadBytesMax)
    {
        _options = options;
        _compressed = new byte[payloadBytesMax];
        _flags = (byte)((options.Crc32C ? DatagramFrame.Crc32C : 0) | (options.HmacKey is null ? 0 : DatagramFrame.Hmac));
        _header.Sender = options.Sender ?? sender;
        _header.EpochNanos = epochNanos;
    }

    /// <summary>Bytes of a frame that are not payload.</summary>
    public int OverheadBytes => DatagramFrame.HeaderBytes + TrailerBytes;

    private int TrailerBytes => (_options.Crc32C ? CrcBytes : 0) + (_options.HmacKey is null ? 0 : HmacBytes);

    /// <summary>Makes a frame of the payload that stands behind the room for the head; returns its bytes.</summary>
    public int Write(Span<byte> datagram, int payloadBytes, int readings, long nowNanos)
    {
        _header.Flags = _flags;
        _header.ReadingCount = readings;
        _header.PayloadBytes = payloadBytes;
        if (_options.Lz4)
        {
            var payload = datagram.Slice(DatagramFrame.HeaderBytes, payloadBytes);
            var compressedBytes = Lz4.Compress(payload, _compressed.AsSpan(0, payloadBytes - 1));
            if (compressedBytes > 0)
            {
                _header.Flags |= DatagramFrame.Lz4;
                _compressed.AsSpan(0, compressedBytes).CopyTo(payload);
                payloadBytes = compressedBytes;
            }
        }

        var bytes = Complete(datagram, payloadBytes, nowNanos);
        _header.ReadingFirst += readings;
        return bytes;
    }

    /// <summary>
    /// A frame that carries the next numbers of datagram and reading, and as payload the total of readings, u64.
    /// </summary>
    public int WriteHeartbeat(Span<byte> datagram, long nowNanos)
    {
        _header.Flags = (byte)(_flags | DatagramFrame.Heartbeat);
        _header.ReadingCount = 0;
        _header.PayloadBytes = sizeof(long);
        BinaryPrimitives.WriteInt64LittleEndian(datagram[DatagramFrame.HeaderBytes..], _header.ReadingFirst);
        return Complete(datagram, sizeof(long), nowNanos);
    }

    private int Complete(Span<byte> datagram, int payloadBytes, long nowNanos)
    {
        _header.SentAtNanos = nowNanos;
        DatagramFrame.WriteHeader(datagram, _header);
        _header.Datagram++;
        var bytes = DatagramFrame.HeaderBytes + payloadBytes;
        if (_options.Crc32C)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(datagram[bytes..], Crc32COf(datagram[..bytes]));
            bytes += CrcBytes;
        }

        if (_options.HmacKey is { } key)
        {
            Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
            HMACSHA256.HashData(key, datagram[..bytes], mac);
            mac[..HmacBytes].CopyTo(datagram[bytes..]);
            bytes += HmacBytes;
        }

        return bytes;
    }

    private static uint Crc32COf(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var last in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, last);
        }

        return ~crc;
    }
}
