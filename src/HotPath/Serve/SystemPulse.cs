using HotPath.Serve.Http;
using HotPath.Serve.Live;

namespace HotPath.Serve;

/// <summary>
/// Rates, from counters looked at once a second: over the last five seconds, so that a reader sees a number and not a
/// flicker. One loop beats; any thread may ask.
/// </summary>
internal sealed class SystemPulse(LiveView live, IEngineView engine, TimeProvider clock, string version)
{
    private const int Samples = 6;

    private readonly Lock _gate = new();
    private readonly Queue<(long Timestamp, long Received, long Transitions)> _samples = new();
    private readonly DateTimeOffset _startedAt = clock.GetUtcNow();

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        Beat();
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                Beat();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    public void Beat()
    {
        var sample = (clock.GetTimestamp(), engine.Books.Received, live.Counts.Transitions);
        lock (_gate)
        {
            _samples.Enqueue(sample);
            if (_samples.Count > Samples)
            {
                _samples.Dequeue();
            }
        }
    }

    public StatusDocument Status()
    {
        var (books, journal, delta, rules, ring) = (engine.Books, engine.Journal, engine.Delta, engine.Rules, engine.Ring);
        var (shards, counts) = (engine.Shards, live.Counts);
        var (readings, transitions) = Rates();
        var failing = engine.IsStarted ? engine.Checks.FirstOrDefault(check => !check.IsGood) : new CheckView("startup", false, "starting");
        return new StatusDocument(
            clock.GetUtcNow().UtcDateTime,
            version,
            _startedAt.UtcDateTime,
            failing.Name is null,
            failing.Name is null ? null : $"{failing.Name}: {failing.Reason}",
            Books(books),
            readings,
            transitions,
            counts.Transitions,
            counts.OpenNow,
            counts.MachinesDown + counts.MachinesPlanned + counts.MachinesUnknown + counts.MachinesOther,
            EquipmentRoutes.Counts(counts),
            new PositionsDocument(ring.PublishedLsn, journal.WrittenLsn, journal.DurableLsn, engine.LedgerLsn, delta.PositionLsn),
            journal.HasFailed,
            delta.LagSeconds,
            shards.Select(shard => shard.WatermarkLagSeconds).Max(),
            shards.Select(shard => shard.RingDepthRatio).DefaultIfEmpty().Max(),
            rules.Version,
            rules.Sha256,
            rules.LastReloadProblem,
            [.. shards.Select(shard => new ShardDocument(
                shard.Index, shard.PositionLsn, shard.RingDepthRatio, shard.WatermarkLagSeconds, shard.WaitingReadings, shard.ForcedWatermarks))],
            [.. engine.Listeners.Select(Listener)],
            [.. delta.Tables.Select(table => new TableDocument(table.Name, table.Rows, table.Commits, table.Version))],
            new LiveDocument(live.Hub.Clients, live.Hub.Dropped, live.Position.ToString()));
    }

    private (double Readings, double Transitions) Rates()
    {
        lock (_gate)
        {
            if (_samples.Count < 2)
            {
                return (0, 0);
            }

            var (first, last) = (_samples.Peek(), _samples.Last());
            var seconds = clock.GetElapsedTime(first.Timestamp, last.Timestamp).TotalSeconds;
            return seconds <= 0
                ? (0, 0)
                : ((last.Received - first.Received) / seconds, (last.Transitions - first.Transitions) / seconds);
        }
    }

    private static BooksDocument Books(in BooksView books) => new(
        books.Received,
        books.Accepted,
        books.Rejected,
        RejectReasons.Named(books.RejectedByReason).Where(reason => reason.Count > 0).ToDictionary(reason => reason.Name, reason => reason.Count),
        books.Stored,
        books.Late,
        books.Duplicate,
        books.Future,
        books.Lost);

    private static ListenerDocument Listener(ListenerView listener) => new(
        listener.Name,
        listener.Datagrams,
        listener.Bytes,
        listener.RecordsAccepted,
        listener.Dropped,
        listener.DroppedByReason.Where(drop => drop.Count > 0).ToDictionary(drop => drop.Reason, drop => drop.Count));
}
