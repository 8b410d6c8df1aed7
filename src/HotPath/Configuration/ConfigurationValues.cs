using System.Globalization;
using System.Net;

namespace HotPath.Configuration;

/// <summary>How single values are written: durations, sizes, addresses. The inverse of each stands beside it.</summary>
internal static class ConfigurationValues
{
    private static readonly (string Unit, long Ticks)[] s_durationUnits =
    [
        ("us", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    private static readonly (string Unit, long Bytes)[] s_sizeUnits =
    [
        ("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30),
    ];

    /// <summary>One number and one unit: <c>250ms</c>, <c>1.5h</c>. Never negative, at most ten years.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        return TrySplit(text, out var number, out var unit)
            && TryScale(number, Find(s_durationUnits, unit), TimeSpan.TicksPerDay * 3_653, out var ticks)
            && Take(TimeSpan.FromTicks(ticks), out duration);
    }

    /// <summary>The shortest exact way to write it.</summary>
    public static string Text(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        var (unit, ticks) = s_durationUnits.Last(unit => duration.Ticks % unit.Ticks == 0 || unit.Unit == "us");
        return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / ticks}{unit}");
    }

    /// <summary>Bytes, or one number and one of B kB MB GB KiB MiB GiB.</summary>
    public static bool TryBytes(string text, out long bytes)
    {
        bytes = 0;
        return TrySplit(text, out var number, out var unit)
            && TryScale(number, Find(s_sizeUnits, unit.Length == 0 ? "B" : unit), long.MaxValue, out bytes);
    }

    /// <summary><c>127.0.0.1:8080</c>, <c>[::1]:8080</c>, <c>localhost:8080</c>, <c>*:8080</c>.</summary>
    public static bool TryAddress(string text, out IPEndPoint address)
    {
        address = new IPEndPoint(IPAddress.Any, 0);
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }

        var host = text[..colon];
        var ip = host switch
        {
            "localhost" => IPAddress.Loopback,
            "*" => IPAddress.Any,
            ['[', .. var inner, ']'] when IPAddress.TryParse(inner, out var v6) => v6,
            _ when !host.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(host, out var v4) => v4,
            _ => null,
        };
        address = new IPEndPoint(ip ?? IPAddress.Any, port);
        return ip is not null;
    }

    private static bool Take(TimeSpan value, out TimeSpan taken)
    {
        taken = value;
        return true;
    }

    private static bool TrySplit(string text, out decimal number, out string unit)
    {
        var digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
        {
            digits++;
        }

        unit = text[digits..].Trim();
        return decimal.TryParse(
            text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }

    private static long Find((string Unit, long Factor)[] units, string unit) =>
        units.FirstOrDefault(known => known.Unit == unit).Factor;

    private static bool TryScale(decimal number, long factor, long max, out long scaled)
    {
        scaled = 0;
        if (factor == 0 || number > (decimal)max / factor || decimal.Truncate(number * factor) != number * factor)
        {
            return false;
        }

        scaled = (long)(number * factor);
        return true;
    }
}
