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

    private sealed class Feed : IDisposable
    {
        private readonly ShardOutput _output = new();
        private readonly ShardProcessor _shard;
        private readonly Slot[] _batch = new Slot[256];
        private readonly Random _random = new(42);
        private long _nowMicros = 1_700_000_000_000_000;
        private long _lsn;

        public Feed(long outOfOrdernessMicros)
        {
            var names = new NameTables();
            for (var index = 0; index < 1_000; index++)
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

            var catalog = new RuleCatalog(names);
            Assert.True(RuleDocument.TryParse(Rules, out var document, out var faults), string.Join("\n", faults));
            Assert.True(catalog.TryAdd(1, document, 0, out _));
            _shard = new ShardProcessor(0, 1, names, catalog, _output);
            _batch[0] = ReplayRun.Control(SlotKind.TimeOptions, _nowMicros) with
            {
                EventTimeMicros = outOfOrdernessMicros,
                ValueBits = 50_000,
            };
            _batch[1] = ReplayRun.Control(SlotKind.Rules, _nowMicros) with { ValueBits = 1 };
            Process(2);
        }

        public ShardCounters Counters => _shard.Counters;

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

        public void Dispose()
        {
            _shard.Dispose();
            _output.Dispose();
        }

        private Slot Reading(int machines)
        {
            var tag = _random.Next(4);
            return new Slot
            {
                Kind = SlotKind.Reading,
                EventTimeMicros = _nowMicros - (_random.Next(8) == 0 ? 2_000 : 0),
                ReceivedAtMicros = _nowMicros,
                SequenceNumber = Slot.NoNumber,
                EquipmentIndex = _random.Next(machines),
                TagIndex = tag,
                SourceIndex = _random.Next(4),
                ValueKind = tag == 2 ? ValueKind.Symbol : ValueKind.Number,
                ValueBits = tag == 2 ? _random.Next(4) : BitConverter.DoubleToInt64Bits(_random.Next(100)),
                Quality = _random.Next(50) == 0 ? Quality.Bad : Quality.Good,
            };
        }

        private void Process(int count)
        {
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
