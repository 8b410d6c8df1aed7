using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
    /// Decimal digits from here, at most 16 of them counted: 16 bytes must be loadable. A count of 16 may mean more.
    /// </summary>
    // Safe because 16 bytes are loadable, and the order of bytes is taken at a count of 0 to 16. Worth it: Decode/Json.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Digits(byte* at, out ulong value)
    {
        if (!Sse41.IsSupported)
        {
            return DigitsByWords(at, out value);
        }

        var digits = Vector128.Load(at) - Vector128.Create((byte)'0');
        var count = BitOperations.TrailingZeroCount(
            Vector128.GreaterThan(digits, Vector128.Create((byte)9)).ExtractMostSignificantBits() | 0x1_0000);

        // The digits to the end of the vector with zeros before them; then pairs, fours and eights of them.
        var last = Ssse3.Shuffle(digits, Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(ToTheEnd), (nuint)count));
        var pairs = Ssse3.MultiplyAddAdjacent(last, Vector128.Create((short)0x010A).AsSByte());
        var fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create(0x0001_0064).AsInt16());
        var eights = Sse2.MultiplyAddAdjacent(
            Sse41.PackUnsignedSaturate(fours, fours).AsInt16(), Vector128.Create(0x0001_2710).AsInt16());
        var both = eights.AsUInt64().ToScalar();
        value = ((both & uint.MaxValue) * 100_000_000) + (both >> 32);
        return count;
    }

    private static ReadOnlySpan<byte> ToTheEnd =>
    [
        128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    ];

    internal static int DigitsByWords(byte* at, out ulong value)
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
