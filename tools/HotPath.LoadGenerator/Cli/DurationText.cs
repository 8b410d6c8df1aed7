using System.Globalization;

namespace HotPath.LoadGenerator.Cli;

/// <summary>Durations as RULES.md writes them: a number and one of us, ms, s, m, h, d.</summary>
internal static class DurationText
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        var digits = text.AsSpan().TrimEnd("usmhd");
        var micros = text.AsSpan(digits.Length) switch
        {
            "us" => 1,
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            _ => 0L,
        };
        duration = default;
        if (micros == 0
            || !double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number * micros > TimeSpan.MaxValue.TotalMicroseconds / 2)
        {
            return false;
        }

        duration = TimeSpan.FromMicroseconds(number * micros);
        return true;
    }
}
