using System.Globalization;

namespace HotPath.Delta.Log;

/// <summary>Decimals as text with all digits of their scale: unscaled -1205 of scale 2 is <c>-12.05</c>.</summary>
internal static class DecimalText
{
    public static string Format(Int128 unscaled, int scale)
    {
        // The least value has no positive counterpart; no precision reaches it, but a damaged file may hold it.
        var magnitude = unchecked(unscaled < 0 ? ~(UInt128)unscaled + 1 : (UInt128)unscaled);
        var digits = magnitude.ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var sign = unscaled < 0 ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }

    /// <summary>Reads a plain or exponential number whose digits beyond the scale are zeros.</summary>
    public static bool TryParse(string text, int scale, out Int128 unscaled)
    {
        unscaled = 0;
        var exponentAt = text.IndexOfAny(['e', 'E']);
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var exponent = 0;
        if (exponentAt >= 0 && !int.TryParse(
            text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
        {
            return false;
        }

        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var fraction = point < 0 ? "" : mantissa[(point + 1)..];
        var digits = (point < 0 ? mantissa : mantissa[..point]) + fraction;
        var shift = scale + exponent - fraction.Length;
        if (Math.Abs(shift) > 2 * Columns.ColumnType.PrecisionMax
            || !Int128.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out unscaled))
        {
            return false;
        }

        for (; shift > 0; shift--)
        {
            unscaled *= 10;
        }

        for (; shift < 0 && unscaled % 10 == 0; shift++)
        {
            unscaled /= 10;
        }

        return shift == 0;
    }
}
