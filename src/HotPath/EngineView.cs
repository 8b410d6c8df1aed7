using System.Collections.Immutable;
using HotPath.Engine;
using HotPath.Engine.Ingest;
using HotPath.Engine.Journal;
using JournalView = HotPath.Serve.JournalView;
using HotPath.Engine.Ring;
using HotPath.Engine.Shard.Asking;
using HotPath.Serve;

namespace HotPath;

/// <summary>
/// What metrics, status and health read of a running pipeline. Any thread may ask; it reads counters that the engine's
/// threads write and never waits for them.
/// </summary>
internal sealed class EngineView : IEngineView
{
    // Before the first flush the position is -1, which is a place to wait at like any other.
    private const long NothingWaits = long.MinValue;

    private readonly Pipeline _pipeline;
    private readonly HotPathEngine _engine;

    /// <summary>What shards had counted when they had replayed the journal: the books are those of this process.</summary>
    private readonly (long Readings, long Stored, long Late, long Duplicate, long Future) _replayed;
    private readonly Lock _lagging = new();
    private volatile string? _fault;
    private volatile bool _isStarted;
    private long _unflushedSince;
    private long _unflushedFromLsn = NothingWaits;

    public EngineView(Pipeline pipeline)
    {
        _pipeline = pipeline;
        _engine = pipeline.Engine;
        _replayed = Counted();
    }

    public BooksView Books
    {
        get
        {
            var (readings, stored, late, duplicate, future) = Counted();
            var accepted = readings - _replayed.Readings;
            var rejected = RejectedByReason();
            return new BooksView(
                Received: accepted + rejected.Sum(),
                Accepted: accepted,
                RejectedByReason: rejected,
                Stored: stored - _replayed.Stored,
                Late: late - _replayed.Late,
                Duplicate: duplicate - _replayed.Duplicate,
                Future: future - _replayed.Future,
                LostKernel: _pipeline.Udp.Where(receiver => receiver.Frames.SenderCount == 0)
                    .Sum(receiver => Volatile.Read(ref receiver.Counters.KernelDrops)),
                LostNetwork: _pipeline.Udp.Sum(receiver => Volatile.Read(ref receiver.Frames.Totals.ReadingsLost)),
                Recovered: _pipeline.Udp.Sum(receiver => Volatile.Read(ref receiver.Frames.Totals.ReadingsRecovered)));
        }
    }

    public ImmutableArray<ListenerView> Listeners
    {
        get
        {
            var listeners = ImmutableArray.CreateBuilder<ListenerView>();
            foreach (var receivers in _pipeline.Udp.GroupBy(receiver => receiver.Name, StringComparer.Ordinal))
            {
                listeners.Add(UdpListener(receivers.Key, [.. receivers]));
            }

            if (_pipeline.Kinesis is { } kinesis)
            {
                listeners.Add(new ListenerView(
                    "kinesis", 0, kinesis.Counters.BodyBytes, kinesis.Counters.Records, 0, kinesis.Counters.RecordsThrottled, 0, 0));
            }

            return listeners.DrainToImmutable();
        }
    }

    public RingView Ring => new(_engine.Ring.SlotCount, _engine.Ring.Sequencer.NextLsn - 1);

    public SurveyView? Survey => _pipeline.Watch.Latest;

    public long NowMicros => _pipeline.Clock.NowMicros;

    public ValueTask LookAsync(CancellationToken cancel) => _pipeline.Watch.LookAsync(cancel);

    public ValueTask<MachineInquiry?> InquireAsync(int equipmentIndex, CancellationToken cancel) =>
        _pipeline.Watch.InquireAsync(equipmentIndex, cancel);

    public RingTap? NewTap() => _engine.NewTap();

    public ImmutableArray<ShardView> Shards
    {
        get
        {
            var published = _engine.Ring.Sequencer.NextLsn - 1;
            var (survey, now) = (Survey, NowMicros);
            return
            [
                .. _engine.ShardAgents.Select((agent, index) => new ShardView(
                    index,
                    agent.PositionLsn,
                    Math.Clamp((published - agent.PositionLsn) / (double)_engine.Ring.SlotCount, 0, 1),
                    survey?.Shards[index].WatermarkMicros is { } watermark ? survey.LagSeconds(watermark, now) : null,
                    survey?.Shards[index].WaitingReadings ?? 0,
                    Volatile.Read(ref _engine.Shards[index].Counters.WaitingOverflows),
                    EvaluationDuration: HistogramView.Of(agent.Cpu.Sampled))),
            ];
        }
    }

