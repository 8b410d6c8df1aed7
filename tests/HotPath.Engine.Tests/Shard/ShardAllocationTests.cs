using System.Globalization;
using System.Text;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;

namespace HotPath.Engine.Tests.Shard;

public sealed class ShardAllocationTests
{
    private const string Rules = """
        version: 1
        rules:
          - id: level
            staleAfter: 1s
            groups:
              - name: g
                cases:
                  - { state: HIGH, when: a > 90 and b > 10, for: 3ms, clear: 2ms }
                  - { state: LOW, when: a < 10, until: a > 20 }
                else: MIDDLE
                unknown: NO_DATA
            downtime: { down: [HIGH], planned: [LOW], unknown: [NO_DATA], microStop: 4ms }
          - id: window
            groups: [{ name: g, cases: [{ state: ODD, when: "zscore(b, 60ms) > 2 or avg(b, 60ms) > 99 or stale(c, 5ms)" }], else: EVEN }]
          - id: word
            groups: [{ name: g, cases: [{ state: "ON", when: "c == \"S1\"" }], else: "OFF" }]
        """;

    [Theory]
    [InlineData(0)]
    [InlineData(3_000)]
    public void Readings_late_bursts_timers_new_machines_and_transitions_allocate_nothing(long outOfOrdernessMicros)
    {
        using var shard = new Feed(outOfOrdernessMicros);
        shard.Run(machines: 100, readings: 60_000);

        // Tiered compilation may still be under way; one clean round out of five proves the path.
        var allocated = Enumerable.Range(0, 5).Select(round =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            shard.Run(machines: 200 + (100 * round), readings: 60_000);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }).ToList();

