using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Delta.Parquet.Encodings;

/// <summary>Writes DELTA_BINARY_PACKED. Arithmetic wraps around, in 64 or in 32 bits.</summary>
/// <remarks>
/// <code>
/// page  = varint 128, varint 4, varint count, zigzag first value, block*
/// block = zigzag least delta, 4 widths (a byte each), 4 miniblocks of 32 packed (delta - least delta)
/// </code>
/// In the last block, miniblocks without values have width 0 and no bytes; a partly filled one is padded.
/// </remarks>
internal static class DeltaBinaryEncoder
{
    private const int BlockValues = 128;
    private const int MiniblockValues = 32;
    private const int Miniblocks = BlockValues / MiniblockValues;

    // Zigzag of 10 bytes, 4 widths, 128 values of 8 bytes.
    private const int BlockBytesMax = 10 + Miniblocks + BlockValues * 8 + BitPacker.SlackBytes;

    public static void Encode(ReadOnlySpan<long> values, bool is32Bits, GrowingBuffer output)
    {
        output.AppendVarint(BlockValues);
        output.AppendVarint(Miniblocks);
        output.AppendVarint((ulong)values.Length);
        output.AppendZigzag(values.IsEmpty ? 0 : values[0]);

        Span<long> deltas = stackalloc long[BlockValues];
        for (var at = 0; at + 1 < values.Length; at += BlockValues)
        {
            var count = Math.Min(BlockValues, values.Length - 1 - at);
            var least = Deltas(values.Slice(at, count + 1), deltas, is32Bits);
            WriteBlock(deltas, count, least, is32Bits, output);
        }
    }

    /// <summary>The bytes a block of up to 129 consecutive values would take, for choosing an encoding.</summary>
    public static int EstimateBlockBytes(ReadOnlySpan<long> values, bool is32Bits)
    {
        Span<long> deltas = stackalloc long[BlockValues];
        var count = Math.Min(BlockValues, values.Length - 1);
        var least = Deltas(values[..(count + 1)], deltas, is32Bits);
        var bytes = 4 + Miniblocks;
        for (var from = 0; from < count; from += MiniblockValues)
        {
            bytes += Width(Subtract(deltas.Slice(from, MiniblockValues), least, is32Bits)) * (MiniblockValues / 8);
        }

        return bytes;
    }

    // Leaves the deltas of count + 1 values and pads the rest with the least of them, which packs to 0.
    private static long Deltas(ReadOnlySpan<long> values, Span<long> deltas, bool is32Bits)
    {
        var count = values.Length - 1;
        var least = Vector512.Create(long.MaxValue);
        var i = 0;
        for (; i + Vector512<long>.Count <= count; i += Vector512<long>.Count)
        {
            var delta = Vector512.Create(values[(i + 1)..]) - Vector512.Create(values[i..]);
            if (is32Bits)
            {
                delta = Vector512.ShiftRightArithmetic(Vector512.ShiftLeft(delta, 32), 32);
            }

            least = Vector512.Min(least, delta);
            delta.CopyTo(deltas[i..]);
        }

        var result = long.MaxValue;
        for (var lane = 0; lane < Vector512<long>.Count; lane++)
        {
            result = Math.Min(result, least[lane]);
        }

        for (; i < count; i++)
        {
            var delta = values[i + 1] - values[i];
            deltas[i] = is32Bits ? (int)delta : delta;
            result = Math.Min(result, deltas[i]);
        }

        deltas[count..].Fill(result);
        return result;
    }

    private static void WriteBlock(Span<long> deltas, int count, long least, bool is32Bits, GrowingBuffer output)
    {
        output.AppendZigzag(least);
        var room = output.Reserve(BlockBytesMax);
        var bytes = Miniblocks;
        for (var i = 0; i < Miniblocks; i++)
        {
            var part = deltas.Slice(i * MiniblockValues, MiniblockValues);
            var width = i * MiniblockValues >= count ? 0 : Width(Subtract(part, least, is32Bits));
            room[i] = (byte)width;
            if (width != 0)
            {
                BitPacker.Pack32(MemoryMarshal.Cast<long, ulong>(part), width, room[bytes..]);
                bytes += width * (MiniblockValues / 8);
            }
        }

        output.Advance(bytes);
    }

    // Makes the deltas of a miniblock relative in place and returns the bits that any of them has.
    private static ulong Subtract(Span<long> part, long least, bool is32Bits)
    {
        var mask = Vector512.Create(is32Bits ? uint.MaxValue : -1L);
        var all = Vector512<long>.Zero;
        var subtrahend = Vector512.Create(least);
        for (var i = 0; i < MiniblockValues; i += Vector512<long>.Count)
        {
            var relative = (Vector512.Create(part.Slice(i, Vector512<long>.Count)) - subtrahend) & mask;
            relative.CopyTo(part[i..]);
            all |= relative;
        }

        var bits = 0L;
        for (var lane = 0; lane < Vector512<long>.Count; lane++)
        {
            bits |= all[lane];
        }

        return (ulong)bits;
    }

    private static int Width(ulong bits) => 64 - BitOperations.LeadingZeroCount(bits);
}
