using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HotPath.Engine.Decode;

/// <summary>
/// The usual contents of fields: decimal digits sixteen at a time. Stateless. What is not usual is
/// refused here and read by the grammar of its encoding.
/// </summary>
internal static unsafe class FieldText
{
    private const int CountDigitsMax = 15;

    /// <summary>
    /// So many decimal digits from here, as JSON writes a count: 1 to 15 of them, no zero before others. What is not so
    /// makes <paramref name="wrong"/> other than zero. 16 bytes must be loadable.
    /// </summary>
    // Safe because 16 bytes are loadable, and the order of bytes is taken at 0 to 15. Worth it: Decode/Json.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Count(byte* at, int bytes, ref nint wrong)
    {
        // A count of zero, or above 15, makes the first term negative or large.
        wrong |= (bytes - 1) & ~0xF;
        wrong |= bytes & 0x10;
        wrong |= (nint)((uint)(*at - '1') >> 31) * (bytes - 1);
        bytes &= 0xF;
        var digits = Vector128.Load(at) - Vector128.Create((byte)'0');
        wrong |= (nint)(Vector128.GreaterThan(digits, Vector128.Create((byte)9)).ExtractMostSignificantBits() & ((1u << bytes) - 1));
        return Joined(digits, bytes);
    }

    /// <summary>
    /// A decimal number without exponent that fills so many bytes: a sign, digits and a fraction with 15 digits in all.
    /// False for any other: it may still be a number. 17 bytes must be loadable.
    /// </summary>
    // Safe because 17 bytes are loadable, and places in tables are 0 to 15. Worth it: Decode/Json.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryDecimal(byte* at, int bytes, out double value)
    {
        var sign = *at == '-' ? 1 : 0;
        at += sign;
        bytes -= sign;
        value = 0;
        if ((uint)(bytes - 1) > 15)
        {
            return false;
        }

        var text = Vector128.Load(at);
        var digits = text - Vector128.Create((byte)'0');
        var within = uint.MaxValue >> (32 - bytes);
        var others = Vector128.GreaterThan(digits, Vector128.Create((byte)9)).ExtractMostSignificantBits() & within;
        var points = Vector128.Equals(text, Vector128.Create((byte)'.')).ExtractMostSignificantBits() & within;

        // Without a point it is as if one stood behind the last digit.
        var point = int.Min(bytes, BitOperations.TrailingZeroCount(points));
        var fractionDigits = bytes - point - (others != 0 ? 1 : 0);
        var count = bytes - (others != 0 ? 1 : 0);
        if (others != points || (points & (points - 1) & 0xFFFF) != 0 || point == 0 || count > CountDigitsMax
            || (others != 0 && fractionDigits == 0) || (*at == '0' && point > 1))
        {
            return false;
        }

        // What stands behind the point moves up by one.
        var moved = Vector128.GreaterThan(Vector128<sbyte>.Indices, Vector128.Create((sbyte)(point - 1)));
        digits = Vector128.ShuffleNative(digits, Vector128<byte>.Indices - moved.AsByte());

        // 15 digits are below 2^53, and ten to the 15th is a double: one rounding, as DecimalFloat says.
        var magnitude = (double)(long)Joined(digits, count) / DecimalFloat.RealTenTo(fractionDigits);
        value = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(magnitude) | ((long)sign << 63));
        return true;
    }

    /// <summary>
    /// Four counts side by side, as <see cref="Count"/> reads one: in the elements 0, 2, 4 and 6. 16 bytes behind each
    /// begin must be loadable.
    /// </summary>
    // Safe because 16 bytes are loadable, and the order of bytes is taken at 0 to 15. Worth it: Decode/Json.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> FourCounts(
        byte* first, int firstBytes, byte* second, int secondBytes, byte* third, int thirdBytes, byte* fourth, int fourthBytes, ref nint wrong)
    {
        if (!Avx512BW.IsSupported)
        {
            return Vector512.Create(
                Count(first, firstBytes, ref wrong), 0, Count(second, secondBytes, ref wrong), 0,
                Count(third, thirdBytes, ref wrong), 0, Count(fourth, fourthBytes, ref wrong), 0);
        }

        wrong |= (firstBytes | secondBytes | thirdBytes | fourthBytes) & ~0xF;
        firstBytes &= 0xF;
        secondBytes &= 0xF;
        thirdBytes &= 0xF;
        fourthBytes &= 0xF;
        var text = Vector512.Create(
            Vector256.Create(Vector128.Load(first), Vector128.Load(second)), Vector256.Create(Vector128.Load(third), Vector128.Load(fourth)));
        var order = Vector512.Create(
            Vector256.Create(OrderToTheEnd(firstBytes), OrderToTheEnd(secondBytes)),
            Vector256.Create(OrderToTheEnd(thirdBytes), OrderToTheEnd(fourthBytes)));
        var digits = Avx512BW.Shuffle(text - Vector512.Create((byte)'0'), order);
        wrong |= Vector512.GreaterThanAny(digits, Vector512.Create((byte)9)) ? 1 : 0;
        var pairs = Avx512BW.MultiplyAddAdjacent(digits, Vector512.Create((short)0x010A).AsSByte());
        var fours = Avx512BW.MultiplyAddAdjacent(pairs, Vector512.Create(0x0001_0064).AsInt16());
        var eights = Avx512BW.MultiplyAddAdjacent(
            Avx512BW.PackUnsignedSaturate(fours, fours).AsInt16(), Vector512.Create(0x0001_2710).AsInt16());
        var counts = Avx512F.Multiply(eights.AsUInt32(), Vector512.Create(100_000_000u)) + (eights.AsUInt64() >> 32);

        // No digits at all, or a zero before others: less than so many digits can be.
        var spare = (long)(counts.GetLower().GetLower().ToScalar() - SmallestOf(firstBytes))
            | (long)(counts.GetLower().GetUpper().ToScalar() - SmallestOf(secondBytes))
            | (long)(counts.GetUpper().GetLower().ToScalar() - SmallestOf(thirdBytes))
            | (long)(counts.GetUpper().GetUpper().ToScalar() - SmallestOf(fourthBytes));
        wrong |= (nint)(spare >> 63);
        return counts;
    }

    /// <summary>The number of the first so many of 16 digits, at most 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Joined(Vector128<byte> digits, int count)
    {
        if (!Sse41.IsSupported)
        {
            return JoinedOneByOne(digits, count);
        }

        // The digits to the end of the vector with zeros before them; then pairs, fours and eights of them.
        var last = Ssse3.Shuffle(digits, OrderToTheEnd(count));
        var pairs = Ssse3.MultiplyAddAdjacent(last, Vector128.Create((short)0x010A).AsSByte());
        var fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create(0x0001_0064).AsInt16());
        var eights = Sse2.MultiplyAddAdjacent(
            Sse41.PackUnsignedSaturate(fours, fours).AsInt16(), Vector128.Create(0x0001_2710).AsInt16());
        var both = eights.AsUInt64().ToScalar();
        return ((both & uint.MaxValue) * 100_000_000) + (both >> 32);
    }

    internal static ulong JoinedOneByOne(Vector128<byte> digits, int count)
    {
        ulong value = 0;
        for (var index = 0; index < count; index++)
        {
            value = (value * 10) + digits.GetElement(index);
        }

        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> OrderToTheEnd(int count) =>
        Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(ToTheEnd), (nuint)(uint)count);

    /// <summary>The smallest count of so many digits, at most 15; of none, more than any count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SmallestOf(int digits) =>
        Unsafe.Add(ref MemoryMarshal.GetReference(SmallestByDigits), (nint)(uint)digits);

    private static ReadOnlySpan<ulong> SmallestByDigits =>
    [
        1UL << 62, 0, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000,
    ];

    private static ReadOnlySpan<byte> ToTheEnd =>
    [
        128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    ];
}
