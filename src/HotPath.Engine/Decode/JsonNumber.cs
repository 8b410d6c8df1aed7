using System.Globalization;

namespace HotPath.Engine.Decode;

/// <summary>JSON numbers, exact to the last bit.</summary>
/// <remarks><c>number = [ - ] ( 0 | 1-9 digits ) [ . digits ] [ (e|E) [ +|- ] digits ]</c></remarks>
internal static unsafe class JsonNumber
{
    /// <summary>19 decimal digits always fit 64 bits.</summary>
    private const int ExactDigitsMax = 19;

    /// <summary>The place behind the number, or null where none begins. A number that overflows is read, as not finite.</summary>
    public static byte* Read(byte* start, byte* end, out WireValue value)
    {
        value = default;
        var at = start;
        var isNegative = at < end && *at == '-';
        at += isNegative ? 1 : 0;

        var integerStart = at;
        ulong mantissa = 0;
        while (at < end && (uint)(*at - '0') <= 9)
        {
            mantissa = unchecked((mantissa * 10) + (ulong)(*at - '0'));
            at++;
        }

        var integerDigits = (int)(at - integerStart);
        if (integerDigits == 0 || (integerDigits > 1 && *integerStart == '0'))
        {
            return null;
        }

        if (at == end || (*at != '.' && (*at | 0x20) != 'e'))
        {
            SetInteger(start, at, isNegative, mantissa, integerDigits, ref value);
            return at;
        }

        var digits = *integerStart == '0' ? 0 : integerDigits;
        var exponent = 0;
        if (*at == '.')
        {
            var fraction = ++at;
            while (at < end && (uint)(*at - '0') <= 9)
            {
                mantissa = unchecked((mantissa * 10) + (ulong)(*at - '0'));
                digits += mantissa != 0 ? 1 : 0;
                at++;
            }

            exponent = -(int)(at - fraction);
            if (exponent == 0)
            {
                return null;
            }
        }

        if (at < end && (*at | 0x20) == 'e')
        {
            at = ReadExponent(at + 1, end, ref exponent);
            if (at == null)
            {
                return null;
            }
        }

        SetReal(start, at, isNegative, mantissa, digits, exponent, ref value);
        return at;
    }

    private static byte* ReadExponent(byte* at, byte* end, ref int exponent)
    {
        var isNegative = at < end && *at == '-';
        at += at < end && *at is (byte)'-' or (byte)'+' ? 1 : 0;
        var first = at;
        var said = 0;
        while (at < end && (uint)(*at - '0') <= 9)
        {
            // Beyond a million the sign of the exponent decides alone.
            said = int.Min((said * 10) + (*at - '0'), 1_000_000);
            at++;
        }

        exponent += isNegative ? -said : said;
        return at == first ? null : at;
    }

    private static void SetInteger(
        byte* start, byte* end, bool isNegative, ulong mantissa, int digits, ref WireValue value)
    {
        value.Integer = unchecked(isNegative ? -(long)mantissa : (long)mantissa);
        var fits = digits <= ExactDigitsMax && mantissa <= (isNegative ? 1UL << 63 : long.MaxValue);
        value.Kind = fits ? WireKind.Integer : WireKind.BigInteger;
        if (fits)
        {
            value.Real = isNegative ? -(double)mantissa : mantissa;
            return;
        }

        value.Real = Parse(start, end);
        value.Kind = double.IsFinite(value.Real) ? WireKind.BigInteger : WireKind.NotFinite;
    }

    private static void SetReal(
        byte* start, byte* end, bool isNegative, ulong mantissa, int digits, int exponent, ref WireValue value)
    {
        value.Kind = WireKind.Real;
        value.Real = digits <= ExactDigitsMax && DecimalFloat.TryConvert(mantissa, exponent, out var magnitude)
            ? (isNegative ? -magnitude : magnitude)
            : Parse(start, end);
        value.Kind = double.IsFinite(value.Real) ? WireKind.Real : WireKind.NotFinite;
    }

    // Safe because the grammar was checked between start and end. Worth it: Decode/Json.
    private static double Parse(byte* start, byte* end) =>
        double.TryParse(
            new ReadOnlySpan<byte>(start, (int)(end - start)), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : double.NaN;
}
