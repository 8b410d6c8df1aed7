using System.Globalization;

namespace HotPath.Delta.Log;

/// <summary>
/// The intervals of table properties: <c>interval 30 days</c>, <c>interval 1 week 2 hours</c>, the word interval optional.
/// Units from nanosecond to week, singular or plural; months and years have no fixed length and are refused.
/// </summary>
internal static class Interval
{
    public static bool TryParse(string text, out TimeSpan interval)
    {
        interval = default;
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var first = words is [var word, ..] && word.Equals("interval", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        if (words.Length <= first || (words.Length - first) % 2 != 0)
        {
            return false;
        }

        var ticks = default(Int128);
        for (var index = first; index < words.Length; index += 2)
        {
            if (!long.TryParse(words[index], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
                || NanosecondsOf(words[index + 1]) is not { } nanoseconds)
            {
                return false;
            }

            ticks += (Int128)count * nanoseconds / 100;
        }

        if (ticks > long.MaxValue || ticks < 0)
        {
            return false;
        }

        interval = new TimeSpan((long)ticks);
        return true;
    }

    private static long? NanosecondsOf(string unit) => unit.ToLowerInvariant().TrimEnd('s') switch
    {
        "nanosecond" => 1,
        "microsecond" => 1_000,
        "millisecond" => 1_000_000,
        "second" => 1_000_000_000,
        "minute" => 60_000_000_000,
        "hour" => 3_600_000_000_000,
        "day" => 86_400_000_000_000,
        "week" => 604_800_000_000_000,
        _ => null,
    };
}
