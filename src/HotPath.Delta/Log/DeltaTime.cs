using System.Globalization;

namespace HotPath.Delta.Log;

/// <summary>Dates and times as text in the forms of the log, from days and microseconds since 1970.</summary>
internal static class DeltaTime
{
    private const long MicrosPerMilli = 1_000;
    private const long TicksPerMicro = TimeSpan.TicksPerMicrosecond;

    // What DateTime can hold: years 1 to 9999. Values beyond are legal in data and have no text here.
    private static readonly long MicrosMin = (DateTime.MinValue - DateTime.UnixEpoch).Ticks / TicksPerMicro;
    private static readonly long MicrosMax = (DateTime.MaxValue - DateTime.UnixEpoch).Ticks / TicksPerMicro;
    private static readonly int DaysMin = DateOnly.MinValue.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
    private static readonly int DaysMax = DateOnly.MaxValue.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static string? Date(long days) => days < DaysMin || days > DaysMax
        ? null
        : DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays((int)days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>2026-11-20T14:05:06.123456 with all six digits; null outside of the years 1 to 9999.</summary>
    public static string? Micros(long micros, char separator, string zone) => Format(micros, "ffffff", separator, zone);

    /// <summary>
    /// Three digits, as statistics have them. A lower bound is rounded down and an upper bound up: so both stay bounds for
    /// readers that know of the rounding and for those that do not.
    /// </summary>
    public static string? MillisBound(long micros, bool isUpper, string zone)
    {
        var millis = Math.DivRem(micros, MicrosPerMilli, out var rest);
        if (rest < 0)
        {
            millis--;
        }

        if (isUpper && rest != 0)
        {
            millis++;
        }

        return Math.Abs(millis) > MicrosMax / MicrosPerMilli ? null : Format(millis * MicrosPerMilli, "fff", 'T', zone);
    }

    public static int DaysOf(DateOnly date) => date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static long MicrosOf(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TicksPerMicro;

    private static string? Format(long micros, string fraction, char separator, string zone) =>
        micros < MicrosMin || micros > MicrosMax
            ? null
            : DateTime.UnixEpoch.AddTicks(micros * TicksPerMicro).ToString(
                $"yyyy-MM-dd'{separator}'HH:mm:ss.{fraction}", CultureInfo.InvariantCulture) + zone;
}
