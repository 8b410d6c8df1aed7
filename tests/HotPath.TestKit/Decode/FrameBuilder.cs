using System.Buffers.Binary;
using System.Security.Cryptography;
using HotPath.Engine.Decode;
using HotPath.Engine.Native;

namespace HotPath.TestKit.Decode;

/// <summary>Builds frames as a sender does.</summary>
internal static class FrameBuilder
{
    public static byte[] Build(FrameHeader header, ReadOnlySpan<byte> payload, byte[]? key = null)
    {
        header = header with { ExpandedBytes = (uint)payload.Length };
        var body = payload.ToArray();
        if (header.Has(FrameFlags.Lz4))
        {
            var compressed = new byte[Lz4.CompressedBytesMax(payload.Length)];
            Lz4.TryCompress(payload, compressed, acceleration: 1, out var compressedBytes);
            body = compressed[..compressedBytes];
        }

        var frame = new byte[FrameHeader.SizeBytes + body.Length + header.TrailerBytes];
        header.Write(frame);
        body.CopyTo(frame, FrameHeader.SizeBytes);
        var at = FrameHeader.SizeBytes + body.Length;
        if (header.Has(FrameFlags.Crc32C))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(at), Crc32C.Of(frame.AsSpan(0, at)));
            at += FrameHeader.CrcBytes;
        }

        if (header.Has(FrameFlags.Hmac))
        {
            HMACSHA256.HashData(key!, frame.AsSpan(0, at))[..FrameHeader.HmacBytes].CopyTo(frame, at);
        }

        return frame;
    }
}
