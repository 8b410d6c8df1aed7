using System.Globalization;
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
    private readonly Slot[] _batch = new Slot[BatchSlots];
    private readonly int[] _equipment;
    private readonly int[] _tags;
    private readonly int[] _sources;
    private readonly int[] _symbols;
    private ulong _random = 0x1234_5678_9ABC_DEF1UL;
    private long _lsn;
    private long _nowMicros = StartMicros;
    private long _recordCount;

    public ShardLoad(int machineCount, int tagCount, int sourceCount, string rules, TimeOptions options)
    {
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
    }

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
                    Process(count);
                    count = 0;
                }
            }
        }

        Process(count);
    }

    /// <summary>Readings of random machines and tags; one in <paramref name="flipEvery"/> is far from the others.</summary>
    public LoadMeasure Random(long readingCount, int flipEvery)
    {
        var measure = new LoadMeasure();
        for (var done = 0L; done < readingCount; done += BatchSlots)
        {
            for (var index = 0; index < BatchSlots; index++)
            {
                var random = Next();
                var machine = _equipment[(int)((random >> 32) % (uint)_equipment.Length)];
                var tag = (int)((random >> 8) % (uint)_tags.Length);
                var value = random % (uint)flipEvery == 0 ? 95.0 : 40.0 + (random & 31);
                _batch[index] = Reading(machine, _tags[tag], value);
            }

            measure.Add(BatchSlots, () => Process(BatchSlots));
        }

        return measure;
    }

    /// <summary>Readings of one tag of machines in turn, that go to and fro over the same values.</summary>
    public LoadMeasure ToAndFro(long readingCount, double low, double high)
    {
        var measure = new LoadMeasure();
        for (var done = 0L; done < readingCount; done += BatchSlots)
        {
            for (var index = 0; index < BatchSlots; index++)
            {
                var at = (done + index) / _equipment.Length;
                _batch[index] = Reading(_equipment[(int)((done + index) % _equipment.Length)], _tags[0], (at & 1) == 0 ? high : low);
            }

            measure.Add(BatchSlots, () => Process(BatchSlots));
        }

        return measure;
    }

    public void Dispose()
    {
        _shard.Dispose();
        _output.Dispose();
    }

    private void Process(int count)
    {
        _shard.Process(_batch.AsSpan(0, count), _lsn);
        _lsn += count;
        while (_output.TryPeek(out var record))
        {
            _recordCount++;
            _output.Advance(record.Length);
        }
    }

    private Slot Reading(int machine, int tag, double value)
    {
        _nowMicros += 20;
        return new Slot
        {
            Kind = SlotKind.Reading,
            EventTimeMicros = _nowMicros,
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

/// <summary>CPU time of the process and allocation of the thread in the measured parts alone: a busy machine does not count.</summary>
internal sealed class LoadMeasure
{
    private TimeSpan _cpu;
    private long _count;
    private long _allocatedBytes;

    public double NanosecondsEach => _cpu.TotalNanoseconds / _count;

    public double AllocatedBytesEach => (double)_allocatedBytes / _count;

    public void Add(int count, Action work)
    {
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        var before = Environment.CpuUsage.TotalTime;
        work();
        _cpu += Environment.CpuUsage.TotalTime - before;
        _allocatedBytes += GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        _count += count;
    }
}