    public JournalView Journal => new(
        _engine.JournalWriter.WrittenLsn,
        _engine.JournalWriter.Durable.DurableLsn,
        _engine.JournalWriter.State == JournalState.Failed,
        _engine.JournalWriter.Counters.FrameBytes,
        _engine.JournalWriter.Counters.Syncs,
        HistogramView.Of(_engine.JournalWriter.Counters.SyncDurations));

    public long LedgerLsn => _engine.Ledger.CompleteLsn;

    public DeltaView Delta => new(
        _pipeline.Sink.PositionLsn,
        SinkLagSeconds(),
        _pipeline.Sink.Tables.Sum(table => table.ConflictCount),
        [.. _pipeline.Sink.Tables.Select(table => new TableView(table.Name, table.RowCount, table.CommitCount, table.Version))],
        HistogramView.Of([.. _pipeline.Sink.Tables.Select(table => table.CommitDurations)]))
    {
        UnreadableSlots = _pipeline.Sink.UnreadableSlots,
        Steps = [.. _pipeline.Sink.Clock.Seconds.Select(step => (Sink.Rows.SnakeCase.Of(step.Step.ToString()), step.CpuSeconds))],
    };

    public ImmutableArray<(string Agent, double Seconds)> AgentCpu =>
        [.. _engine.ShardAgents.Select(shard => (shard.Name, shard.Cpu.Seconds)), (_engine.Ledger.Name, _engine.Ledger.Cpu.Seconds)];

    public RulesView Rules => _pipeline.Book.Current;

    public ImmutableArray<SourceView> KinesisSources =>
    [
        .. _pipeline.Sources.Sources.Select(source => new SourceView(
            source.Stream,
            source.Counters.ShardsRead,
            source.Counters.Records,
            source.Counters.DataBytes,
            source.Counters.MillisBehind,
            source.Counters.Gaps,
            source.Counters.Throttles,
            source.Counters.ExpiredIterators,
            source.Counters.Faults,
            source.Counters.StrayAggregates,
            source.Problem)),
    ];

    public ImmutableArray<OutputView> Outputs =>
    [
        .. _pipeline.Outputs.All.Select(output => new OutputView(
            output.Name,
            output.PositionLsn,
            output.Counters.PendingSinceMicros is > 0 and var since ? Math.Max(0, _pipeline.Clock.NowMicros - since) / 1e6 : 0,
            output.Counters.Sent,
            output.Counters.Failed,
            output.Counters.Dead,
            output.Counters.Problem)),
    ];

    public HistogramView? EventLatency => HistogramView.Of(_engine.Ledger.EventLatency);

    public bool IsStarted
    {
        get => _isStarted;
        set => _isStarted = value;
    }

    public ImmutableArray<CheckView> Checks =>
    [
        new("started", IsStarted, IsStarted ? "recovered, every listener is open" : "starting or stopping"),
        new("journal", _engine.JournalWriter.State == JournalState.Running, JournalReason()),
        new("threads", _fault is null, _fault ?? "all threads turn"),
        new("ledger", IsLedgerGood, LedgerReason()),
        new("snapshots", true, SnapshotReason()),
        new("audit", _pipeline.Audit.Problem is null, _pipeline.Audit.Problem ?? "every change is in the log"),
        new("history", _pipeline.Feed.Problem is null, _pipeline.Feed.Problem ?? "the page shows all that the ledger holds"),
        new("tables", _pipeline.Sink.Problem is null, _pipeline.Sink.Problem ?? "the tables can be written"),
        .. _pipeline.Kinesis?.Raw is { } raw
            ? [new CheckView("raw records", raw.Problem is null, raw.Problem ?? "what PutRecords answers can be read again")]
            : ImmutableArray<CheckView>.Empty,
    ];

    public long? RawBytes => _pipeline.Kinesis?.Raw?.Segments.Bytes;

    private bool IsLedgerGood => _engine.Ledger.LastError.IsNone && !_engine.Snapshots.IsLedgerLost;

