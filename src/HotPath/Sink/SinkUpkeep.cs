using HotPath.Delta;

namespace HotPath.Sink;

/// <summary>
/// Merges the small files of the tables and deletes what no longer belongs to them, on a thread of its own that gets only
/// time which nobody else wants: what it leaves undone costs readers a little, never the sink. A fault is told and tried
/// again with the next turn.
/// </summary>
internal sealed class SinkUpkeep
{
    // A day takes up to 8,640 flushes. While it lasts only small files are merged, by eights: a row is written again once or
    // twice at a low rate and never at a high one, where a flush fills such a file. What is larger waits until the day is over.
    private const int FilesMin = 8;
    private const int SmallShareOfTarget = 16;

    // Up to three copies of a row lie in memory at once: read, put together, sorted. With twice as many it stays below 128 MiB
    // (MergeMemoryTests). Files of larger flushes are sorted already: their rows are not copied.
    private const int SortRowsMax = 128 * 1024;

    private static readonly TimeSpan TurnInterval = TimeSpan.FromMinutes(1);

    // A day that nothing was added to for so long is over, whatever the clocks of its machines say.
    private static readonly TimeSpan QuietMin = TimeSpan.FromHours(1);

    private static readonly TimeSpan VacuumIntervalMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan VacuumIntervalMax = TimeSpan.FromHours(6);

    private readonly Func<IReadOnlyList<SinkTable>> _tables;
    private readonly SinkOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private DateTimeOffset _vacuumDue;

    /// <param name="tables">Those that can be written at the moment.</param>
    /// <param name="options">How large files become, and how long removed ones stay.</param>
    /// <param name="clock">Of days and retention.</param>
    /// <param name="log">Hears of faults.</param>
    public SinkUpkeep(Func<IReadOnlyList<SinkTable>> tables, SinkOptions options, TimeProvider clock, ILogger log)
    {
        (_tables, _options, _clock, _log) = (tables, options, clock, log);
        _vacuumDue = clock.GetUtcNow() + VacuumInterval;
    }

    /// <summary>Files that merges have taken away and brought.</summary>
    public long FilesRemoved { get; private set; }

    public long FilesAdded { get; private set; }

    /// <summary>Files that vacuums have deleted.</summary>
    public long FilesDeleted { get; private set; }

    // An eighth more than promised is as good as promised.
    private TimeSpan VacuumInterval => TimeSpan.FromTicks(
        Math.Clamp(_options.Retention.Ticks / 8, VacuumIntervalMin.Ticks, VacuumIntervalMax.Ticks));

    /// <summary>Turns until stopped.</summary>
    public Task RunAsync(CancellationToken stop)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Run(ended, stop)) { Name = "upkeep", IsBackground = true };
        thread.Start();
        return ended.Task;
    }

    /// <summary>One turn over all tables.</summary>
    public async Task TurnAsync(CancellationToken stop)
    {
        var isVacuumDue = _clock.GetUtcNow() >= _vacuumDue;
        foreach (var table in _tables())
        {
            await MergeAsync(table, stop);
            if (isVacuumDue)
            {
                FilesDeleted += (await table.VacuumAsync(stop)).Paths.Count;
            }
        }

        if (isVacuumDue)
        {
            _vacuumDue = _clock.GetUtcNow() + VacuumInterval;
        }
    }

    private void Run(TaskCompletionSource ended, CancellationToken stop)
    {
        LowPriority.TakeForThisThread();
        while (!stop.WaitHandle.WaitOne(TurnInterval))
        {
            try
            {
                // Waited for here, so that what a local table does stays on this thread.
                var merged = FilesRemoved;
                TurnAsync(stop).GetAwaiter().GetResult();
                if (FilesRemoved > merged)
                {
                    // The collector by itself keeps the large arrays of a merge until as much again was allocated.
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
                }
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (Exception fault) when (SinkOpening.IsPassing(fault))
            {
                _log.LogWarning("The tables' files could not be tidied up: {Problem} Trying again in {Delay}.", fault.Message, TurnInterval);
            }
            catch (Exception fault)
            {
                ended.SetException(fault);
                return;
            }
        }

        ended.SetResult();
    }

    private async Task MergeAsync(SinkTable table, CancellationToken stop)
    {
        var options = new OptimizeOptions
        {
            TargetFileBytes = _options.TargetFileBytes,
            SortBy = TableSchemas.MergeOrder,
            RowsMax = SortRowsMax,
        };
        var small = options with { FilesMin = FilesMin, SmallerThanBytes = _options.TargetFileBytes / SmallShareOfTarget };
        Count(await table.OptimizeAsync(small, stop));

        var quiet = (_clock.GetUtcNow() - QuietMin).ToUnixTimeMilliseconds();
        var over = table.LastChangeByDay().Where(day => day.Value < quiet).Select(static day => day.Key).ToHashSet();
        if (over.Count > 0)
        {
            Count(await table.OptimizeAsync(
                options with { Partition = partition => over.Contains(SinkTable.DayOf(partition)) }, stop));
        }
    }

    private void Count(OptimizeResult result)
    {
        FilesRemoved += result.FilesRemoved;
        FilesAdded += result.FilesAdded;
    }
}
