using System.Globalization;

namespace HotPath.Engine.Rules;

/// <summary>A duration of a rule document: one number and one unit (us ms s m h d). Compared by length.</summary>
internal static class Duration
{
    public const string HowToWrite = "write one number and one unit, such as 250ms, 30s, 5m, 1.5h or 1d";

    public static bool TryParse(ReadOnlySpan<char> text, out long micros)
    {
        text = text.Trim();
        var numberLength = 0;
        while (numberLength < text.Length && (char.IsAsciiDigit(text[numberLength]) || text[numberLength] == '.'))
        {
            numberLength++;
        }

        micros = 0;
        var number = text[..numberLength];
        var unitMicros = UnitMicros(text[numberLength..]);
        if (unitMicros == 0 || !IsNumber(number))
        {
            return false;
        }

        // Halves go to the even neighbour, as IEEE rounding does.
        var rounded = Math.Round(double.Parse(number, CultureInfo.InvariantCulture) * unitMicros);
        if (rounded > RuleLimits.DurationMicrosMax)
        {
            return false;
        }

        micros = (long)rounded;
        return true;
    }

    /// <summary>The shortest way to write it.</summary>
    public static string Text(long micros)
    {
        foreach (var unit in (ReadOnlySpan<string>)["d", "h", "m", "s", "ms"])
        {
            if (micros != 0 && micros % UnitMicros(unit) == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{micros / UnitMicros(unit)}{unit}");
            }
        }

        return micros == 0 ? "0s" : string.Create(CultureInfo.InvariantCulture, $"{micros}us");
    }

    private static bool IsNumber(ReadOnlySpan<char> number)
    {
        var dot = number.IndexOf('.');
        return dot < 0
            ? number.Length > 0
            : dot > 0 && dot < number.Length - 1 && number.LastIndexOf('.') == dot;
    }

    private static long UnitMicros(ReadOnlySpan<char> unit) => unit switch
    {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => 0,
    };
}
