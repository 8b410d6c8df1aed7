using System.Buffers.Binary;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>A frame whose head and checksum have been checked. Stateless; any thread may open one.</summary>
internal readonly record struct Frame(FrameHeader Header, int PayloadBytes)
{
    /// <summary><see cref="RejectReason.None"/>, or why it cannot be used. The HMAC is for <c>FrameKeys</c> to check.</summary>
    public static RejectReason TryOpen(ReadOnlySpan<byte> datagram, out Frame frame)
    {
        frame = default;
        if (!FrameHeader.TryRead(datagram, out var header))
        {
            return RejectReason.Malformed;
        }

        frame = new Frame(header, datagram.Length - FrameHeader.SizeBytes - header.TrailerBytes);
        if (header.Has(FrameFlags.Crc32C))
        {
            var checkedBytes = FrameHeader.SizeBytes + frame.PayloadBytes;
            if (Crc32C.Of(datagram[..checkedBytes]) != BinaryPrimitives.ReadUInt32LittleEndian(datagram[checkedBytes..]))
            {
                return RejectReason.ChecksumMismatch;
            }
        }

        return RejectReason.None;
    }

    public ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> datagram) => datagram.Slice(FrameHeader.SizeBytes, PayloadBytes);
}
