using System.Buffers.Binary;

namespace HotPath.Delta.Parquet.Compression;

/// <summary>Decodes LZ4 blocks. Every length and offset is checked.</summary>
/// <remarks>
/// <code>
/// block    = sequence*
/// sequence = literal length (4 bits), match length - 4 (4 bits), [255*, rest of literal length], literals,
///            offset in 2 bytes, [255*, rest of match length]           the last sequence ends after its literals
/// hadoop   = (uncompressed bytes in 4 big-endian, compressed bytes in 4 big-endian, block)*
/// </code>
/// </remarks>
internal static class Lz4Decoder
{
    private const int MatchBytesMin = 4;

    public static bool TryDecode(ReadOnlySpan<byte> block, Span<byte> destination)
    {
        var at = 0;
        while (!block.IsEmpty)
        {
            var token = block[0];
            block = block[1..];
            if (!TryReadLength(ref block, token >> 4, out var literals)
                || literals > block.Length
                || literals > destination.Length - at)
            {
                return false;
            }

            block[..literals].CopyTo(destination[at..]);
            at += literals;
            block = block[literals..];
            if (block.IsEmpty)
            {
                break;
            }

            if (block.Length < 2)
            {
                return false;
            }

            var offset = BinaryPrimitives.ReadUInt16LittleEndian(block);
            block = block[2..];
            if (!TryReadLength(ref block, token & 15, out var match)
                || !BackReference.TryCopy(destination, ref at, offset, match + MatchBytesMin))
            {
                return false;
            }
        }

        return at == destination.Length;
    }

    /// <summary>The deprecated framing of Hadoop, which older files have.</summary>
    public static bool TryDecodeHadoop(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        while (page.Length >= 8)
        {
            var bytes = BinaryPrimitives.ReadUInt32BigEndian(page);
            var blockBytes = BinaryPrimitives.ReadUInt32BigEndian(page[4..]);
            page = page[8..];
            if (bytes > destination.Length
                || blockBytes > page.Length
                || !TryDecode(page[..(int)blockBytes], destination[..(int)bytes]))
            {
                return false;
            }

            page = page[(int)blockBytes..];
            destination = destination[(int)bytes..];
        }

        return page.IsEmpty && destination.IsEmpty;
    }

    // Lengths stay under 2 GiB because each further byte adds at most 255 and a page has fewer than 2^23 such bytes left
    // before its own length ends it; beyond that the sum is refused.
    private static bool TryReadLength(ref ReadOnlySpan<byte> block, int nibble, out int length)
    {
        length = nibble;
        if (nibble < 15)
        {
            return true;
        }

        while (!block.IsEmpty && length <= int.MaxValue - 512)
        {
            var next = block[0];
            block = block[1..];
            length += next;
            if (next < 255)
            {
                return true;
            }
        }

        return false;
    }
}
