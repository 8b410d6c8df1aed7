using System.Globalization;
using System.IO.Enumeration;
using HotPath.Configuration;
using HotPath.Serve.Live;

namespace HotPath.Serve.Http;

/// <summary>
/// Reads a query string as the configuration is read: every fault at once, unknown parameters too, with the nearest
/// known one. For one request.
/// </summary>
internal sealed class QueryReader(IQueryCollection query, DateTimeOffset now)
{
    private readonly List<string> _faults = [];
    private readonly List<string> _known = [];

    public string? Text(string name)
    {
        _known.Add(name);
        var values = query[name];
        if (values.Count > 1)
        {
            _faults.Add($"{name} stands {values.Count} times.");
        }

        return string.IsNullOrEmpty(values) ? null : values[0];
    }

    public int Whole(string name, int fallback, int min, int max)
    {
        if (Text(name) is not { } text)
        {
            return fallback;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        _faults.Add($"{name} cannot be \"{text}\": a whole number from {min} to {max}.");
        return fallback;
    }

    public bool? Flag(string name) => Word(name, "true", "false") is { } text ? text == "true" : null;

    public string? Word(string name, params string[] allowed)
    {
        var text = Text(name);
        if (text is null || allowed.Contains(text))
        {
            return text;
        }

        var near = NearestKey.Find(text, allowed);
        _faults.Add($"{name} cannot be \"{text}\": {string.Join(", ", allowed)}." + (near is null ? "" : $" Did you mean {near}?"));
        return null;
    }

    /// <summary>A time with its offset, or a duration back from now: <c>-8h</c>. In microseconds.</summary>
    public long? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (text.StartsWith('-') && ConfigurationValues.TryDuration(text[1..], out var back))
        {
            return Micros(now - back);
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            return Micros(at);
        }

        _faults.Add($"{name} cannot be \"{text}\": a time like 2026-03-01T06:00:00Z, or -8h for eight hours ago.");
        return null;
    }

    public LiveCursor? Cursor(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (LiveCursor.TryParse(text, out var cursor))
        {
            return cursor;
        }

        _faults.Add($"{name} cannot be \"{text}\": the `next` of the page before.");
        return null;
    }

    /// <summary>Globs, separated by commas; null = everything.</summary>
    public Func<string, bool>? Globs(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        var exact = new HashSet<string>(StringComparer.Ordinal);
        var globs = new List<string>();
        foreach (var part in text.Split(','))
        {
            if (part.AsSpan().ContainsAny('*', '?'))
            {
                globs.Add(part);
            }
            else
            {
                exact.Add(part);
            }
        }

        return value => exact.Contains(value)
            || globs.Exists(glob => FileSystemName.MatchesSimpleExpression(glob, value, ignoreCase: false));
    }

    public void Refuse(string fault) => _faults.Add(fault);

    /// <summary>Everything that was wrong; to be asked when everything was read.</summary>
    public IReadOnlyList<string> Faults()
    {
        foreach (var (name, _) in query)
        {
            if (!_known.Contains(name))
            {
                var near = NearestKey.Find(name, _known);
                _faults.Add($"{name} is no parameter here." + (near is null ? "" : $" Did you mean {near}?")
                    + (_known.Count == 0 ? " There is none." : $" Allowed: {string.Join(", ", _known)}."));
            }
        }

        return _faults;
    }

    public static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
