using System.Globalization;

namespace HotPath.Kinesis.Signing;

/// <summary>Times as signatures carry them: <c>yyyyMMddTHHmmssZ</c>, UTC.</summary>
internal static class AmzDate
{
    public const int Chars = 16;

    private const string Format = "yyyyMMdd'T'HHmmss'Z'";

    public static bool TryParse(ReadOnlySpan<char> text, out long seconds)
    {
        if (text.Length == Chars
            && DateTime.TryParseExact(
                text,
                Format,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var time))
        {
            seconds = (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
            return true;
        }

        seconds = 0;
        return false;
    }

    /// <summary>Reads the other form a date header may have: RFC 1123.</summary>
    public static bool TryParseHttpDate(ReadOnlySpan<char> text, out long seconds)
    {
        if (DateTimeOffset.TryParseExact(
            text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            seconds = time.ToUnixTimeSeconds();
            return true;
        }

        seconds = 0;
        return false;
    }

    public static string Text(long seconds) =>
        DateTime.UnixEpoch.AddSeconds(seconds).ToString(Format, CultureInfo.InvariantCulture);
}
