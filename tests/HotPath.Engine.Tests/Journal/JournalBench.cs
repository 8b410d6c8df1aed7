using HotPath.Engine.Agents;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.TestKit.Disk;

namespace HotPath.Engine.Tests.Journal;

/// <summary>A journal with its ring on a simulated disk; the test turns the crank.</summary>
internal sealed class JournalBench : IDisposable
{
    public JournalBench(
        IDisk? disk = null,
        JournalSync sync = JournalSync.Batch,
        long segmentBytes = 64 * 1024,
        int ringSlots = 1024,
        long? firstLsn = null)
    {
        Disk = disk ?? new SimulatedDisk();
        Options = new EngineOptions
        {
            DataDirectory = "unused",
            JournalSync = sync,
            JournalSegmentBytes = segmentBytes,
            RingSlots = ringSlots,
        };
        Journal = Engine.Journal.Journal.Open(Disk, Names, Options, Clock);
        Ring = new RingBuffer(ringSlots, firstLsn ?? (Journal.Recovery.LastLsn + 1), new BusySpinWaitStrategy());
        Writer = Journal.NewWriter(Ring, Rejects, Documents);
        Inlet = new Inlet(Ring, Rejects, ringSlots);
        Control = new ControlInlet(Ring);
    }

    public IDisk Disk { get; }

    public SimulatedDisk SimulatedDisk => (SimulatedDisk)Disk;

    public EngineOptions Options { get; }

    public ManualClock Clock { get; } = new();

    public NameTables Names { get; } = new();

    public Engine.Journal.Journal Journal { get; }

    public RingBuffer Ring { get; }

    public RejectsBuffer Rejects { get; } = new();

    public RuleDocuments Documents { get; } = new();

    public JournalWriter Writer { get; }

    public Inlet Inlet { get; }

    public ControlInlet Control { get; }

    /// <summary>Publishes readings whose value says their LSN. Fails the test if they do not fit.</summary>
    public long Publish(int count)
    {
        using var block = new StagingBlock(count, count);
        for (var index = 0; index < count; index++)
        {
            block.Add() = Readings.Make(Ring.Sequencer.NextLsn + index);
        }

        Assert.Equal(PublishOutcome.Published, Inlet.TryPublish(block, out var lsnFirst));
        return lsnFirst;
    }

    /// <summary>Turns journal and preparer until neither finds anything to do.</summary>
    public void Settle()
    {
        while (Writer.DoWork() + Journal.Preparer.DoWork() > 0)
        {
        }
    }

    public void Dispose()
    {
        Writer.Dispose();
        Journal.Dispose();
        Ring.Dispose();
    }
}

/// <summary>Slots with a little of everything, a function of the LSN.</summary>
internal static class Readings
{
    public static Slot Make(long lsn) => new()
    {
        Kind = SlotKind.Reading,
        EventTimeMicros = 1_700_000_000_000_000 + (lsn * 1_000) - (lsn % 7 * 13_000),
        ValueKind = (lsn % 11) switch { 3 => ValueKind.Bool, 5 => ValueKind.Symbol, 7 => ValueKind.None, _ => ValueKind.Number },
        ValueBits = (lsn % 11) switch
        {
            3 => lsn & 1,
            5 => lsn % 40,
            7 => 0,
            _ => BitConverter.DoubleToInt64Bits(lsn % 13 == 0 ? Math.Sqrt(lsn) : lsn / 100.0),
        },
        SequenceNumber = lsn % 5 == 0 ? Slot.NoNumber : lsn,
        CreatedAtMicros = Slot.NoNumber,
        ReceivedAtMicros = 1_700_000_000_000_000 + (lsn / 10 * 1_000),
        EquipmentIndex = (int)(lsn * 31 % 1_000),
        TagIndex = (int)(lsn % 6),
        SourceIndex = (int)(lsn % 3),
        Model = Slot.NoModel,
        Quality = lsn % 50 == 0 ? Quality.Bad : Quality.Good,
        Flags = (ushort)(lsn % 3),
        Listener = 1,
    };
}

internal sealed class ManualClock : IClock
{
    public long NowMicros { get; set; } = 1_700_000_000_000_000;
}

internal sealed class RuleDocuments : IRuleDocumentBytes
{
    public Dictionary<long, byte[]> ByVersion { get; } = [];

    public ReadOnlyMemory<byte> Utf8(long ruleVersion) => ByVersion[ruleVersion];
}
