using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HotPath.Delta.Parquet.Encodings;

/// <summary>Packs unsigned numbers of one bit width, the lowest bits first. Values must not be wider than said.</summary>
internal static class BitPacker
{
    /// <summary>What <see cref="Pack(ReadOnlySpan{int}, int, Span{byte})"/> may write past the packed bytes.</summary>
    public const int SlackBytes = 8;

    /// <summary>Packs a multiple of 8 numbers of up to 32 bits; the destination has room for the slack as well.</summary>
    public static void Pack(ReadOnlySpan<int> values, int width, Span<byte> packed)
    {
        if (Bmi2.X64.IsSupported && width <= 16)
        {
            PackByExtract(values, width, packed);
            return;
        }

        var accumulator = default(Accumulator);
        foreach (var value in values)
        {
            packed = accumulator.Add((uint)value, width, packed);
        }

        accumulator.Flush(packed);
    }

    /// <summary>Packs 32 numbers into 4 * width bytes; the destination has room for the slack as well.</summary>
    public static void Pack32(ReadOnlySpan<ulong> values, int width, Span<byte> packed)
    {
        if (Bmi2.X64.IsSupported && width <= 32)
        {
            Pack32ByExtract(values[..32], width, packed);
            return;
        }

        var accumulator = default(Accumulator);
        foreach (var value in values[..32])
        {
            packed = accumulator.Add(value, width, packed);
        }

        accumulator.Flush(packed);
    }

    // Eight numbers become eight bytes or sixteen-bit words in a register, and PEXT takes the bits that count.
    private static void PackByExtract(ReadOnlySpan<int> values, int width, Span<byte> packed)
    {
        for (; values.Length >= 8; values = values[8..])
        {
            var words = Vector128.Narrow(
                Vector128.Create(values[..4]).AsUInt32(), Vector128.Create(values.Slice(4, 4)).AsUInt32());
            packed = Pack8(words, width, packed);
        }
    }

    private static void Pack32ByExtract(ReadOnlySpan<ulong> values, int width, Span<byte> packed)
    {
        if (width > 16)
        {
            Pack32ByPairs(values, width, packed);
            return;
        }

        for (; values.Length >= 8; values = values[8..])
        {
            var low = Vector256.Narrow(Vector256.Create(values[..4]), Vector256.Create(values.Slice(4, 4)));
            packed = Pack8(Vector128.Narrow(low.GetLower(), low.GetUpper()), width, packed);
        }
    }

    // Two numbers per word: 2 * width bits of 64, sixteen words.
    private static void Pack32ByPairs(ReadOnlySpan<ulong> values, int width, Span<byte> packed)
    {
        var mask = Pattern(width, 32);
        var accumulator = default(Accumulator);
        for (var i = 0; i < 32; i += 2)
        {
            var pair = Bmi2.X64.ParallelBitExtract(values[i] | values[i + 1] << 32, mask);
            packed = accumulator.Add(pair, 2 * width, packed);
        }

        accumulator.Flush(packed);
    }

    private static Span<byte> Pack8(Vector128<ushort> words, int width, Span<byte> packed)
    {
        if (width <= 8)
        {
            var bytes = Vector128.Narrow(words, words).AsUInt64().GetElement(0);
            MemoryMarshal.Write(packed, Bmi2.X64.ParallelBitExtract(bytes, Pattern(width, 8)));
            return packed[width..];
        }

        var mask = Pattern(width, 16);
        var first = Bmi2.X64.ParallelBitExtract(words.AsUInt64().GetElement(0), mask);
        var second = Bmi2.X64.ParallelBitExtract(words.AsUInt64().GetElement(1), mask);
        var bits = 4 * width;
        MemoryMarshal.Write(packed, bits == 64 ? first : first | second << bits);
        MemoryMarshal.Write(packed[8..], bits == 64 ? second : second >> (64 - bits));
        return packed[width..];
    }

    /// <summary>The lowest bits of each lane: width 3 in lanes of 8 is 0x0707070707070707.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Pattern(int width, int lane)
    {
        var ones = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        var lanes = lane switch { 8 => 0x0101010101010101UL, 16 => 0x0001000100010001UL, _ => 0x0000000100000001UL };
        return ones * lanes;
    }

    /// <summary>Bits that do not fill eight bytes yet.</summary>
    private struct Accumulator
    {
        private ulong _bits;
        private int _count;

        public Span<byte> Add(ulong value, int width, Span<byte> packed)
        {
            if (width == 0)
            {
                return packed;
            }

            _bits |= value << _count;
            _count += width;
            if (_count < 64)
            {
                return packed;
            }

            MemoryMarshal.Write(packed, _bits);
            _count -= 64;
            _bits = _count == 0 ? 0 : value >> (width - _count);
            return packed[8..];
        }

        public readonly void Flush(Span<byte> packed)
        {
            for (var i = 0; i < _count; i += 8)
            {
                packed[i >> 3] = (byte)(_bits >> i);
            }
        }
    }
}
