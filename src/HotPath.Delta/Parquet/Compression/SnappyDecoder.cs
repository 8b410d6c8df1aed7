using System.Buffers.Binary;

namespace HotPath.Delta.Parquet.Compression;

/// <summary>Decodes Snappy blocks, drawn in <see cref="SnappyCompressor"/>. Every length and offset is checked.</summary>
internal static class SnappyDecoder
{
    /// <summary>False unless the block is sound and fills the destination exactly.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> block, Span<byte> destination)
    {
        if (!TryReadLength(ref block, out var length) || length != (ulong)destination.Length)
        {
            return false;
        }

        var at = 0;
        while (!block.IsEmpty)
        {
            var tag = block[0];
            var isSound = (tag & 3) == 0
                ? TryLiteral(ref block, destination, ref at)
                : TryCopy(ref block, destination, ref at);
            if (!isSound)
            {
                return false;
            }
        }

        return at == destination.Length;
    }

    private static bool TryReadLength(ref ReadOnlySpan<byte> block, out ulong length)
    {
        length = 0;
        for (var shift = 0; shift < 35 && !block.IsEmpty; shift += 7)
        {
            var next = block[0];
            block = block[1..];
            length |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryLiteral(ref ReadOnlySpan<byte> block, Span<byte> destination, ref int at)
    {
        long length = (block[0] >> 2) + 1;
        var head = 1;
        if (length > 60)
        {
            var extra = (int)length - 60;
            if (block.Length < 1 + extra)
            {
                return false;
            }

            length = 1;
            for (var i = 0; i < extra; i++)
            {
                length += (long)block[1 + i] << (8 * i);
            }

            head += extra;
        }

        if (length > block.Length - head || length > destination.Length - at)
        {
            return false;
        }

        block.Slice(head, (int)length).CopyTo(destination[at..]);
        at += (int)length;
        block = block[(head + (int)length)..];
        return true;
    }

    private static bool TryCopy(ref ReadOnlySpan<byte> block, Span<byte> destination, ref int at)
    {
        var kind = block[0] & 3;
        var head = kind switch { 1 => 2, 2 => 3, _ => 5 };
        if (block.Length < head)
        {
            return false;
        }

        var length = kind == 1 ? (block[0] >> 2 & 7) + 4 : (block[0] >> 2) + 1;
        long offset = kind switch
        {
            1 => (block[0] >> 5) << 8 | block[1],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(block[1..]),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(block[1..]),
        };
        block = block[head..];
        return BackReference.TryCopy(destination, ref at, offset, length);
    }
}
