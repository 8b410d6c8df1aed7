using System.Globalization;
using System.Text.RegularExpressions;

namespace HotPath.Faults.Calls;

/// <summary>
/// What strace wrote down: every fsync and fdatasync with its file, when it began and ended, and what it said; and how
/// many calls were interfered with. Times are microseconds since the epoch.
/// </summary>
internal sealed partial class TracedSyncs
{
    private readonly List<(long EndMicros, long BeginMicros)> _good = [];

    /// <summary>For each good sync of the journal in the order of ends: the latest begin up to it.</summary>
    private readonly List<long> _latestBegins = [];

    private TracedSyncs()
    {
    }

    public int Injected { get; private set; }

    /// <summary>When the first sync of a journal file failed; null when none did.</summary>
    public long? FirstJournalFailureMicros { get; private set; }

    public int JournalSyncs => _good.Count;

    public static TracedSyncs Read(string path)
    {
        var traced = new TracedSyncs();
        if (!File.Exists(path))
        {
            return traced;
        }

        var begun = new Dictionary<string, (long Micros, string File)>();
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            traced.Take(line, begun);
        }

        traced._good.Sort();
        var latest = long.MinValue;
        foreach (var (_, beginMicros) in traced._good)
        {
            latest = Math.Max(latest, beginMicros);
            traced._latestBegins.Add(latest);
        }

        return traced;
    }

    /// <summary>A sync of the journal began after one moment and was good before another.</summary>
    public bool HasGoodSync(long fromMicros, long toMicros)
    {
        var at = _good.BinarySearch((toMicros, long.MaxValue));
        var count = at < 0 ? ~at : at + 1;
        return count > 0 && _latestBegins[count - 1] >= fromMicros;
    }

    private void Take(string line, Dictionary<string, (long Micros, string File)> begun)
    {
        if (line.Contains("(INJECTED)", StringComparison.Ordinal) || line.Contains("(DELAYED)", StringComparison.Ordinal))
        {
            Injected++;
        }

        if (Begin().Match(line) is { Success: true } whole)
        {
            var file = whole.Groups["file"].Value;
            var beginMicros = Micros(whole.Groups["time"].Value);
            if (whole.Groups["rest"].Value.Contains("unfinished", StringComparison.Ordinal))
            {
                begun[whole.Groups["thread"].Value] = (beginMicros, file);
                return;
            }

            Add(file, beginMicros, whole.Groups["rest"].Value);
        }
        else if (Resumed().Match(line) is { Success: true } resumed && begun.Remove(resumed.Groups["thread"].Value, out var call))
        {
            Add(call.File, call.Micros, resumed.Groups["rest"].Value);
        }
    }

    private void Add(string file, long beginMicros, string rest)
    {
        if (!file.Contains("/journal/", StringComparison.Ordinal))
        {
            return;
        }

        if (rest.Contains("= -1", StringComparison.Ordinal))
        {
            FirstJournalFailureMicros ??= beginMicros;
        }
        else if (Duration().Match(rest) is { Success: true } duration && file.EndsWith(".journal", StringComparison.Ordinal))
        {
            _good.Add((beginMicros + Micros(duration.Groups["seconds"].Value), beginMicros));
        }
    }

    private static long Micros(string seconds) => (long)(decimal.Parse(seconds, CultureInfo.InvariantCulture) * 1_000_000);

    [GeneratedRegex(@"^(?<thread>\d+) +(?<time>\d+\.\d+) f(data)?sync\(\d+<(?<file>[^>]*)>(?<rest>.*)$")]
    private static partial Regex Begin();

    [GeneratedRegex(@"^(?<thread>\d+) +\d+\.\d+ <\.\.\. f(data)?sync resumed>(?<rest>.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"= 0 .*<(?<seconds>\d+\.\d+)>$")]
    private static partial Regex Duration();
}
