using System.Globalization;
using HotPath.Serve.Http;

namespace HotPath.Cli.Watch;

/// <summary>A status for people: whole, or as one line.</summary>
internal static class TopText
{
    private const string Red = "\e[31m";
    private const string Plain = "\e[0m";

    /// <summary>One line with what is looked at first.</summary>
    public static string Line(StatusDocument status) => string.Create(
        CultureInfo.InvariantCulture,
        $"{status.At:yyyy-MM-ddTHH:mm:ssZ}  {status.ReadingsPerSecond:N0} readings/s  {status.TransitionsPerSecond:N1} transitions/s  " +
        $"ring {status.RingDepthRatio:P0}  watermark lag {Seconds(status.WatermarkLagSeconds)}  " +
        $"journal {status.Positions.Published - status.Positions.Durable:N0} behind  tables {Seconds(status.DeltaLagSeconds)} behind  " +
        $"dropped {status.Listeners.Sum(listener => listener.Dropped):N0}  lost {status.Books.Lost:N0}  rejected {status.Books.Rejected:N0}" +
        $"{(status.IsReady ? "" : $"  NOT READY {status.NotReadyBecause}")}");

    /// <param name="status">Now.</param>
    /// <param name="before">At the last look, for rates; null = this is the first.</param>
    /// <param name="address">Of the instance.</param>
    /// <param name="isPlain">No colour.</param>
    public static IEnumerable<string> Frame(StatusDocument status, StatusDocument? before, Uri address, bool isPlain)
    {
        var (books, positions, counts) = (status.Books, status.Positions, status.Counts);
        yield return Text($"HotPath {status.Version}  {address}  up {Age(status.At - status.StartedAt)}  {status.At:HH:mm:ss} UTC");
        yield return status.IsReady ? "ready" : Bad($"NOT READY  {status.NotReadyBecause}", isPlain);
        yield return "";
        yield return Text($"readings    {status.ReadingsPerSecond,12:N0} /s    received {books.Received:N0}  accepted {books.Accepted:N0}  stored {books.Stored:N0}");
        yield return Text($"transitions {status.TransitionsPerSecond,12:N1} /s    machines {status.Equipment:N0}: {counts.Down:N0} down, {counts.Unknown:N0} unknown, {counts.Planned:N0} planned; {status.DowntimesOpen:N0} downtimes open");
        yield return Notable(
            Text($"not taken   rejected {books.Rejected:N0}{Reasons(books.RejectedByReason)}  lost {books.Lost:N0}  late {books.Late:N0}  duplicate {books.Duplicate:N0}  future {books.Future:N0}"),
            books.Lost > (before?.Books.Lost ?? books.Lost), isPlain);
        yield return Notable(
            Text($"journal     durable LSN {positions.Durable:N0}, {positions.Published - positions.Durable:N0} behind; ledger {positions.Published - positions.Ledger:N0} behind{(status.JournalFailed ? "; FAILED" : "")}"),
            status.JournalFailed, isPlain);
        yield return Text($"tables      LSN {positions.Delta:N0}, {positions.Published - positions.Delta:N0} behind, {Seconds(status.DeltaLagSeconds)}");
        yield return Text($"rules       version {status.RulesVersion}  {status.RulesSha256[..Math.Min(12, status.RulesSha256.Length)]}{(status.RulesProblem is { } problem ? $"  refused: {problem}" : "")}");
        yield return "";
        yield return "shard        slots/s    ring  watermark lag    waiting    forced";
        foreach (var shard in status.Shards)
        {
            var earlier = before?.Shards.FirstOrDefault(each => each.Index == shard.Index);
            yield return Notable(
                Text($"{shard.Index,5} {Rate(shard.Position, earlier?.Position, status, before),14} {shard.RingDepthRatio,7:P0} {Seconds(shard.WatermarkLagSeconds),14} {shard.WaitingReadings,10:N0} {shard.ForcedWatermarks,9:N0}"),
                shard.RingDepthRatio > 0.9, isPlain);
        }

        yield return "";
        yield return "listener                        records/s       dropped";
        foreach (var listener in status.Listeners)
        {
            var earlier = before?.Listeners.FirstOrDefault(each => each.Name == listener.Name);
            yield return Notable(
                Text($"{listener.Name,-28} {Rate(listener.Records, earlier?.Records, status, before),12} {listener.Dropped,13:N0}{Reasons(listener.DroppedByReason)}"),
                listener.Dropped > (earlier?.Dropped ?? listener.Dropped), isPlain);
        }

        yield return "";
        yield return "table                              rows    commits";
        foreach (var table in status.Tables)
        {
            yield return Text($"{table.Name,-20} {table.Rows,18:N0} {table.Commits,10:N0}");
        }
    }

    /// <summary>12 ms, 3.4 s, 2:05, 3:05:12, 2 d 4 h; - for none.</summary>
    internal static string Seconds(double? seconds) => seconds switch
    {
        null => "-",
        < 1 => Text($"{seconds * 1000:F0} ms"),
        < 60 => Text($"{seconds:F1} s"),
        _ => Age(TimeSpan.FromSeconds(seconds.Value)),
    };

    private static string Age(TimeSpan age) => age switch
    {
        { TotalHours: < 1 } => Text($"{(int)age.TotalMinutes}:{age.Seconds:00}"),
        { TotalDays: < 1 } => Text($"{(int)age.TotalHours}:{age.Minutes:00}:{age.Seconds:00}"),
        _ => Text($"{(int)age.TotalDays} d {age.Hours} h"),
    };

    private static string Rate(long now, long? before, StatusDocument status, StatusDocument? earlier) =>
        before is { } some && earlier is not null && (status.At - earlier.At).TotalSeconds is > 0 and var seconds
            ? Text($"{Math.Max(0, now - some) / seconds:N0}")
            : "-";

    private static string Reasons(IReadOnlyDictionary<string, long> reasons) => reasons.Count == 0
        ? ""
        : $" ({string.Join(", ", reasons.OrderByDescending(reason => reason.Value).Select(reason => Text($"{reason.Key} {reason.Value:N0}")))})";

    private static string Notable(string line, bool isBad, bool isPlain) => isBad ? Bad(line, isPlain) : line;

    private static string Bad(string line, bool isPlain) => isPlain ? line : $"{Red}{line}{Plain}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
