using System.Globalization;
using System.Text;
using HotPath.Engine.Agents;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Tests.Journal;
using HotPath.TestKit.Disk;

namespace HotPath.Engine.Tests.Snapshots;

/// <summary>The disks of a data directory; they outlive the process that is on them.</summary>
internal sealed record Disks(SimulatedDisk Journal, SimulatedDisk Ledger, SimulatedDisk Snapshots)
{
    public static Disks New() => new(new SimulatedDisk(), new SimulatedDisk(), new SimulatedDisk());

    public SimulatedDisk Of(string directory) => Path.GetFileName(directory) switch
    {
        "journal" => Journal,
        "ledger" => Ledger,
        _ => Snapshots,
    };

    /// <summary>What a process finds that is started after one that was killed.</summary>
    public Disks AfterKill() => new(Journal.Copy(), Ledger.Copy(), Snapshots.Copy());

    public Disks AfterPowerCut(Random random) =>
        new(Journal.AfterPowerCut(random), Ledger.AfterPowerCut(random), Snapshots.AfterPowerCut(random));

    /// <summary>As if there never had been a snapshot: everything is derived from the journal again.</summary>
    public Disks JournalAlone() => new(Journal.Copy(), new SimulatedDisk(), new SimulatedDisk());

    /// <summary>All bytes of the ledger, in order.</summary>
    public byte[] LedgerBytes() =>
        [.. LedgerSegment.List(Ledger).SelectMany(segment => Ledger.BytesOf(segment.Name))];
}

/// <summary>A whole engine on simulated disks; the test turns the crank, and ends it by leaving it.</summary>
internal sealed class EngineBench : IDisposable
{
    public const string Rules = """
        version: 1
        rules:
          - id: level
            staleAfter: 2s
            groups:
              - name: g
                cases:
                  - { state: HIGH, when: a > 70 and b > 10, for: 300ms, clear: 200ms }
                  - { state: LOW, when: a < 20, until: a > 30 }
                else: MIDDLE
                unknown: NO_DATA
            downtime: { down: [HIGH], planned: [LOW], unknown: [NO_DATA], microStop: 400ms }
          - id: window
            groups: [{ name: g, cases: [{ state: ODD, when: "avg(b, 6s) > 55 or stale(c, 500ms)" }], else: EVEN }]
        """;

    private readonly IReadOnlyList<IAgent> _agents;
    private readonly Inlet _inlet;
    private readonly Random _random;

    public EngineBench(Disks disks, int shardCount = 1, Func<EngineOptions, EngineOptions>? change = null, int seed = 1)
    {
        Disks = disks;
        _random = new Random(seed);
        Clock = new ManualClock { NowMicros = 1_700_000_000_000_000 + (seed * 60_000_000L) };
        var options = new EngineOptions
        {
            DataDirectory = "simulated",
            OpenDisk = disks.Of,
            ShardCount = shardCount,
            RingSlots = 1024,
            JournalSegmentBytes = 32 * 1024,
            LedgerSegmentBytes = 32 * 1024,
            SnapshotIntervalMs = 1_000_000_000,
            SnapshotSlots = long.MaxValue,
            Time = new TimeOptions { OutOfOrdernessMicros = 100_000, IdleTimeoutMicros = 5_000_000 },
        };
        Engine = HotPathEngine.Open(change?.Invoke(options) ?? options, Clock);
        _agents = Engine.ThreadAgents(int.MaxValue);
        _inlet = Engine.NewInlet();
    }

    public Disks Disks { get; }

    public HotPathEngine Engine { get; }

    public ManualClock Clock { get; }

    public void PutRules(string text)
    {
        Assert.True(RuleDocument.TryParse(text, out var document, out var faults), string.Join("\n", faults));
        Assert.True(Engine.TryChangeRules(document, out _, out faults), string.Join("\n", faults));
    }

    /// <summary>Readings of machines that come up one after the other, a few of them late, doubled or far ahead.</summary>
    public void Feed(int count, bool turns = true)
    {
        using var block = new StagingBlock(64, 64);
        while (count > 0)
        {
            block.Clear();
            for (var index = 0; index < 16; index++, count--)
            {
                Clock.NowMicros += _random.Next(3_000);
                block.Add() = Reading();
            }

            for (var idleTurns = 0; _inlet.TryPublish(block, out _) == PublishOutcome.Full;)
            {
                if (Turn() == 0)
                {
                    // Who was refused by the disk comes back after a while.
                    Clock.NowMicros += 50_000;
                    Assert.True(++idleTurns < 1_000, "the ring is full and nobody works");
                }
            }

            if (turns && _random.Next(3) == 0)
            {
                Turn();
            }
        }
    }

    /// <summary>Everybody once. What was done.</summary>
    public int Turn()
    {
        var done = 0;
        foreach (var agent in _agents)
        {
            done += agent.DoWork();
        }

        return done;
    }

    public void Settle()
    {
        for (var turn = 0; Turn() > 0; turn++)
        {
            Assert.True(turn < 1_000_000, "the engine never comes to rest");
        }
    }

    /// <summary>Asks for a snapshot and lets it be taken while readings go on.</summary>
    public void Snapshot()
    {
        var before = Engine.Snapshots.TakenCount;
        Engine.Snapshots.Want();
        for (var round = 0; Engine.Snapshots.TakenCount == before && round < 2_000; round++)
        {
            Feed(16);
            Turn();
        }

        Assert.Equal(before + 1, Engine.Snapshots.TakenCount);
    }

    public void Dispose() => Engine.Dispose();

    private Slot Reading()
    {
        var machine = Name(Engine.Names.Equipment, $"m{_random.Next(60)}");
        var tag = _random.Next(3);
        var back = _random.Next(12) switch
        {
            0 => 400_000,
            1 => 60_000,
            _ => 0,
        };
        return new Slot
        {
            Kind = SlotKind.Reading,
            EventTimeMicros = Clock.NowMicros - back,
            ReceivedAtMicros = Clock.NowMicros,
            SequenceNumber = Slot.NoNumber,
            CreatedAtMicros = Slot.NoNumber,
            EquipmentIndex = machine,
            TagIndex = Name(Engine.Names.Tags, "abc"[tag].ToString(CultureInfo.InvariantCulture)),
            SourceIndex = Name(Engine.Names.Sources, $"g{machine % 4}"),
            Model = Slot.NoModel,
            ValueKind = ValueKind.Number,
            ValueBits = BitConverter.DoubleToInt64Bits(_random.Next(100)),
            Quality = _random.Next(40) == 0 ? Quality.Bad : Quality.Good,
        };
    }

    private static int Name(NameDirectory directory, string name)
    {
        directory.TryIntern(Encoding.UTF8.GetBytes(name), 0, out var index);
        return index;
    }
}
