using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using HotPath.Engine;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;

namespace HotPath.Benchmarks.Rules;

/// <summary>One shard processor fed with made readings in batches, its output taken away as the ledger would.</summary>
internal sealed class ShardLoad : IDisposable
{
    private const int BatchSlots = 1_024;
    private const long StartMicros = 1_700_000_000_000_000;

    private readonly ShardOutput _output = new();
    private readonly ShardProcessor _shard;
    private readonly PerRuleEngine? _peer;
    private readonly long _disorderMicros;
    private readonly long _stepMicros;
    private readonly Slot[] _batch = new Slot[BatchSlots];
    private readonly int[] _equipment;
    private readonly int[] _tags;
    private readonly int[] _sources;
    private readonly int[] _symbols;
    private ulong _random = 0x1234_5678_9ABC_DEF1UL;
    private long _lsn;
    private long _nowMicros = StartMicros;
    private Slot[] _kept = [];
    private long _keptMicros;

    /// <param name="plant">How many there are of what.</param>
    /// <param name="rules">The document.</param>
    /// <param name="options">Time.</param>
    /// <param name="hasPeer">Whether the straightforward engine takes the same readings.</param>
    public ShardLoad(LoadPlant plant, string rules, TimeOptions options, bool hasPeer = false)
    {
        var (machineCount, tagCount, sourceCount) = (plant.Machines, plant.Tags, plant.Sources);
        _disorderMicros = options.OutOfOrdernessMicros;
        _stepMicros = 1_000_000 / plant.ReadingsPerSecond;
        var names = new NameTables();
        _equipment = Names(names.Equipment, "machine-", machineCount);
        _tags = Names(names.Tags, "tag", tagCount);
        _sources = Names(names.Sources, "gateway-", sourceCount);
        _symbols = Names(names.Symbols, "STATE", 4);
        var catalog = new RuleCatalog(names);
        _shard = new ShardProcessor(0, 1, names, catalog, _output);
        if (!RuleDocument.TryParse(rules, out var document, out var faults) || !catalog.TryAdd(1, document, 0, out faults))
        {
            throw new FormatException(string.Join("\n", faults));
        }

        _batch[0] = ReplayRun.Control(SlotKind.TimeOptions, Slot.NoNumber) with
        {
            EventTimeMicros = options.OutOfOrdernessMicros,
            ValueBits = options.IdleTimeoutMicros ?? Slot.NoNumber,
        };
        _batch[1] = ReplayRun.Control(SlotKind.Rules, Slot.NoNumber) with { ValueBits = 1 };
        Process(2);
        if (hasPeer && catalog.TryGet(1, out var compiled))
        {
            _peer = new PerRuleEngine(compiled.ClassOf(names.Equipment.Utf8(_equipment[0])), machineCount);
        }
    }

    /// <summary>What the shard processor took, in the parts that were measured.</summary>
    public LoadMeasure Shard { get; private set; } = new();

    /// <summary>What the straightforward engine took for the same readings.</summary>
    public LoadMeasure Peer { get; private set; } = new();

    /// <summary>Readings made so far.</summary>
    public long ReadingCount { get; private set; }

    /// <summary>Every transition that the shard processor wrote.</summary>
    public TransitionSum Transitions { get; } = new();

    /// <summary>Whether both engines gave the same transitions, every one since the beginning.</summary>
    public bool IsPeerEqual => _peer is not null && _peer.Transitions.IsEqualTo(Transitions);

    /// <summary>Whether every reading was taken in as an ordinary one.</summary>
    public bool IsComplete =>
        Counters.Readings == ReadingCount && Counters.Stored == ReadingCount && Counters.Late == 0 && Counters.Duplicate == 0;

    public long UsedBytes => _shard.UsedBytes;

    public ShardCounters Counters => _shard.Counters;

    /// <summary>Every tag of every machine once, so that nothing is new any more.</summary>
    public void Fill()
    {
        var count = 0;
        foreach (var tag in _tags)
        {
            foreach (var machine in _equipment)
            {
                _batch[count++] = Reading(machine, tag, 50);
                if (count == BatchSlots)
                {
                    Take(count);
                    count = 0;
                }
            }
        }

        Take(count);
    }

    /// <summary>Readings of random machines and tags; one in <paramref name="flipEvery"/> is far from the others.</summary>
    public LoadMeasure Random(long readingCount, int flipEvery)
    {
        Begin();
        for (var done = 0L; done < readingCount; done += BatchSlots)
        {
            for (var index = 0; index < BatchSlots; index++)
            {
                _batch[index] = RandomReading(flipEvery);
            }

            Take(BatchSlots);
        }

        return Shard;
    }

    /// <summary>Random readings, made once to be taken again and again by <see cref="TakeKept"/>.</summary>
    public void Keep(int readingCount, int flipEvery)
    {
        var beganMicros = _nowMicros;
        _kept = new Slot[readingCount];
        for (var index = 0; index < readingCount; index++)
        {
            _kept[index] = RandomReading(flipEvery);
        }

        _keptMicros = _nowMicros - beganMicros;
    }

