using System.Diagnostics;
using System.Globalization;
using System.Text;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Benchmarks.Snapshots;

/// <summary>One shard with rules over many machines, turned as its agent turns it: a slice, then a batch.</summary>
internal sealed class SavingLoad : IDisposable
{
    public const int BatchSlots = 1_024;

    private const int TagCount = 10;
    private const long WarmUpReadingsEach = 140;
    private const string Rules = """
        version: 1
        rules:
          - id: line
            staleAfter: 10m
            groups:
              - name: g
                cases:
                  - { state: HOT, when: tag0 > 90, for: 5s, clear: 2s }
                  - { state: SLOW, when: tag1 < 5 and tag2 > 3 }
                else: RUN
            downtime: { down: [HOT], planned: [SLOW], microStop: 10s }
        """;

    private readonly ShardOutput _output = new();
    private readonly SaveQueue _queue = new();
    private readonly ShardProcessor _shard;
    private readonly Slot[] _batch = new Slot[BatchSlots];
    private readonly int _machineCount;
    private readonly Random _random = new(7);
    private long _nowMicros = 1_700_000_000_000_000;
    private long _lsn;

    public SavingLoad(int machineCount)
    {
        _machineCount = machineCount;
        var names = new NameTables();
        Intern(names.Equipment, "machine-", machineCount);
        Intern(names.Tags, "tag", TagCount);
        Intern(names.Sources, "gateway-", 10);
        var catalog = new RuleCatalog(names);
        _shard = new ShardProcessor(0, 1, names, catalog, _output);
        _shard.Saver.Attach(_queue);
        if (!RuleDocument.TryParse(Rules, out var document, out var faults) || !catalog.TryAdd(1, document, 0, out faults))
        {
            throw new FormatException(string.Join("\n", faults));
        }

        Process([ReplayRun.Control(SlotKind.Rules, Slot.NoNumber) with { ValueBits = 1 }]);
    }

    public void WarmUp()
    {
        for (var done = 0L; done < _machineCount * WarmUpReadingsEach; done += BatchSlots)
        {
            Fill();
            Process(_batch);
        }
    }

    public TurnTimes TurnsWithoutSaving(int turns)
    {
        var times = new TurnTimes();
        for (var turn = 0; turn < turns; turn++)
        {
            Fill();
            times.Take(() => Process(_batch));
        }

        return times;
    }

    /// <summary>
    /// A marker, and turns until all is saved. The reader takes chunks away at once, as if the disk were fast enough. What
    /// saving adds to a batch is the batch's time beyond the median of batches without.
    /// </summary>
    public SavedTimes Save()
    {
        var quiet = new List<long>();
        for (var turn = 0; turn < 200; turn++)
        {
            Fill();
            var times = new TurnTimes();
            times.Take(() => Process(_batch));
            quiet.Add(times.CpuMicrosMax);
        }

        var usualMicros = quiet.Order().ElementAt(quiet.Count / 2);
        var saved = new SavedTimes();
        var start = Stopwatch.GetTimestamp();
        Process([ReplayRun.Control(SlotKind.SnapshotMarker, Slot.NoNumber)]);
        while (!saved.HasEnded)
        {
            saved.Slices.Take(() => _shard.Saver.Slice());
            Take(saved);
            Fill();
            saved.Batches.Take(() => Process(_batch));
        }

        saved.ElapsedMicros = (long)Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        saved.UsualBatchMicros = usualMicros;
        return saved;
    }

    public void Dispose()
    {
        _shard.Dispose();
        _output.Dispose();
        _queue.Dispose();
    }

    private void Take(SavedTimes saved)
    {
        while (_queue.TryTake(out var part, out var bytes))
        {
            saved.Bytes += bytes.Length;
            saved.HasEnded |= part == SavePart.End;
            if (part == SavePart.Machines)
            {
                var rest = bytes;
                while (MachineLoader.TryCut(ref rest, out _, out _))
                {
                    saved.MachineCount++;
                }
            }
        }
    }

    private void Process(ReadOnlySpan<Slot> slots)
    {
        _shard.Process(slots, _lsn);
        _lsn += slots.Length;
        while (_output.TryPeek(out var record))
        {
            _output.Advance(record.Length);
        }
    }

    private void Fill()
    {
        for (var index = 0; index < BatchSlots; index++)
        {
            _nowMicros += 20;
            var machine = _random.Next(_machineCount);
            _batch[index] = new Slot
            {
                Kind = SlotKind.Reading,
                EventTimeMicros = _nowMicros,
                ReceivedAtMicros = _nowMicros,
                CreatedAtMicros = Slot.NoNumber,
                SequenceNumber = _lsn,
                EquipmentIndex = machine,
                TagIndex = _random.Next(TagCount),
                SourceIndex = machine % 10,
                ValueKind = ValueKind.Number,
                ValueBits = BitConverter.DoubleToInt64Bits(_random.Next(100) == 0 ? 95 : 40),
                Quality = Quality.Good,
                Model = Slot.NoModel,
            };
        }
    }

    private static void Intern(NameDirectory directory, string prefix, int count)
    {
        for (var index = 0; index < count; index++)
        {
            directory.TryIntern(
                Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{prefix}{index}")), 0, out _);
        }
    }
}

/// <summary>The longest of some turns, by the thread's CPU clock and by the wall.</summary>
internal sealed class TurnTimes
{
    public long CpuMicrosMax { get; private set; }

    public long WallMicrosMax { get; private set; }

    public void Take(Action turn)
    {
        var wall = Stopwatch.GetTimestamp();
        var cpu = ThreadCpu.Nanoseconds;
        turn();
        CpuMicrosMax = Math.Max(CpuMicrosMax, (ThreadCpu.Nanoseconds - cpu) / 1_000);
        WallMicrosMax = Math.Max(WallMicrosMax, (long)Stopwatch.GetElapsedTime(wall).TotalMicroseconds);
    }
}

internal sealed class SavedTimes
{
    public TurnTimes Slices { get; } = new();

    public TurnTimes Batches { get; } = new();

    public bool HasEnded { get; set; }

    public int MachineCount { get; set; }

    public long Bytes { get; set; }

    public long ElapsedMicros { get; set; }

    public long UsualBatchMicros { get; set; }

    /// <summary>A slice, or what saving before changes adds to a batch: whichever is longer.</summary>
    public long CpuMicrosMax => Math.Max(Slices.CpuMicrosMax, Batches.CpuMicrosMax - UsualBatchMicros);

    public long WallMicrosMax => Math.Max(Slices.WallMicrosMax, Batches.WallMicrosMax - UsualBatchMicros);
}
