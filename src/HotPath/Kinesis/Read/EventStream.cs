using System.Buffers.Binary;
using System.Text;
using HotPath.Engine.Decode;

namespace HotPath.Kinesis.Read;

/// <summary>
/// The messages of <c>application/vnd.amazon.eventstream</c>, big endian:
/// <code>
/// total bytes u32 | header bytes u32 | CRC-32 of these eight | headers | payload | CRC-32 of all before
/// header = name bytes u8 | name | 7 = text | value bytes u16 | value
/// </code>
/// Pure functions; any thread.
/// </summary>
internal static class EventStream
{
    public const string ContentType = "application/vnd.amazon.eventstream";

    private const int PreludeBytes = 12;
    private const byte TextType = 7;

    public static byte[] Event(string eventType, string contentType, ReadOnlySpan<byte> payload) => Message(
        [(":event-type", eventType), (":content-type", contentType), (":message-type", "event")], payload);

    public static byte[] Exception(string exceptionType, string contentType, ReadOnlySpan<byte> payload) => Message(
        [(":exception-type", exceptionType), (":content-type", contentType), (":message-type", "exception")], payload);

    private static byte[] Message(ReadOnlySpan<(string Name, string Value)> headers, ReadOnlySpan<byte> payload)
    {
        var headerBytes = 0;
        foreach (var (name, value) in headers)
        {
            headerBytes += 1 + name.Length + 3 + value.Length;
        }

        var message = new byte[PreludeBytes + headerBytes + payload.Length + sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), headerBytes);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc32.Of(message.AsSpan(0, 8)));
        var at = PreludeBytes;
        foreach (var (name, value) in headers)
        {
            message[at++] = (byte)name.Length;
            at += Encoding.ASCII.GetBytes(name, message.AsSpan(at));
            message[at++] = TextType;
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at), (ushort)value.Length);
            at += 2 + Encoding.ASCII.GetBytes(value, message.AsSpan(at + 2));
        }

        payload.CopyTo(message.AsSpan(at));
        at += payload.Length;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(at), Crc32.Of(message.AsSpan(0, at)));
        return message;
    }
}