    /// <summary>The kept readings, later by as long as they last.</summary>
    public void TakeKept()
    {
        foreach (ref var slot in _kept.AsSpan())
        {
            slot.EventTimeMicros += _keptMicros;
            slot.ReceivedAtMicros += _keptMicros;
        }

        for (var first = 0; first < _kept.Length; first += BatchSlots)
        {
            var batch = _kept.AsSpan(first, Math.Min(BatchSlots, _kept.Length - first));
            _shard.Process(batch, _lsn);
            _lsn += batch.Length;
            while (_output.TryPeek(out var record))
            {
                _output.Advance(record.Length);
            }
        }

        ReadingCount += _kept.Length;
    }

    /// <summary>Readings of one tag of machines in turn, that go to and fro over the same values.</summary>
    public LoadMeasure ToAndFro(long readingCount, double low, double high)
    {
        Begin();
        for (var done = 0L; done < readingCount; done += BatchSlots)
        {
            for (var index = 0; index < BatchSlots; index++)
            {
                var at = (done + index) / _equipment.Length;
                _batch[index] = Reading(_equipment[(int)((done + index) % _equipment.Length)], _tags[0], (at & 1) == 0 ? high : low);
            }

            Take(BatchSlots);
        }

        return Shard;
    }

    public void Dispose()
    {
        _shard.Dispose();
        _output.Dispose();
        _peer?.Dispose();
    }

    private void Begin()
    {
        Shard = new LoadMeasure();
        Peer = new LoadMeasure();
    }

    private void Take(int count)
    {
        ReadingCount += count;
        var lsnFirst = _lsn;
        Shard.Begin();
        Process(count);
        Shard.End(count);
        if (_peer is not null)
        {
            Peer.Begin();
            _peer.Take(_batch.AsSpan(0, count), lsnFirst);
            Peer.End(count);
        }
    }

    private void Process(int count)
    {
        _shard.Process(_batch.AsSpan(0, count), _lsn);
        _lsn += count;
        while (_output.TryPeek(out var record))
        {
            Note(record);
            _output.Advance(record.Length);
        }
    }

    private void Note(ReadOnlySpan<byte> record)
    {
        var head = MemoryMarshal.Read<LedgerRecordHead>(record);
        if (head.Kind == LedgerRecordKind.Transition)
        {
            var body = MemoryMarshal.Read<TransitionBody>(record[LedgerRecordHead.SizeBytes..]);
            Transitions.Add(head.Lsn, head.EquipmentIndex, body.RuleWord, body.ToWord, body.AtMicros);
        }
    }

    private Slot RandomReading(int flipEvery)
    {
        var random = Next();
        var machine = _equipment[(int)((random >> 32) % (uint)_equipment.Length)];
        var tag = (int)((random >> 8) % (uint)_tags.Length);
        var value = random % (uint)flipEvery == 0 ? 95.0 : 40.0 + (random & 31);
        return Reading(machine, _tags[tag], value);
    }

    private Slot Reading(int machine, int tag, double value)
    {
        _nowMicros += _stepMicros;
        return new Slot
        {
            Kind = SlotKind.Reading,
            EventTimeMicros = _disorderMicros == 0 ? _nowMicros : _nowMicros - (long)(Next() % (ulong)_disorderMicros),
            ReceivedAtMicros = _nowMicros,
            CreatedAtMicros = Slot.NoNumber,
            SequenceNumber = _lsn,
            EquipmentIndex = machine,
            TagIndex = tag,
            SourceIndex = _sources[machine % _sources.Length],
            ValueKind = ValueKind.Number,
            ValueBits = BitConverter.DoubleToInt64Bits(value),
            Quality = Quality.Good,
            Model = Slot.NoModel,
        };
    }

    // xorshift64*
    private ulong Next()
    {
        _random ^= _random >> 12;
        _random ^= _random << 25;
        _random ^= _random >> 27;
        return _random * 0x2545_F491_4F6C_DD1DUL;
    }

    private static int[] Names(NameDirectory directory, string prefix, int count)
    {
        var indexes = new int[count];
        for (var index = 0; index < count; index++)
        {
            directory.TryIntern(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{prefix}{index}")), 0, out indexes[index]);
        }

        return indexes;
    }
}

/// <summary>How many there are of what, and readings a second of event time.</summary>
internal readonly record struct LoadPlant(int Machines, int Tags, int Sources, int ReadingsPerSecond = 50_000);

/// <summary>CPU time and allocation of the thread in the measured parts alone.</summary>
internal sealed class LoadMeasure
{
    private long _cpuNanoseconds;
    private long _allocatedBytes;
    private long _count;

    public double NanosecondsEach => (double)_cpuNanoseconds / _count;

    public double AllocatedBytesEach => (double)_allocatedBytes / _count;

    public void Begin()
    {
        _allocatedBytes -= GC.GetAllocatedBytesForCurrentThread();
        _cpuNanoseconds -= ThreadCpu.Nanoseconds;
    }

    public void End(int count)
    {
        _cpuNanoseconds += ThreadCpu.Nanoseconds;
        _allocatedBytes += GC.GetAllocatedBytesForCurrentThread();
        _count += count;
    }
}
