using System.Runtime.CompilerServices;

namespace HotPath.Engine.Journal;

/// <summary>
/// One column of doubles of a frame, bit for bit. Most readings are short decimals (21.37), whose bits look random but
/// which are small integers over a power of ten. Stateless; any thread may call it.
/// </summary>
/// <remarks>
/// <code>
/// decimals: 16 | exponent u8 | exceptions u16 | (index u16, bits i64) per exception | integers as IntegerColumn
/// bits:     an IntegerColumn of the bits themselves
/// </code>
/// An integer below 2^53 divided by a power of ten is rounded once, as is the parse of its decimal text: so the
/// quotient is the very double that was parsed. Whatever does not come back bit for bit is an exception.
/// </remarks>
internal static unsafe class NumberColumn
{
    private const byte Decimals = 16;
    private const int HeadBytes = 4;
    private const int ExceptionBytes = sizeof(ushort) + sizeof(long);
    private const int ExponentMax = 6;
    private const int SampleCount = 32;

    /// <summary>More exceptions than one in so many numbers: the bits themselves are shorter.</summary>
    private const int NumbersPerException = 16;

    private const double IntegerMax = 1L << 53;

    private static readonly double[] PowersOfTen = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

    public static int BytesMax(int count) =>
        HeadBytes + (count / NumbersPerException * ExceptionBytes) + IntegerColumn.BytesMax(count);

    /// <summary>Writes the column and destroys <paramref name="bits"/>.</summary>
    /// <param name="integers">Scratch for as many values.</param>
    // Safe because the caller gives BytesMax of room. Worth it: JournalBench.
    public static int Write(long* bits, int count, long* integers, byte* into) =>
        TryFindExponent(bits, count, out var exponent)
        && TryWriteDecimals(bits, count, exponent, integers, into, out var bytes)
            ? bytes
            : IntegerColumn.Write(bits, count, into);

    public static bool TryMeasure(byte* at, byte* end, int count, out int bytes)
    {
        bytes = 0;
        if (at >= end)
        {
            return false;
        }

        if (*at != Decimals)
        {
            return IntegerColumn.TryMeasure(at, end, count, out bytes);
        }

        if (end - at < HeadBytes || at[1] > ExponentMax)
        {
            return false;
        }

        var headBytes = HeadBytes + (Unsafe.ReadUnaligned<ushort>(at + 2) * ExceptionBytes);
        if (end - at < headBytes || !IntegerColumn.TryMeasure(at + headBytes, end, count, out var integerBytes))
        {
            return false;
        }

        bytes = headBytes + integerBytes;
        return true;
    }

    public static void Read(byte* at, int count, long* into)
    {
        if (*at != Decimals)
        {
            IntegerColumn.Read(at, count, into);
            return;
        }

        var power = PowersOfTen[at[1]];
        var exceptions = Unsafe.ReadUnaligned<ushort>(at + 2);
        at += HeadBytes;
        IntegerColumn.Read(at + (exceptions * ExceptionBytes), count, into);
        for (var index = 0; index < count; index++)
        {
            into[index] = BitConverter.DoubleToInt64Bits(into[index] / power);
        }

        for (var exception = 0; exception < exceptions; exception++, at += ExceptionBytes)
        {
            // Compared, as a damaged index must not lead out of the column.
            var index = Unsafe.ReadUnaligned<ushort>(at);
            if (index < count)
            {
                into[index] = Unsafe.ReadUnaligned<long>(at + sizeof(ushort));
            }
        }
    }

    /// <summary>The fewest decimals that hold a sample of the numbers.</summary>
    private static bool TryFindExponent(long* bits, int count, out int exponent)
    {
        exponent = 0;
        var step = Math.Max(1, count / SampleCount);
        var misses = 0;
        for (var index = 0; index < count; index += step)
        {
            var reached = exponent;
            while (reached <= ExponentMax && !TryGetInteger(bits[index], PowersOfTen[reached], out _))
            {
                reached++;
            }

            if (reached <= ExponentMax)
            {
                exponent = reached;
            }
            else
            {
                misses++;
            }
        }

        return misses * NumbersPerException <= count / step;
    }

    private static bool TryWriteDecimals(long* bits, int count, int exponent, long* integers, byte* into, out int bytes)
    {
        var power = PowersOfTen[exponent];
        var exceptionsMax = count / NumbersPerException;
        var exceptions = 0;
        var at = into + HeadBytes;
        var fallback = 0L;
        for (var index = 0; index < count; index++)
        {
            if (TryGetInteger(bits[index], power, out var integer))
            {
                integers[index] = integer;
                fallback = integer;
                continue;
            }

            if (exceptions == exceptionsMax)
            {
                bytes = 0;
                return false;
            }

            // In its place stands the integer before it, so that the packed width does not grow.
            integers[index] = fallback;
            Unsafe.WriteUnaligned(at, (ushort)index);
            Unsafe.WriteUnaligned(at + sizeof(ushort), bits[index]);
            at += ExceptionBytes;
            exceptions++;
        }

        into[0] = Decimals;
        into[1] = (byte)exponent;
        Unsafe.WriteUnaligned(into + 2, (ushort)exceptions);
        bytes = (int)(at - into) + IntegerColumn.Write(integers, count, at);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryGetInteger(long bits, double power, out long integer)
    {
        var scaled = Math.Round(BitConverter.Int64BitsToDouble(bits) * power);
        integer = (long)scaled;
        return Math.Abs(scaled) < IntegerMax && BitConverter.DoubleToInt64Bits(integer / power) == bits;
    }
}
