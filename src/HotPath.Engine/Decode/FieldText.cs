using System.Numerics;
using System.Runtime.CompilerServices;

namespace HotPath.Engine.Decode;

/// <summary>
/// The usual contents of fields: plain names, and decimal digits eight at a time. Stateless. What is not usual is
/// null or zero here and read by the grammar of its encoding.
/// </summary>
internal static unsafe class FieldText
{
    /// <summary>A name that needs no trimming and is of a length that a name may have.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsName(byte* at, long bytes) =>
        bytes is > 0 and <= EngineLimits.NameBytesMax && *at != ' ' && at[bytes - 1] != ' ';

    /// <summary>
    /// Decimal digits from here, at most 16 of them counted: 24 bytes must be loadable. A count of 16 may mean more.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Digits(byte* at, out ulong value)
    {
        var head = Unsafe.ReadUnaligned<ulong>(at);
        var count = DigitCount(head);
        if (count < 8)
        {
            value = Eight(head, count);
            return count;
        }

        var tail = Unsafe.ReadUnaligned<ulong>(at + 8);
        count = DigitCount(tail);
        value = (Eight(head, 8) * PowersOfTen[count]) + Eight(tail, count);
        return 8 + count;
    }

    private static ReadOnlySpan<ulong> PowersOfTen =>
        [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int DigitCount(ulong bytes)
    {
        // A digit's upper half is 3 and stays 3 when 6 is added to it.
        var wrong = (bytes ^ 0x3030_3030_3030_3030UL) | ((bytes + 0x0606_0606_0606_0606UL) ^ 0x3030_3030_3030_3030UL);
        wrong &= 0xF0F0_F0F0_F0F0_F0F0UL;
        return wrong == 0 ? 8 : BitOperations.TrailingZeroCount(wrong) >> 3;
    }

    /// <summary>The first so many of eight digits: pairs, then fours, then all by two multiplications.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Eight(ulong bytes, int count)
    {
        // Leading zeros take the place of the digits that are not there.
        bytes = count == 0 ? 0 : (bytes & 0x0F0F_0F0F_0F0F_0F0FUL) << (64 - (8 * count));
        bytes = (bytes * 10) + (bytes >> 8);
        return (((bytes & 0x0000_00FF_0000_00FFUL) * 0x000F_4240_0000_0064UL)
            + (((bytes >> 16) & 0x0000_00FF_0000_00FFUL) * 0x0000_2710_0000_0001UL)) >> 32;
    }
}
