using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HotPath.Delta.Parquet.Encodings;

/// <summary>Unpacks numbers of one bit width, the lowest bits first. Bits beyond the end read as 0.</summary>
internal static class BitUnpacker
{
    /// <summary>Unpacks values of up to 32 bits, beginning with the value of an index.</summary>
    public static void Unpack(ReadOnlySpan<byte> packed, int from, int width, Span<int> values)
    {
        if (width == 0)
        {
            values.Clear();
            return;
        }

        var mask = (1UL << width) - 1;
        var i = 0;
        if ((from & 7) == 0 && width <= 8 && Bmi2.X64.IsSupported)
        {
            i = UnpackByDeposit(packed, from, width, values);
        }

        // Up to 7 bits of offset and 32 of value: 8 bytes hold them.
        for (; i < values.Length; i++)
        {
            var bit = (long)(from + i) * width;
            values[i] = (int)(Read(packed, (int)(bit >> 3)) >> (int)(bit & 7) & mask);
        }
    }

    /// <summary>Unpacks values of up to 64 bits from the start.</summary>
    public static void Unpack(ReadOnlySpan<byte> packed, int width, Span<ulong> values)
    {
        if (width == 0)
        {
            values.Clear();
            return;
        }

        var mask = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        for (var i = 0; i < values.Length; i++)
        {
            var bit = (long)i * width;
            var shift = (int)(bit & 7);
            var value = Read(packed, (int)(bit >> 3)) >> shift;
            if (shift + width > 64)
            {
                value |= Read(packed, (int)(bit >> 3) + 8) << (64 - shift);
            }

            values[i] = value & mask;
        }
    }

    // PDEP spreads eight packed values over eight bytes.
    private static int UnpackByDeposit(ReadOnlySpan<byte> packed, int from, int width, Span<int> values)
    {
        var mask = ((1UL << width) - 1) * 0x0101010101010101UL;
        var at = (from >> 3) * width;
        var i = 0;
        for (; i + 8 <= values.Length && at + 8 <= packed.Length; i += 8, at += width)
        {
            var bytes = Bmi2.X64.ParallelBitDeposit(MemoryMarshal.Read<ulong>(packed[at..]), mask);
            var words = Vector128.WidenLower(Vector128.CreateScalar(bytes).AsByte());
            var (low, high) = Vector128.Widen(words);
            low.AsInt32().CopyTo(values[i..]);
            high.AsInt32().CopyTo(values[(i + 4)..]);
        }

        return i;
    }

    private static ulong Read(ReadOnlySpan<byte> packed, int at)
    {
        if (at + sizeof(ulong) <= packed.Length)
        {
            return BinaryPrimitives.ReadUInt64LittleEndian(packed[at..]);
        }

        var value = 0UL;
        for (var i = 0; at + i < packed.Length; i++)
        {
            value |= (ulong)packed[at + i] << (8 * i);
        }

        return value;
    }
}
