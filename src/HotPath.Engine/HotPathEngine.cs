using System.Collections.Concurrent;
using System.Text;
using HotPath.Engine.Agents;
using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;
using HotPath.Engine.Shard.Asking;
using HotPath.Engine.Snapshots;

namespace HotPath.Engine;

/// <summary>
/// The hot part, put together: names, journal, shards and ledger recovered, the ring in front of them. Opened and closed
/// by one cold thread; what other threads may do is said by each part.
/// </summary>
internal sealed class HotPathEngine : IDisposable
{
    private readonly EngineOptions _options;
    private readonly IClock _clock;
    private readonly ShardSet _set;
    private readonly IDisk _ledgerDisk;
    private readonly RuleHistory _history = new();
    private readonly RejectsBuffer _rejects = new();
    private readonly RuleTexts _ruleTexts = new();
    private readonly ControlInlet _control;
    private readonly object _changing = new();
    private readonly Stack<IDisposable> _parts = new();
    private readonly ParkingWaitStrategy _publishedWait;
    private readonly ParkingWaitStrategy _durableWait;
    private readonly NappingWaitStrategy _patientWait = new();
    private readonly IAgent _patient;
    private long _ruleVersion;

    private HotPathEngine(EngineOptions options, IClock clock, Func<Guid, long>? sinkLsnMax)
    {
        EngineLimits.Check(options);
        _options = options;
        _clock = clock;
        try
        {
            Journal = Part(HotPath.Engine.Journal.Journal.Open(OpenDisk("journal"), Names, options, clock));
            var recovered = Journal.Recovery;
            _ledgerDisk = OpenDisk("ledger");
            var store = new SnapshotStore(OpenDisk("snapshots"), recovered.Instance);
            var choice = SnapshotChoice.Make(store, recovered, _ledgerDisk, options, Names);
            _set = Part(choice.Set);
            _history.AddRange(_set.History);
            var lastLsn = Math.Max(recovered.LastLsn, choice.Lsn);
            var firstLsn = choice.Used is null ? recovered.FirstLsn : choice.Lsn + 1;
            Ledger = Part(LedgerWriter.Open(
                _ledgerDisk, recovered.Instance, _set.Outputs, firstLsn, lastLsn, options.LedgerSegmentBytes));
            Recovered = Replay(choice, firstLsn, lastLsn);
            Array.ForEach(Shards, shard => shard.ForgetLateness());
            Ledger.MeasureBy(clock);

            var nextLsn = Math.Max(lastLsn, sinkLsnMax?.Invoke(recovered.Instance) ?? -1) + 1;
            _publishedWait = Part(new ParkingWaitStrategy());
            Ring = Part(new RingBuffer(options.RingSlots, nextLsn, _publishedWait));
            _control = new ControlInlet(Ring);
            JournalWriter = Part(Journal.NewWriter(Ring, _rejects, _ruleTexts));
            _durableWait = Part(new ParkingWaitStrategy(JournalWriter.Durable.Doorbell));
            _patient = new CompositeAgent(
                "patient",
                Journal.Preparer,
                new MemoryPreparer([.. Shards.Select(shard => shard.Memory)], _set.Outputs),
                new TickAgent(Ring, clock, options.TickIntervalMs));
            ShardAgents = [.. Shards.Select((shard, index) => new ShardAgent(index, NewShardReader(), shard, _set.Outputs[index]))];
            _ruleVersion = Recovered.RuleVersion;
            Retention = Part(new Retention(Journal, _ledgerDisk, clock, options.JournalRetainMicros));
            Snapshots = Part(NewSnapshotAgent(store, choice.Lsn));
            PublishStart();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public NameTables Names { get; } = new();

    public RuleCatalog Rules => _set.Rules;

    public HotPath.Engine.Journal.Journal Journal { get; }

    public JournalWriter JournalWriter { get; }

    public RingBuffer Ring { get; }

    public ShardProcessor[] Shards => _set.Shards;

    public ShardAgent[] ShardAgents { get; }

    public LedgerWriter Ledger { get; }

    /// <summary>Rejected records and readings since start, by reason.</summary>
    public RejectedCounts Rejected => _rejects.Published;

    /// <summary>Takes snapshots, and says what need not be kept any longer.</summary>
    public SnapshotAgent Snapshots { get; }

    /// <summary>From where on journal and ledger are kept; sinks are added before the agents start.</summary>
    public Retention Retention { get; }

    /// <summary>How far consumers of upstream streams have read, in the order of the ring.</summary>
    public Checkpoints Checkpoints { get; } = new();

    /// <summary>What the journal held at start.</summary>
    public Recovery Recovered { get; }

    /// <summary>The rule version in force, or about to be at its place in the order.</summary>
    public long RuleVersion => Volatile.Read(ref _ruleVersion);

    /// <summary>Sinks may read journal and ledger up to here: durable, and everything it caused is in the ledger.</summary>
    public long SafeLsn => Math.Min(JournalWriter.Durable.DurableLsn, Ledger.CompleteLsn);

    /// <summary>Whether damage in the journal stops who needs all of it; else it is told and stepped over.</summary>
    public bool HaltsOnJournalDamage => _options.HaltsOnJournalDamage;

    /// <summary>Recovers what a data directory holds, or begins a new one.</summary>
    /// <param name="options">Checked here.</param>
    /// <param name="clock">The engine's only source of time.</param>
    /// <param name="sinkLsnMax">
    /// The greatest LSN that any sink of this instance has seen: none is given twice, whatever the journal lost.
    /// </param>
    public static HotPathEngine Open(EngineOptions options, IClock clock, Func<Guid, long>? sinkLsnMax = null) =>
        new(options, clock, sinkLsnMax);

    /// <summary>A way into the ring for one producer thread.</summary>
    /// <param name="ringShare">How full this producer may make the ring, 0 to 1: half of it for UDP.</param>
    public Inlet NewInlet(double ringShare = 1) => new(Ring, _rejects, (int)(Ring.SlotCount * ringShare));

    /// <summary>A cursor over the ledger. Each belongs to one thread.</summary>
    /// <param name="lsnFirst">It begins with the first record of an LSN not below.</param>
    /// <param name="onDamage">Hears of what is damaged and passed over; null: the reader throws there.</param>
    public LedgerReader NewLedgerReader(long lsnFirst, Action<LedgerDamage>? onDamage = null) =>
        new(_ledgerDisk, Journal.Recovery.Instance, lsnFirst) { OnDamage = onDamage, WrittenBytesOf = Ledger.WrittenBytesOf };

    /// <summary>
    /// Asks a shard, which answers between batches and is woken for it. Any cold thread. False: it has not answered the
    /// question before.
    /// </summary>
    public bool TryAsk(int shardIndex, ShardQuestion question)
    {
        if (!Shards[shardIndex].Questions.TryAsk(question))
        {
            return false;
        }

        WaitStrategyOf(ShardAgents[shardIndex]).SignalAll();
        return true;
    }

    /// <summary>What goes through the ring from now on, once it is durable, for somebody who looks and holds nobody back.</summary>
    public RingTap NewTap() => new(Ring, () => JournalWriter.Durable.DurableLsn);

    /// <summary>The shard whose machine that is.</summary>
    public int ShardOf(int equipmentIndex) => ShardIndex.Of(Names.Equipment.Utf8(equipmentIndex), Shards.Length);

    /// <summary>Closes the ring for producers; control slots may still come. What was published before is still processed.</summary>
    /// <returns>The last LSN of a producer.</returns>
    public long CloseIntake() => Ring.Sequencer.CloseIntake() - 1;

    /// <summary>
    /// The agents in the order of the data's way, one list for each thread. Shards share a thread with the ledger when
    /// there are not more cores than threads would be.
    /// </summary>
    public IReadOnlyList<IAgent> ThreadAgents(int coreCount)
    {
        return coreCount > ShardAgents.Length + 2
            ? [JournalWriter, .. ShardAgents, Ledger, _patient, Snapshots]
            : [JournalWriter, new CompositeAgent("engine", [.. ShardAgents, Ledger]), _patient, Snapshots];
    }

    /// <summary>
    /// How the thread of one of <see cref="ThreadAgents"/> waits: for what that agent follows, so that nobody is woken in
    /// vain. Preparing segments and memory, ticks and snapshots are patient: milliseconds do not matter to them.
    /// </summary>
    public WaitStrategy WaitStrategyOf(IAgent agent) => agent switch
    {
        _ when agent == _patient || agent == Snapshots => _patientWait,
        _ when agent == JournalWriter || _options.JournalSync != JournalSync.Batch => _publishedWait,
        _ => _durableWait,
    };

    /// <summary>Whether the thread of one of <see cref="ThreadAgents"/> is on the way of the data, so that a core of its own may help.</summary>
    public bool IsOnTheWay(IAgent agent) => WaitStrategyOf(agent) != _patientWait;

    /// <summary>
    /// Puts a rule document into force at one place in the order of readings, the same in all shards. Any cold thread.
    /// </summary>
    /// <returns>False when the document does not fit; the faults say why, and the old one stays in force.</returns>
    public bool TryChangeRules(RuleDocument document, out RuleChange change, out IReadOnlyList<RuleFault> faults)
    {
        lock (_changing)
        {
            change = default;
            var version = _ruleVersion + 1;
            var nowMicros = _clock.NowMicros;
            if (!Rules.TryAdd(version, document, nowMicros, out faults))
            {
                return false;
            }

            var lsn = 0L;
            _ruleTexts.Add(version, document);
            PublishControl(() => _control.TryPublishRules(nowMicros, version, out lsn));
            _history.Add(new RulesInForce(version, lsn, nowMicros, document));
            Volatile.Write(ref _ruleVersion, version);
            change = new RuleChange(version, lsn, nowMicros);
            return true;
        }
    }

    /// <summary>Puts time options into force at one place in the order of readings. Any cold thread.</summary>
    public void ChangeTime(TimeOptions time)
    {
        var nowMicros = _clock.NowMicros;
        PublishControl(() => _control.TryPublishTimeOptions(nowMicros, time, out _));
    }

    public void Dispose()
    {
        while (_parts.TryPop(out var part))
        {
            part.Dispose();
        }
    }

    /// <summary>What is disposed in reverse order, at the end or when the start fails on its way.</summary>
    private T Part<T>(T part)
        where T : IDisposable
    {
        _parts.Push(part);
        return part;
    }

    private IDisk OpenDisk(string directory) => _options.OpenDisk(Path.Combine(_options.DataDirectory, directory));

    private Recovery Replay(SnapshotChoice choice, long firstLsn, long lastLsn)
    {
        var recovery = new Recovery(_set, _history, Ledger, Checkpoints)
        {
            SnapshotLsn = choice.Lsn,
            PassedOver = choice.PassedOver,
        };
        if (choice.Used is { } used)
        {
            recovery.Restore(used);
        }

        using var reader = Journal.NewReader(firstLsn);
        recovery.Replay(reader, lastLsn, _options.HaltsOnJournalDamage);
        return recovery;
    }

    private SnapshotAgent NewSnapshotAgent(SnapshotStore store, long lastLsn) => new(
        new SnapshotSetup
        {
            Instance = Journal.Recovery.Instance,
            Clock = _clock,
            Names = Names,
            Ring = Ring,
            Control = _control,
            Checkpoints = Checkpoints,
            Savers = [.. Shards.Select(shard => shard.Saver)],
            DurableLsn = () => JournalWriter.Durable.DurableLsn,
            Ledger = Ledger,
            NewLedgerReader = lsnFirst => NewLedgerReader(lsnFirst),
            Store = store,
            RulesBetween = RulesBetween,
            ForgetRulesBelow = ForgetRulesBelow,
            Retention = Retention,
            IntervalMicros = _options.SnapshotIntervalMs * 1_000L,
            SlotsMax = _options.SnapshotSlots,
        },
        lastLsn);

    /// <summary>Under the lock of changes: one that is published already is in the history too.</summary>
    private List<RulesInForce> RulesBetween(long lsnFrom, long lsnTo)
    {
        lock (_changing)
        {
            return _history.Between(lsnFrom, lsnTo);
        }
    }

    /// <summary>Rules that no record was made with which may still be read: from the journal, or as evidence from the ledger.</summary>
    private void ForgetRulesBelow(long lsn)
    {
        var segments = LedgerSegment.List(_ledgerDisk);
        var version = _history.ForgetBelow(segments.Count == 0 ? lsn : Math.Min(lsn, segments[0].LsnFirst));
        Rules.ForgetBelow(version);
        _ruleTexts.ForgetBelow(version);
    }

    private RingReader NewShardReader() => _options.JournalSync == JournalSync.Batch
        ? Ring.NewReaderBehind(JournalWriter.Durable.Sequence)
        : Ring.NewReader();

    /// <summary>The ring is empty and nobody reads it yet: there is room.</summary>
    private void PublishStart()
    {
        PublishControl(() => _control.TryPublishStart(_clock.NowMicros, out _));
        if (Recovered.Time != _options.Time)
        {
            ChangeTime(_options.Time);
        }
    }

    /// <summary>A full ring empties by itself as long as the engine runs; cold callers may wait for it.</summary>
    private static void PublishControl(Func<bool> tryPublish) => SpinWait.SpinUntil(tryPublish);

    /// <summary>Texts that wait to be journaled, made before their slot so that the journal's thread allocates nothing.</summary>
    private sealed class RuleTexts : IRuleDocumentBytes
    {
        private readonly ConcurrentDictionary<long, byte[]> _byVersion = new();

        public void Add(long version, RuleDocument document) => _byVersion[version] = Encoding.UTF8.GetBytes(document.Text);

        public void ForgetBelow(long version)
        {
            foreach (var known in _byVersion.Keys)
            {
                if (known < version)
                {
                    _byVersion.TryRemove(known, out _);
                }
            }
        }

        public ReadOnlyMemory<byte> Utf8(long ruleVersion) => _byVersion[ruleVersion];
    }
}
