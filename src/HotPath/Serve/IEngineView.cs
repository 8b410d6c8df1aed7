using System.Collections.Immutable;
using HotPath.Engine.Agents;
using HotPath.Engine.Ring;
using HotPath.Engine.Shard.Asking;

namespace HotPath.Serve;

/// <summary>
/// What metrics, status and health say about the engine. Every getter may be called by any thread at any time, reads
/// counters that the engine's threads write, and returns at once; it may allocate, so it is called per scrape and never
/// per reading.
/// </summary>
internal interface IEngineView
{
    BooksView Books { get; }

    ImmutableArray<ListenerView> Listeners { get; }

    RingView Ring { get; }

    ImmutableArray<ShardView> Shards { get; }

    JournalView Journal { get; }

    /// <summary>The ledger holds everything up to here.</summary>
    long LedgerLsn { get; }

    DeltaView Delta { get; }

    RulesView Rules { get; }

    /// <summary>CPU seconds of shards and ledger, which may share a thread.</summary>
    ImmutableArray<(string Agent, double Seconds)> AgentCpu => [];

    /// <summary>What the shards were last asked for; null = never.</summary>
    SurveyView? Survey => null;

    /// <summary>The engine's clock, which surveys are dated by.</summary>
    long NowMicros => Survey?.TakenAtMicros ?? 0;

    /// <summary>Asks the shards, if that was not just done, before <see cref="Shards"/> and <see cref="Survey"/> are read. Waits a quarter of a second at most.</summary>
    ValueTask LookAsync(CancellationToken cancel) => default;

    /// <summary>What is armed on one machine; null = its shard did not answer in time.</summary>
    ValueTask<MachineInquiry?> InquireAsync(int equipmentIndex, CancellationToken cancel) => default;

    /// <summary>Readings as they come; null = they cannot be looked at here.</summary>
    RingTap? NewTap() => null;

    /// <summary>Upstream streams that are read.</summary>
    ImmutableArray<SourceView> KinesisSources => [];

    /// <summary>What the files of raw records take; null = none are kept.</summary>
    long? RawBytes => null;

    /// <summary>Where transitions and downtimes go beside the tables.</summary>
    ImmutableArray<OutputView> Outputs => [];

    /// <summary>From a reading's event time to what it caused; null = not measured.</summary>
    HistogramView? EventLatency { get; }

    /// <summary>Start-up has finished: recovery done, listeners bound.</summary>
    bool IsStarted { get; }

    /// <summary>What readiness depends on: journal, recovery, listeners, sinks...</summary>
    ImmutableArray<CheckView> Checks { get; }
}

/// <summary>
/// The books, in readings: received = accepted + rejected; accepted = stored + duplicate + future; late ones are stored.
/// </summary>
/// <param name="RejectedByReason">By <see cref="RejectReason"/>; without Future, which is judged after acceptance.</param>
/// <param name="LostKernel">Datagrams that the kernel dropped at listeners where no frames tell how many readings that was.</param>
/// <param name="LostNetwork">Readings that frames tell to be lost, wherever, those that came after all too.</param>
/// <param name="Recovered">Readings that came after they had been given up.</param>
internal readonly record struct BooksView(
    long Received,
    long Accepted,
    ImmutableArray<long> RejectedByReason,
    long Stored,
    long Late,
    long Duplicate,
    long Future,
    long LostKernel,
    long LostNetwork,
    long Recovered = 0)
{
    public long Rejected => RejectedByReason.IsDefault ? 0 : RejectedByReason.Sum();

    public long Lost => LostKernel + LostNetwork - Recovered;
}

/// <summary>One listener. Drops that cannot happen to its kind stay 0.</summary>
/// <param name="Name">As in the names of listeners, e.g. <c>udp:127.0.0.1:9999</c>.</param>
internal readonly record struct ListenerView(
    string Name,
    long Datagrams,
    long Bytes,
    long RecordsAccepted,
    long DroppedKernel,
    long DroppedRingFull,
    long DroppedMalformed,
    long DroppedOversized)
{
    /// <summary>From networks that may not send.</summary>
    public long DroppedNotAllowed { get; init; }

    /// <summary>Without a valid signature, where keys are configured.</summary>
    public long DroppedUnauthenticated { get; init; }

    /// <summary>Every reason, as metrics name it.</summary>
    public ImmutableArray<(string Reason, long Count)> DroppedByReason =>
    [
        ("kernel", DroppedKernel),
        ("ring_full", DroppedRingFull),
        ("malformed", DroppedMalformed),
        ("oversized", DroppedOversized),
        ("not_allowed", DroppedNotAllowed),
        ("unauthenticated", DroppedUnauthenticated),
    ];

    public long Dropped => DroppedByReason.Sum(drop => drop.Count);

    /// <summary>What the numbers of frames tell; null where there are none.</summary>
    public FramesView? Frames { get; init; }
}