        Assert.Contains(0L, allocated);
        Assert.True(shard.Counters.Transitions > 1_000);
        Assert.True(shard.Counters.Downtimes > 1_000);
        Assert.True(outOfOrdernessMicros > 0 || shard.Counters.Late > 1_000);
        Assert.True(shard.Counters.Duplicate > 100);
        Assert.Equal(600, shard.Counters.Machines);
    }

    /// <summary>Every hold, off-delay, micro-stop and staleness of a thousand machines comes due within single slots.</summary>
    [Fact]
    public void Timers_of_all_machines_that_fire_in_one_slot_allocate_nothing()
    {
        using var shard = new Feed(0);
        shard.Storm();
        var transitionsBefore = shard.Counters.Transitions;

        var allocated = Enumerable.Range(0, 5).Select(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            shard.Storm();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }).ToList();

        Assert.Contains(0L, allocated);
        Assert.True(shard.Counters.Transitions - transitionsBefore >= 5 * 2 * Feed.MachineCount);
    }

    /// <summary>
    /// The shard's thread takes no memory from the system for new machines, nor for the lists and heaps that grow with
    /// them: a cold thread has it ready, here turned between batches. What one slot puts out for all of them finds the
    /// chunks of the storm before.
    /// </summary>
    [Fact]
    public void New_machines_find_their_memory_ready()
    {
        const int NewMachineCount = 40_000;
        using var feed = new Feed(0, NewMachineCount);
        var unpreparedBefore = feed.Memory.UnpreparedCount;
        var usedBefore = feed.UsedBytes;

        feed.Storm();

        Assert.Equal(NewMachineCount, feed.Counters.Machines);
        Assert.True(feed.UsedBytes - usedBefore > 20 * MemorySupply.ChunkBytes);
        Assert.Equal(unpreparedBefore, feed.Memory.UnpreparedCount);

        var chunksBefore = feed.Output.UnpreparedCount;
        feed.Storm();
        Assert.Equal(chunksBefore, feed.Output.UnpreparedCount);
    }

    /// <summary>
    /// What a change means for a pair of classes is worked out when the document is added: for other thresholds, for one
    /// rule more, and for rules of other machines, where every machine has to be looked up by its name.
    /// </summary>
    [Theory]
    [InlineData("a > {0}", "")]
    [InlineData("a > 90", "\n  - { id: more-{0}, groups: [{ name: g, cases: [{ state: X, when: a > 5 }] }] }")]
    [InlineData("a > 90", "\n  - { id: some, equipment: [\"m{0}*\"], groups: [{ name: g, cases: [{ state: X, when: a > 5 }] }] }")]
    public void A_rule_change_allocates_nothing(string condition, string more)
    {
        using var feed = new Feed(0);
        feed.Run(machines: Feed.MachineCount, readings: 60_000);

        var bytes = feed.LeastOfReloads(version => (Rules + more)
            .Replace("a > 90", condition, StringComparison.Ordinal)
            .Replace("{0}", $"{version}", StringComparison.Ordinal));

        Assert.Equal(Feed.MachineCount, feed.Counters.Machines);
        Assert.Equal(0, bytes);
    }

    private sealed class Feed : IDisposable
    {
        public const int MachineCount = 1_000;

        private readonly int _machineCount;
        private static readonly double[] HighAndLow = [95, 50];
        private static readonly int[] StepsMicros = [3_000, 4_000, 1_000_000];

        private readonly RuleCatalog _catalog;
        private readonly ShardOutput _output = new();
        private readonly ShardProcessor _shard;
        private readonly Slot[] _batch = new Slot[256];
        private readonly Random _random = new(42);
        private long _nowMicros = 1_700_000_000_000_000;
        private long _lsn;

        public Feed(long outOfOrdernessMicros, int machineCount = MachineCount)
        {
            _machineCount = machineCount;
            var names = new NameTables();
            for (var index = 0; index < machineCount; index++)
            {
                Add(names.Equipment, $"m{index}");
            }

            foreach (var tag in new[] { "a", "b", "c", "d" })
            {
                Add(names.Tags, tag);
            }

            for (var index = 0; index < 4; index++)
            {
                Add(names.Sources, $"g{index}");
                Add(names.Symbols, $"S{index}");
            }

            _catalog = new RuleCatalog(names);
            AddRules(1, Rules);
            _shard = new ShardProcessor(0, 1, names, _catalog, _output);
            _batch[0] = ReplayRun.Control(SlotKind.TimeOptions, _nowMicros) with
            {
                EventTimeMicros = outOfOrdernessMicros,
                ValueBits = 50_000,
            };
            _batch[1] = ReplayRun.Control(SlotKind.Rules, _nowMicros) with { ValueBits = 1 };
            Process(2);
        }

        public ShardCounters Counters => _shard.Counters;

        public MemorySupply Memory => _shard.Memory;

        public ShardOutput Output => _output;

        public long UsedBytes => _shard.UsedBytes;

        public void Run(int machines, int readings)
        {
            for (var done = 0; done < readings; done += _batch.Length)
            {
                for (var index = 0; index < _batch.Length; index++)
                {
                    _nowMicros += _random.Next(10) == 0 ? 700 : 10;
                    _batch[index] = _random.Next(100) switch
                    {
                        0 => ReplayRun.Control(SlotKind.Tick, _nowMicros),
                        1 when index > 0 => _batch[index - 1],
                        _ => Reading(machines),
                    };
                }

                Process(_batch.Length);
            }
        }

        /// <summary>Every machine gets into a held state, then time goes on in one step; and out of it again.</summary>
        public void Storm()
        {
            foreach (var value in HighAndLow)
            {
                Say(0, value);
                Say(1, 40.0);

                // The holds and off-delays, then micro-stops, then staleness: three slots, all machines each.
                foreach (var stepMicros in StepsMicros)
                {
                    _nowMicros += stepMicros;
                    _batch[0] = Reading(0, 3, 0, ValueKind.Number, 0);
                    Process(1);
                }
            }
        }

        /// <summary>Bytes of the least of five rule changes.</summary>
        public long LeastOfReloads(Func<int, string> textOf) => Enumerable.Range(2, 5).Min(version =>
        {
            // Compiled beforehand, as by the cold thread.
            AddRules(version, textOf(version));
            _batch[0] = ReplayRun.Control(SlotKind.Rules, _nowMicros) with { ValueBits = version };
            var before = GC.GetAllocatedBytesForCurrentThread();
            Process(1);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });

        public void Dispose()
        {
            _shard.Dispose();
            _output.Dispose();
        }

        // One reading of every machine from the one source, all at one instant.
        private void Say(int tag, double value)
        {
            _nowMicros += 10;
            for (var machine = 0; machine < _machineCount;)
            {
                var count = 0;
                while (count < _batch.Length && machine < _machineCount)
                {
                    _batch[count++] = Reading(machine++, tag, 0, ValueKind.Number, BitConverter.DoubleToInt64Bits(value));
                }

                Process(count);
            }
        }

        private Slot Reading(int machines)
        {
            var tag = _random.Next(4);
            var isSymbol = tag == 2;
            return Reading(
                _random.Next(machines),
                tag,
                _random.Next(4),
                isSymbol ? ValueKind.Symbol : ValueKind.Number,
                isSymbol ? _random.Next(4) : BitConverter.DoubleToInt64Bits(_random.Next(100))) with
            {
                EventTimeMicros = _nowMicros - (_random.Next(8) == 0 ? 2_000 : 0),
                Quality = _random.Next(50) == 0 ? Quality.Bad : Quality.Good,
            };
        }

        private Slot Reading(int machine, int tag, int source, ValueKind kind, long bits) => new()
        {
            Kind = SlotKind.Reading,
            EventTimeMicros = _nowMicros,
            ReceivedAtMicros = _nowMicros,
            SequenceNumber = Slot.NoNumber,
            EquipmentIndex = machine,
            TagIndex = tag,
            SourceIndex = source,
            ValueKind = kind,
            ValueBits = bits,
            Quality = Quality.Good,
        };

        private void AddRules(long version, string text)
        {
            Assert.True(RuleDocument.TryParse(text, out var document, out var faults), string.Join("\n", faults));
            Assert.True(_catalog.TryAdd(version, document, 0, out _));
        }

        private void Process(int count)
        {
            // As the cold thread does, beside.
            while (_shard.Memory.Prepare() || _output.PrepareChunk())
            {
            }

            _shard.Process(_batch.AsSpan(0, count), _lsn);
            _lsn += count;
            while (_output.TryPeek(out var record))
            {
                _output.Advance(record.Length);
            }
        }

        private static void Add(NameDirectory directory, string name) =>
            directory.TryIntern(Encoding.UTF8.GetBytes(name.ToString(CultureInfo.InvariantCulture)), 0, out _);
    }
}