    private string LedgerReason() => !_engine.Ledger.LastError.IsNone
        ? $"what the shards found cannot be written: {_engine.Ledger.LastError}"
        : _engine.Snapshots.IsLedgerLost ? _engine.Snapshots.Problem! : "what the shards found is written";

    /// <summary>Without new ones nothing is lost: the next start takes longer, and the journal grows.</summary>
    private string SnapshotReason() => _engine.Snapshots.Problem
        ?? (_engine.Snapshots.TakenLsn < 0 ? "none yet" : $"the newest is of LSN {_engine.Snapshots.TakenLsn}");

    public void OnFault(string agent, Exception fault) => _fault = $"{agent}: {fault.Message}";

    /// <summary>The receivers of one port are one listener.</summary>
    private static ListenerView UdpListener(string name, UdpAgent[] receivers)
    {
        return new ListenerView(
            name,
            Sum(static receiver => Volatile.Read(ref receiver.Counters.Datagrams)),
            Sum(static receiver => Volatile.Read(ref receiver.Counters.DatagramBytes)),
            Sum(static receiver => Volatile.Read(ref receiver.Counters.Records)),
            DroppedKernel: Sum(static receiver => Volatile.Read(ref receiver.Counters.KernelDrops)),
            DroppedRingFull: 0, // While the ring is full datagrams wait in the kernel.
            DroppedMalformed: Sum(static receiver => Volatile.Read(ref receiver.Counters.Malformed)),
            DroppedOversized: Sum(static receiver => Volatile.Read(ref receiver.Counters.Oversized)))
        {
            DroppedNotAllowed = Sum(static receiver => Volatile.Read(ref receiver.Counters.NotAllowed)),
            DroppedUnauthenticated = Sum(static receiver => Volatile.Read(ref receiver.Counters.Unauthenticated)),
            Frames = receivers[0].Frames.SenderCount == 0 ? null : new FramesView(
                Sum(static receiver => Volatile.Read(ref receiver.Frames.Totals.Datagrams)),
                Sum(static receiver => Volatile.Read(ref receiver.Frames.Totals.DatagramsDuplicate)),
                Sum(static receiver => Volatile.Read(ref receiver.Frames.Totals.Reordered)),
                Sum(static receiver => Volatile.Read(ref receiver.Frames.Totals.DatagramsLost)),
                Sum(static receiver => Volatile.Read(ref receiver.Frames.Totals.DatagramsRecovered)),
                Sum(static receiver => Volatile.Read(ref receiver.Frames.Totals.TooOld))),
        };

        long Sum(Func<UdpAgent, long> count) => receivers.Sum(count);
    }

    private (long Readings, long Stored, long Late, long Duplicate, long Future) Counted()
    {
        var (readings, stored, late, duplicate, future) = (0L, 0L, 0L, 0L, 0L);
        foreach (var shard in _engine.Shards)
        {
            readings += Volatile.Read(ref shard.Counters.Readings);
            stored += Volatile.Read(ref shard.Counters.Stored);
            late += Volatile.Read(ref shard.Counters.Late);
            duplicate += Volatile.Read(ref shard.Counters.Duplicate);
            future += Volatile.Read(ref shard.Counters.Future);
        }

        return (readings, stored, late, duplicate, future);
    }

    private ImmutableArray<long> RejectedByReason() =>
        [.. Enum.GetValues<RejectReason>().Where(reason => reason != RejectReason.Future).Select(_engine.Rejected.Of)];

    private string JournalReason() => _engine.JournalWriter.State == JournalState.Running
        ? "frames are written and synced"
        : $"{_engine.JournalWriter.State}: {_engine.JournalWriter.LastError}";

    /// <summary>How long the first LSN that no table holds has been seen to wait: exact to the interval of asking.</summary>
    private double SinkLagSeconds()
    {
        lock (_lagging)
        {
            var position = _pipeline.Sink.PositionLsn;
            if (position >= _engine.SafeLsn)
            {
                _unflushedFromLsn = NothingWaits;
                return 0;
            }

            if (_unflushedFromLsn != position)
            {
                _unflushedFromLsn = position;
                _unflushedSince = TimeProvider.System.GetTimestamp();
            }

            return TimeProvider.System.GetElapsedTime(_unflushedSince).TotalSeconds;
        }
    }
}
