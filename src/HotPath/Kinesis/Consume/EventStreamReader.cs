using System.Buffers.Binary;
using System.Text;
using HotPath.Engine.Decode;
using HotPath.Kinesis.Client;

namespace HotPath.Kinesis.Consume;

/// <summary>
/// Reads the messages of <c>application/vnd.amazon.eventstream</c> (see <see cref="Read.EventStream"/>) from an answer
/// that goes on. Belongs to one task; a message is valid until the next one is read.
/// </summary>
internal sealed class EventStreamReader(Stream stream)
{
    private const int PreludeBytes = 12;
    private const int CrcBytes = sizeof(uint);

    /// <summary>An event holds up to 10 MB of records; in base64, and with what stands around it.</summary>
    private const int MessageBytesMax = 24 * 1024 * 1024;
    private const byte TextType = 7;

    private byte[] _bytes = new byte[64 * 1024];

    /// <returns>False when the service has ended the answer.</returns>
    /// <exception cref="AwsFaultException">What came is no message, or the service tells of a fault.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<(bool HasMessage, string EventType, ReadOnlyMemory<byte> Payload)> ReadAsync(CancellationToken stop)
    {
        var count = await stream.ReadAtLeastAsync(_bytes.AsMemory(0, PreludeBytes), PreludeBytes, throwOnEndOfStream: false, stop);
        if (count == 0)
        {
            return default;
        }

        var bytes = BinaryPrimitives.ReadInt32BigEndian(_bytes);
        var headerBytes = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(4));
        if (count < PreludeBytes
            || BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(8)) != Crc32.Of(_bytes.AsSpan(0, 8))
            || bytes is < PreludeBytes + CrcBytes or > MessageBytesMax
            || headerBytes < 0
            || headerBytes > bytes - PreludeBytes - CrcBytes)
        {
            throw NoMessage();
        }

        if (_bytes.Length < bytes)
        {
            Array.Resize(ref _bytes, bytes);
        }

        await stream.ReadExactlyAsync(_bytes.AsMemory(PreludeBytes, bytes - PreludeBytes), stop);
        if (BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(bytes - CrcBytes)) != Crc32.Of(_bytes.AsSpan(0, bytes - CrcBytes)))
        {
            throw NoMessage();
        }

        var headers = Headers(_bytes.AsSpan(PreludeBytes, headerBytes));
        var payload = _bytes.AsMemory(PreludeBytes + headerBytes, bytes - PreludeBytes - CrcBytes - headerBytes);
        return headers.GetValueOrDefault(":message-type") switch
        {
            "event" => (true, headers.GetValueOrDefault(":event-type") ?? "", payload),
            "exception" => throw new AwsFaultException(
                headers.GetValueOrDefault(":exception-type") ?? "Exception", $"The subscription ended: {Encoding.UTF8.GetString(payload.Span)}"),
            _ => throw new AwsFaultException(
                headers.GetValueOrDefault(":error-code") ?? "Network", $"The subscription ended: {headers.GetValueOrDefault(":error-message")}"),
        };
    }

    private static Dictionary<string, string> Headers(ReadOnlySpan<byte> bytes)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        while (!bytes.IsEmpty)
        {
            var nameBytes = bytes[0];
            if (bytes.Length < 1 + nameBytes + 3 || bytes[1 + nameBytes] != TextType)
            {
                throw NoMessage();
            }

            var name = Encoding.ASCII.GetString(bytes.Slice(1, nameBytes));
            bytes = bytes[(2 + nameBytes)..];
            var valueBytes = BinaryPrimitives.ReadUInt16BigEndian(bytes);
            if (bytes.Length < 2 + valueBytes)
            {
                throw NoMessage();
            }

            headers[name] = Encoding.UTF8.GetString(bytes.Slice(2, valueBytes));
            bytes = bytes[(2 + valueBytes)..];
        }

        return headers;
    }

    private static AwsFaultException NoMessage() => new("Network", "The subscription gave something that is no message.");
}
