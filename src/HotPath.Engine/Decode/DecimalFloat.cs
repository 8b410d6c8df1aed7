using System.Numerics;
using System.Runtime.CompilerServices;

namespace HotPath.Engine.Decode;

/// <summary>
/// The double nearest to a decimal number, to the last bit, by at most two multiplications: Lemire, "Number parsing at
/// a gigabyte per second", 2021. Read-only tables; any thread may call it.
/// </summary>
internal static class DecimalFloat
{
    private const int ExponentMin = -342;
    private const int ExponentMax = 308;
    private const int FractionBits = 52;

    // Every integer up to 2^53 and every power of ten up to 10^22 is a double, so one multiplication or division of
    // them is rounded once: Clinger, "How to read floating point numbers accurately", 1990.
    private const ulong ExactMantissaMax = 1UL << 53;
    private const int ExactExponentMax = 22;

    private static ReadOnlySpan<double> RealPowersOfTen =>
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    private static ReadOnlySpan<ulong> PowersOfTen =>
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
        1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
    ];

    // 5^q with its highest bit at bit 127, from ExponentMin on. Not exact where it has more digits; the paper proves
    // that 128 bits are enough.
    private static readonly UInt128[] PowersOfFive = NewPowersOfFive();

    /// <summary>Ten to so many, at most 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong TenTo(int exponent) => PowersOfTen[exponent];

    /// <summary>Ten to so many, at most 22: exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double RealTenTo(int exponent) => RealPowersOfTen[exponent];

    /// <summary>mantissa times ten to the exponent; infinite where that overflows. The mantissa must be exact.</summary>
    /// <returns>False in the rare case that two multiplications do not decide.</returns>
    public static bool TryConvert(ulong mantissa, int exponent, out double value)
    {
        if (mantissa <= ExactMantissaMax && (uint)(exponent + ExactExponentMax) <= 2 * ExactExponentMax)
        {
            value = exponent < 0 ? mantissa / RealTenTo(-exponent) : mantissa * RealTenTo(exponent);
            return true;
        }

        if (mantissa == 0 || exponent < ExponentMin)
        {
            value = 0;
            return true;
        }

        if (exponent > ExponentMax)
        {
            value = double.PositiveInfinity;
            return true;
        }

        return TryRound(mantissa, exponent, out value);
    }

    private static bool TryRound(ulong mantissa, int exponent, out double value)
    {
        var zeros = BitOperations.LeadingZeroCount(mantissa);
        var (high, low) = Product(mantissa << zeros, PowersOfFive[exponent - ExponentMin]);
        if (low == ulong.MaxValue && exponent is < -27 or > 55)
        {
            value = 0;
            return false;
        }

        // One bit more than the fraction and its leading one, to round by.
        var upper = (int)(high >> 63);
        var shift = upper + 64 - FractionBits - 3;
        var bits = high >> shift;
        var power = BinaryPower(exponent) + upper - zeros + 1023;
        if (power <= 0)
        {
            value = Subnormal(bits, power);
            return true;
        }

        // Halfway between two doubles: to the even one.
        if (low <= 1 && exponent is >= -4 and <= 23 && (bits & 3) == 1 && bits << shift == high)
        {
            bits &= ~1UL;
        }

        bits = (bits + (bits & 1)) >> 1;
        if (bits >= 2UL << FractionBits)
        {
            bits = 1UL << FractionBits;
            power++;
        }

        value = power >= 0x7FF
            ? double.PositiveInfinity
            : BitConverter.UInt64BitsToDouble((bits & ~(1UL << FractionBits)) | ((ulong)power << FractionBits));
        return true;
    }

    private static (ulong High, ulong Low) Product(ulong mantissa, UInt128 power)
    {
        var high = Math.BigMul(mantissa, (ulong)(power >> 64), out var low);
        if ((high & 0x1FF) == 0x1FF)
        {
            // The bits to round by are all ones: what comes from the lower half may carry into them.
            var second = Math.BigMul(mantissa, (ulong)power, out _);
            low += second;
            high += low < second ? 1UL : 0;
        }

        return (high, low);
    }

    private static double Subnormal(ulong bits, int power)
    {
        if (1 - power >= 64)
        {
            return 0;
        }

        bits >>= 1 - power;
        bits = (bits + (bits & 1)) >> 1;

        // Rounded up to the smallest normal number it has the bit of one.
        return BitConverter.UInt64BitsToDouble(bits);
    }

    /// <summary>Where the highest bit of ten to the exponent stands: 217706 / 2^16 is the binary logarithm of 10.</summary>
    private static int BinaryPower(int exponent) => ((217_706 * exponent) >> 16) + 63;

    private static UInt128[] NewPowersOfFive()
    {
        var powers = new UInt128[ExponentMax - ExponentMin + 1];
        for (var exponent = ExponentMin; exponent <= ExponentMax; exponent++)
        {
            powers[exponent - ExponentMin] = (UInt128)(exponent < 0 ? Reciprocal(-exponent) : Power(exponent));
        }

        return powers;
    }

    private static BigInteger Power(int exponent)
    {
        var power = BigInteger.Pow(5, exponent);
        var bits = (int)power.GetBitLength();
        return bits <= 128 ? power << (128 - bits) : power >> (bits - 128);
    }

    /// <summary>Rounded up, so that the product is never too small.</summary>
    private static BigInteger Reciprocal(int exponent)
    {
        var power = BigInteger.Pow(5, exponent);
        var bits = (int)power.GetBitLength();
        if (exponent <= 27)
        {
            return ((BigInteger.One << (bits + 127)) / power) + 1;
        }

        var quotient = ((BigInteger.One << ((2 * bits) + 128)) / power) + 1;
        return quotient >> ((int)quotient.GetBitLength() - 128);
    }
}
