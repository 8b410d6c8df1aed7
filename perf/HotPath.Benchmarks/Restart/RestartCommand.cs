using System.Diagnostics;
using System.Globalization;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Restart;

/// <summary>
/// How long a start takes: an engine takes readings and is left as a kill leaves it; another opens the same directory,
/// first from the journal's begin and then from a snapshot.
/// </summary>
internal sealed class RestartCommand : IBenchCommand
{
    public string Name => "restart";

    public string Says =>
        "how fast a start replays, and from a snapshot: [MILLION READINGS, 20] [DIRECTORY]; or of the whole service with a large journal: "
        + "service [GIB OF JOURNAL, 2] [DIRECTORY]";

    public int Run(string[] args)
    {
        if (args is ["service", ..])
        {
            return new ServiceRestart(args).Run();
        }

        var readings = (args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 20) * 1_000_000;
        var directory = Path.Combine(args.ElementAtOrDefault(1) ?? Path.GetTempPath(), $"hotpath-restart-{Environment.ProcessId}");
        try
        {
            return Run(args, directory, readings);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private int Run(string[] args, string directory, long readings)
    {
        var lastLsn = Live(directory, readings, snapshots: false);
        var replays = new List<(double Wall, double Cpu, long Slots)>();
        for (var round = 0; round < 3; round++)
        {
            replays.Add(Start(directory, lastLsn, expectsSnapshot: false));
        }

        var journalBytes = Directory.GetFiles(Path.Combine(directory, "journal")).Sum(file => new FileInfo(file).Length);
        Live(directory, RestartPlant.BlockSlots * 8, snapshots: true);
        var (wall, _, slots) = Start(directory, lastLsn, expectsSnapshot: true);

        var result = new BenchResult(Name, "A start after a kill", args)
        {
            Verified = "the last LSN is there again, and the ledger is compared record by record as it is derived again",
        };
        result.Option("readings", readings);
        result.Option("machines", RestartPlant.MachineCount);
        result.Option("journal bytes", journalBytes);
        const string Table = "warm disk, one thread";
        result.Add(new Figure(Table, "replayed from the journal's begin", "rate by the thread's CPU time", "M/s", [.. replays.Select(r => r.Slots / r.Cpu / 1e6)]) { Goal = Goal.AtLeast(5) });
        result.Add(new Figure(Table, "replayed from the journal's begin", "wall", "s", [.. replays.Select(r => r.Wall)]));
        result.Add(new Figure(Table, $"from a snapshot, {slots} slots replayed", "wall", "s", [wall]) { Goal = Goal.AtMost(5) });
        return result.Finish();
    }

    private static EngineOptions Options(string directory) => new()
    {
        DataDirectory = directory,
        JournalSync = JournalSync.None,
        SnapshotSlots = long.MaxValue,
        SnapshotIntervalMs = int.MaxValue,
        Time = new TimeOptions { IdleTimeoutMicros = 30_000_000 },
    };

    private static (double Wall, double Cpu, long Slots) Start(string directory, long lastLsn, bool expectsSnapshot)
    {
        var wall = Stopwatch.GetTimestamp();
        var cpu = ThreadCpu.Nanoseconds;
        using var engine = HotPathEngine.Open(Options(directory), new SystemClock());
        var recovered = engine.Recovered;
        if (engine.Journal.Recovery.LastLsn < lastLsn || recovered.SnapshotLsn >= 0 != expectsSnapshot)
        {
            throw new InvalidOperationException($"LSN {engine.Journal.Recovery.LastLsn} of {lastLsn}, snapshot {recovered.SnapshotLsn}");
        }

        return (
            Stopwatch.GetElapsedTime(wall).TotalSeconds,
            (ThreadCpu.Nanoseconds - cpu) / 1e9,
            recovered.SlotCount);
    }

    /// <summary>A life on one thread: readings in blocks, every agent in turn. It ends without a mark, as by a kill.</summary>
    private static long Live(string directory, long readings, bool snapshots)
    {
        using var engine = HotPathEngine.Open(Options(directory), new SystemClock());
        var agents = engine.ThreadAgents(int.MaxValue);
        RestartPlant.Begin(engine, hotAbove: 90);
        using var block = new StagingBlock(RestartPlant.BlockSlots, RestartPlant.BlockSlots);
        var inlet = engine.NewInlet();
        var random = new Random(3);
        for (var done = 0L; done < readings; done += RestartPlant.BlockSlots)
        {
            Fill(block, done, random);
            RestartPlant.Publish(inlet, block, agents);
        }

        if (snapshots)
        {
            engine.Snapshots.Want();
        }

        var lastLsn = engine.Ring.Sequencer.NextLsn - 1;
        while (engine.SafeLsn < lastLsn || (snapshots && engine.Snapshots.TakenCount == 0))
        {
            RestartPlant.TurnAll(agents);
        }

        return lastLsn;
    }

    private static void Fill(StagingBlock block, long first, Random random)
    {
        block.Clear();
        for (var index = first; index < first + RestartPlant.BlockSlots; index++)
        {
            var atMicros = 1_700_000_000_000_000 + (index * 25);
            block.Add() = new Slot
            {
                Kind = SlotKind.Reading,
                EventTimeMicros = atMicros,
                ReceivedAtMicros = atMicros,
                SequenceNumber = index,
                CreatedAtMicros = Slot.NoNumber,
                EquipmentIndex = (int)(index / 8 % RestartPlant.MachineCount),
                TagIndex = (int)(index % 8),
                Model = Slot.NoModel,
                ValueKind = ValueKind.Number,
                ValueBits = BitConverter.DoubleToInt64Bits(Math.Round(random.NextDouble() * 90, 2)),
                Quality = Quality.Good,
            };
        }
    }
}