/// <summary>Datagrams that carry numbers. Lost less recovered is what never came.</summary>
/// <param name="TooOld">Below all that is remembered, or of an epoch that has ended.</param>
internal sealed record FramesView(long Received, long Duplicate, long Reordered, long Lost, long Recovered, long TooOld);

/// <summary>An upstream stream that is read.</summary>
/// <param name="MillisBehind">Of the shard read last.</param>
/// <param name="Problem">Why it, or a part of it, cannot be read at the moment; null = it can.</param>
internal sealed record SourceView(
    string Stream,
    int ShardsRead,
    long Records,
    long Bytes,
    long MillisBehind,
    long Gaps,
    long Throttles,
    long ExpiredIterators,
    long Faults,
    long StrayAggregates,
    string? Problem);

/// <summary>A receiver of transitions and downtimes.</summary>
/// <param name="PositionLsn">Every row up to here is out.</param>
/// <param name="LagSeconds">How long the oldest row that is not out has been waiting; 0 = none is.</param>
/// <param name="Problem">Why nothing goes out at the moment, or null.</param>
internal sealed record OutputView(string Name, long PositionLsn, double LagSeconds, long Sent, long Failed, long Dead, string? Problem);

/// <param name="PublishedLsn">The last slot that producers published.</param>
internal readonly record struct RingView(int Slots, long PublishedLsn);

/// <param name="WatermarkLagSeconds">The arrival clock less the slowest watermark; null = no machine has one.</param>
/// <param name="ForcedWatermarks">Watermarks moved because too many readings waited for one machine.</param>
internal readonly record struct ShardView(
    int Index,
    long PositionLsn,
    double RingDepthRatio,
    double? WatermarkLagSeconds,
    long WaitingReadings,
    long ForcedWatermarks,
    HistogramView? EvaluationDuration);

internal readonly record struct JournalView(
    long WrittenLsn,
    long DurableLsn,
    bool HasFailed,
    long Bytes,
    long Syncs,
    HistogramView? CommitDuration);

/// <param name="PositionLsn">Every table holds everything up to here.</param>
/// <param name="LagSeconds">The age of the oldest reading that no table holds; 0 = none waits.</param>
internal readonly record struct DeltaView(
    long PositionLsn,
    double LagSeconds,
    long Conflicts,
    ImmutableArray<TableView> Tables,
    HistogramView? CommitDuration)
{
    /// <summary>Slots that the journal no longer gave, and that the tables were told to go on without.</summary>
    public long UnreadableSlots { get; init; }

    /// <summary>CPU seconds of flushing, by step.</summary>
    public ImmutableArray<(string Step, double CpuSeconds)> Steps { get; init; } = [];
}

internal readonly record struct TableView(string Name, long Rows, long Commits, long Version);

/// <param name="LastReloadProblem">Why the last reload was refused; null = it was taken.</param>
internal sealed record RulesView(
    long Version,
    string Sha256,
    string Document,
    long AppliedAtMicros,
    long LastReloadAtMicros,
    string? LastReloadProblem,
    ImmutableArray<RuleView> Rules);

/// <param name="DrivesDowntime">The rule lists states as down, planned or unknown.</param>
internal readonly record struct RuleView(string Id, string? Title, bool DrivesDowntime);

internal readonly record struct CheckView(string Name, bool IsGood, string Reason);

/// <summary>Counts by bucket of <see cref="DurationHistogram"/>, the last one being above all bounds.</summary>
internal sealed record HistogramView(ImmutableArray<long> Counts, double SumSeconds)
{
    /// <summary>Several of them together.</summary>
    public static HistogramView Of(params IReadOnlyCollection<DurationHistogram> histograms) => new(
        [.. Enumerable.Range(0, DurationHistogram.UpperSeconds.Count + 1).Select(bucket => histograms.Sum(one => one.CountOf(bucket)))],
        histograms.Sum(one => one.SumSeconds));
}
