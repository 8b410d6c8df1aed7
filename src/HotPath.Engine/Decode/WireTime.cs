using System.Runtime.CompilerServices;

namespace HotPath.Engine.Decode;

/// <summary>Times of the wire as microseconds since the Unix epoch, UTC, of the years 1970 to 9999.</summary>
internal static class WireTime
{
    /// <summary>9999-12-31T23:59:59.999999Z.</summary>
    public const long MicrosMax = 253_402_300_799_999_999;

    private const long MicrosPerSecond = 1_000_000;
    private const long SecondsPerDay = 86_400;

    public static bool IsInRange(long micros) => (ulong)micros <= MicrosMax;

    /// <summary>An integer in a listener's unit. Nanoseconds are cut to microseconds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFromUnit(long value, TimestampUnit unit, out long micros)
    {
        // Nearly every sender counts milliseconds. Checked so that no multiplication matters that overflows.
        if (unit == TimestampUnit.Milliseconds)
        {
            micros = unchecked(value * 1_000);
            return (ulong)value <= MicrosMax / 1_000;
        }

        return TryFromRareUnit(value, unit, out micros);
    }

    private static bool TryFromRareUnit(long value, TimestampUnit unit, out long micros)
    {
        switch (unit)
        {
            case TimestampUnit.Seconds:
                micros = unchecked(value * MicrosPerSecond);
                return (ulong)value <= MicrosMax / MicrosPerSecond;
            case TimestampUnit.Nanoseconds:
                micros = value / 1_000;
                return value >= 0;
            default:
                micros = value;
                return (ulong)value <= MicrosMax;
        }
    }

    /// <summary>A length of time in a listener's unit, of either sign.</summary>
    public static bool TryDeltaFromUnit(long value, TimestampUnit unit, out long micros)
    {
        var negative = value < 0;
        var fits = TryFromUnit(negative ? -value : value, unit, out micros);
        micros = negative ? -micros : micros;
        return fits;
    }

    /// <summary>
    /// ISO 8601, extended, with an offset:
    /// <c>YYYY-MM-DD (T|t|space) hh:mm [:ss [(.|,) digits]] (Z|z|(+|-)hh[[:]mm])</c>. Digits past microseconds are cut.
    /// </summary>
    public static bool TryParseIso(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (text.Length < 17
            || !TryDigits(text, 0, 4, out var year) || text[4] != '-'
            || !TryDigits(text, 5, 2, out var month) || text[7] != '-'
            || !TryDigits(text, 8, 2, out var day) || !(text[10] is (byte)'T' or (byte)'t' or (byte)' ')
            || !TryDigits(text, 11, 2, out var hour) || text[13] != ':'
            || !TryDigits(text, 14, 2, out var minute)
            || year is < 1969 or > 9999 || month is < 1 or > 12
            || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59)
        {
            return false;
        }

        var at = 16;
        var second = 0;
        long fractionMicros = 0;
        if (text[at] == ':')
        {
            if (!TryDigits(text, at + 1, 2, out second) || second > 59)
            {
                return false;
            }

            at += 3;
            if (at < text.Length && text[at] is (byte)'.' or (byte)',' && !TryFraction(text, ref at, out fractionMicros))
            {
                return false;
            }
        }

        if (!TryOffset(text[Math.Min(at, text.Length)..], out var offsetMinutes))
        {
            return false;
        }

        var seconds = (DaysSinceEpoch(year, month, day) * SecondsPerDay) + (hour * 3600) + (minute * 60) + second
            - (offsetMinutes * 60);
        micros = (seconds * MicrosPerSecond) + fractionMicros;
        return IsInRange(micros);
    }

    private static bool TryFraction(ReadOnlySpan<byte> text, ref int at, out long micros)
    {
        micros = 0;
        var first = ++at;
        long unit = MicrosPerSecond / 10;
        while (at < text.Length && char.IsAsciiDigit((char)text[at]))
        {
            micros += (text[at++] - '0') * unit;
            unit /= 10;
        }

        return at > first;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 1)
        {
            return text[0] is (byte)'Z' or (byte)'z';
        }

        if (text.Length < 3 || !(text[0] is (byte)'+' or (byte)'-') || !TryDigits(text, 1, 2, out var hour) || hour > 23)
        {
            return false;
        }

        var minute = 0;
        var rest = text[3..];
        rest = rest.Length == 3 && rest[0] == ':' ? rest[1..] : rest;
        if (rest.Length != 0 && (rest.Length != 2 || !TryDigits(rest, 0, 2, out minute) || minute > 59))
        {
            return false;
        }

        minutes = ((hour * 60) + minute) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, int at, int count, out int value)
    {
        value = 0;
        if (at + count > text.Length)
        {
            return false;
        }

        foreach (var digit in text.Slice(at, count))
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        return true;
    }

    /// <summary>Proleptic Gregorian days, counted from March so that the leap day is the last of its year.</summary>
    private static long DaysSinceEpoch(int year, int month, int day)
    {
        var marchYear = month > 2 ? year : year - 1;
        var dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5) + day - 1;
        var era = marchYear / 400;
        var yearOfEra = marchYear % 400;

        // 719,468 days lie between 0000-03-01 and 1970-01-01; 400 years have 146,097 days.
        return (era * 146_097L) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719_468;
    }
}
