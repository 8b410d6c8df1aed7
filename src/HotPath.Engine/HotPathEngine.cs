using System.Collections.Concurrent;
using System.Text;
using HotPath.Engine.Agents;
using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;

namespace HotPath.Engine;

/// <summary>
/// The hot part, put together: names, journal, shards and ledger recovered, the ring in front of them. Opened and closed
/// by one cold thread; what other threads may do is said by each part.
/// </summary>
internal sealed class HotPathEngine : IDisposable
{
    private readonly EngineOptions _options;
    private readonly IClock _clock;
    private readonly ShardOutput[] _outputs;
    private readonly RejectsBuffer _rejects = new();
    private readonly RuleTexts _ruleTexts = new();
    private readonly ControlInlet _control;
    private readonly object _changing = new();
    private long _ruleVersion;

    private HotPathEngine(EngineOptions options, IClock clock, Func<Guid, long>? sinkLsnMax)
    {
        EngineLimits.Check(options);
        _options = options;
        _clock = clock;
        var journalDirectory = Path.Combine(options.DataDirectory, "journal");
        Journal = HotPath.Engine.Journal.Journal.Open(options.OpenDisk(journalDirectory), Names, options, clock);
        Rules = new RuleCatalog(Names, options.RulesMemoryBytesMax);
        _outputs = [.. Enumerable.Range(0, options.ShardCount).Select(_ => new ShardOutput())];
        Shards = [.. _outputs.Select((output, shard) => new ShardProcessor(shard, options.ShardCount, Names, Rules, output))];
        LedgerDirectory = Path.Combine(options.DataDirectory, "ledger");
        Ledger = LedgerWriter.Open(
            LedgerDirectory, Journal.Recovery.Instance, _outputs, Journal.Recovery.FirstLsn, Journal.Recovery.LastLsn);
        Recovered = Replay();

        var nextLsn = Math.Max(Journal.Recovery.LastLsn, sinkLsnMax?.Invoke(Journal.Recovery.Instance) ?? -1) + 1;
        WaitStrategy = new ParkingWaitStrategy();
        Ring = new RingBuffer(options.RingSlots, nextLsn, WaitStrategy);
        _control = new ControlInlet(Ring);
        JournalWriter = Journal.NewWriter(Ring, _rejects, _ruleTexts);
        ShardAgents = [.. Shards.Select((shard, index) => new ShardAgent(index, NewShardReader(), shard, _outputs[index]))];
        _ruleVersion = Recovered.RuleVersion;
        PublishStart();
    }

    public NameTables Names { get; } = new();

    public RuleCatalog Rules { get; }

    public HotPath.Engine.Journal.Journal Journal { get; }

    public JournalWriter JournalWriter { get; }

    public RingBuffer Ring { get; }

    public ParkingWaitStrategy WaitStrategy { get; }

    public ShardProcessor[] Shards { get; }

    public ShardAgent[] ShardAgents { get; }

    public LedgerWriter Ledger { get; }

    /// <summary>Rejected records and readings since start, by reason.</summary>
    public RejectedCounts Rejected => _rejects.Published;

    public string LedgerDirectory { get; }

    /// <summary>How far consumers of upstream streams have read, in the order of the ring.</summary>
    public Checkpoints Checkpoints { get; } = new();

    /// <summary>What the journal held at start.</summary>
    public Recovery Recovered { get; }

    /// <summary>The rule version in force, or about to be at its place in the order.</summary>
    public long RuleVersion => Volatile.Read(ref _ruleVersion);

    /// <summary>Sinks may read journal and ledger up to here: durable, and everything it caused is in the ledger.</summary>
    public long SafeLsn => Math.Min(JournalWriter.Durable.DurableLsn, Ledger.CompleteLsn);

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
    public LedgerReader NewLedgerReader(long lsnFirst) => new(LedgerDirectory, Journal.Recovery.Instance, lsnFirst);

    /// <summary>Closes the ring for producers; control slots may still come. What was published before is still processed.</summary>
    /// <returns>The last LSN of a producer.</returns>
    public long CloseIntake() => Ring.Sequencer.CloseIntake() - 1;

    /// <summary>
    /// The agents in the order of the data's way, one list for each thread. Shards share a thread with the ledger when
    /// there are not more cores than threads would be.
    /// </summary>
    public IReadOnlyList<IAgent> ThreadAgents(int coreCount)
    {
        // Preparing segments and ticks are patient: milliseconds do not matter to either.
        IAgent patient = new CompositeAgent("patient", Journal.Preparer, new TickAgent(Ring, _clock, _options.TickIntervalMs));
        return coreCount > ShardAgents.Length + 2
            ? [JournalWriter, .. ShardAgents, Ledger, patient]
            : [JournalWriter, new CompositeAgent("engine", [.. ShardAgents, Ledger]), patient];
    }

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
        JournalWriter.Dispose();
        Ledger.Dispose();
        Journal.Dispose();
        Ring.Dispose();
        WaitStrategy.Dispose();
        foreach (var shard in Shards)
        {
            shard.Dispose();
        }

        foreach (var output in _outputs)
        {
            output.Dispose();
        }
    }

    private Recovery Replay()
    {
        var recovery = new Recovery(Rules, Shards, Ledger, Checkpoints);
        using var reader = Journal.NewReader(Journal.Recovery.FirstLsn);
        recovery.Replay(reader, Journal.Recovery.LastLsn, _options.HaltsOnJournalDamage);
        return recovery;
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

        public ReadOnlyMemory<byte> Utf8(long ruleVersion) => _byVersion[ruleVersion];
    }
}
