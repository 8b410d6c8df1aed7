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

    /// <summary>The number of the first so many of 16 digits, at most 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Joined(Vector128<byte> digits, int count)
    {
        if (!Sse41.IsSupported)
        {
            return JoinedOneByOne(digits, count);
        }

        // The digits to the end of the vector with zeros before them; then pairs, fours and eights of them.
        var last = Ssse3.Shuffle(digits, Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(ToTheEnd), (nuint)count));
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

    private static ReadOnlySpan<byte> ToTheEnd =>
    [
        128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    ];
}
