using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Compression;

/// <summary>Snappy blocks without framing. Holds the hash table of one fragment; one thread at a time.</summary>
/// <remarks>
/// <code>
/// block   = varint uncompressed bytes, element*
/// element = literal: (length - 1) &lt;&lt; 2 | 0, bytes         (length - 1 over 59: 60..63 and 1..4 bytes little-endian)
///         | copy:    offset bits 8..10 &lt;&lt; 5 | (length - 4) &lt;&lt; 2 | 1, offset bits 0..7      length 4..11, offset under 2 KiB
///         | copy:    (length - 1) &lt;&lt; 2 | 2, offset in 2 bytes                               length 1..64, offset under 64 KiB
/// </code>
/// As in the reference, input is cut into fragments of 64 KiB, so that an offset always fits two bytes.
/// </remarks>
internal sealed unsafe class SnappyCompressor : PageCompressor
{
    private const int FragmentBytes = 1 << 16;
    private const int TableBits = 14;

    // The main loop reads 8 bytes ahead and copies literals by 16.
    private const int MarginBytes = 16;

    private readonly ushort[] _table = new ushort[1 << TableBits];

    public override CodecId Codec => CodecId.Snappy;

    // The bound of the reference implementation.
    public override int BoundBytes(int bytes) => checked(32 + bytes + bytes / 6);

    public override int Compress(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        if (destination.Length < BoundBytes(page.Length))
        {
            throw new ArgumentException("The destination is smaller than the bound.", nameof(destination));
        }

        // Safe because the destination holds the bound, which no sequence of literals and copies exceeds, and every
        // read stays MarginBytes below the end of its fragment. Worth it: ParquetAgainstDuckDb snappy.
        fixed (byte* source = page, target = destination)
        {
            var output = WriteLength((uint)page.Length, target);
            for (var at = 0; at < page.Length; at += FragmentBytes)
            {
                output = CompressFragment(source + at, Math.Min(FragmentBytes, page.Length - at), output);
            }

            return (int)(output - target);
        }
    }

    private static byte* WriteLength(uint length, byte* output)
    {
        for (; length >= 0x80; length >>= 7)
        {
            *output++ = (byte)(length | 0x80);
        }

        *output++ = (byte)length;
        return output;
    }

    private byte* CompressFragment(byte* fragment, int bytes, byte* output)
    {
        var end = fragment + bytes;
        var literal = fragment;
        if (bytes < MarginBytes)
        {
            return WriteLiteral(literal, bytes, output, end);
        }

        // Small fragments clear and fill a small table.
        var bits = Math.Clamp(BitOperations.Log2((uint)bytes) + 1, 8, TableBits);
        Array.Clear(_table, 0, 1 << bits);
        var shift = 32 - bits;
        var limit = end - MarginBytes;
        fixed (ushort* table = _table)
        {
            var input = fragment + 1;
            while (true)
            {
                byte* candidate = null;

                // The longer nothing matches, the longer the steps: incompressible bytes pass quickly.
                var skip = 32u;
                while (true)
                {
                    var next = input + (skip >> 5);
                    skip += skip >> 5;
                    if (next > limit)
                    {
                        return WriteLiteral(literal, (int)(end - literal), output, end);
                    }

                    var hash = Hash(Read32(input), shift);
                    candidate = fragment + table[hash];
                    table[hash] = (ushort)(input - fragment);
                    if (Read32(candidate) == Read32(input) && candidate < input)
                    {
                        break;
                    }

                    input = next;
                }

                output = WriteLiteral(literal, (int)(input - literal), output, end);
                do
                {
                    var matched = 4 + MatchBytes(candidate + 4, input + 4, end);
                    output = WriteCopy((int)(input - candidate), matched, output);
                    input += matched;
                    literal = input;
                    if (input >= limit)
                    {
                        return WriteLiteral(literal, (int)(end - literal), output, end);
                    }

                    table[Hash(Read32(input - 1), shift)] = (ushort)(input - 1 - fragment);
                    var hash = Hash(Read32(input), shift);
                    candidate = fragment + table[hash];
                    table[hash] = (ushort)(input - fragment);
                }
                while (Read32(candidate) == Read32(input));

                input++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Read32(byte* at) => Unsafe.ReadUnaligned<uint>(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(uint bytes, int shift) => bytes * 0x1E35A7BDu >> shift;

    private static int MatchBytes(byte* earlier, byte* later, byte* end)
    {
        var start = later;
        while (later + 8 <= end)
        {
            var difference = Unsafe.ReadUnaligned<ulong>(earlier) ^ Unsafe.ReadUnaligned<ulong>(later);
            if (difference != 0)
            {
                return (int)(later - start) + (BitOperations.TrailingZeroCount(difference) >> 3);
            }

            earlier += 8;
            later += 8;
        }

        while (later < end && *earlier == *later)
        {
            earlier++;
            later++;
        }

        return (int)(later - start);
    }

    private static byte* WriteLiteral(byte* literal, int bytes, byte* output, byte* end)
    {
        if (bytes == 0)
        {
            return output;
        }

        var length = bytes - 1;
        if (length < 60)
        {
            *output++ = (byte)(length << 2);
            if (bytes <= 16 && literal + 16 <= end)
            {
                // Short literals are the usual ones: 16 bytes at once, of which only the first count.
                Unsafe.CopyBlockUnaligned(output, literal, 16);
                return output + bytes;
            }
        }
        else if (length < 1 << 8)
        {
            *output++ = 60 << 2;
            *output++ = (byte)length;
        }
        else
        {
            *output++ = 61 << 2;
            BinaryPrimitives.WriteUInt16LittleEndian(new Span<byte>(output, 2), (ushort)length);
            output += 2;
        }

        Unsafe.CopyBlockUnaligned(output, literal, (uint)bytes);
        return output + bytes;
    }

    private static byte* WriteCopy(int offset, int length, byte* output)
    {
        // 60 and not 64 at the border, so that the rest is never under 4.
        for (; length >= 68; length -= 64)
        {
            output = WriteCopyOf2(offset, 64, output);
        }

        if (length > 64)
        {
            output = WriteCopyOf2(offset, 60, output);
            length -= 60;
        }

        if (length < 12 && offset < 2048)
        {
            output[0] = (byte)(offset >> 8 << 5 | (length - 4) << 2 | 1);
            output[1] = (byte)offset;
            return output + 2;
        }

        return WriteCopyOf2(offset, length, output);
    }

    private static byte* WriteCopyOf2(int offset, int length, byte* output)
    {
        output[0] = (byte)((length - 1) << 2 | 2);
        output[1] = (byte)offset;
        output[2] = (byte)(offset >> 8);
        return output + 3;
    }
}
