using System.Text;
using HotPath.Engine;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.TestKit.Disk;
using HotPath.TestKit.Simulation;

namespace HotPath.Faults.Damage;

/// <summary>A journal of a seed, written by the engine's own writer and closed in good order, and what is in it.</summary>
internal sealed class MadeJournal
{
    private const int SegmentBytes = 64 * 1024;
    private const int NameCount = 200;

    public MadeJournal(int seed, int segmentCount)
    {
        var disk = new SimulatedDisk();
        Write(disk, new Random(seed), segmentCount);
        Disk = new FrozenDisk(disk);
        using var journal = JournalView.Open(Disk);
        LastLsn = journal.Recovery.LastLsn;
        Slots = new Slot[LastLsn + 1];
        using var reader = journal.NewReader(0);
        while (reader.TryRead(LastLsn) == JournalRead.Slots)
        {
            reader.Slots.CopyTo(Slots.AsSpan((int)reader.FirstLsn));
        }

        Segments = [.. journal.Segments.ToArray().Select(entry => MadeSegment.Read(Disk, entry))];
    }

    public FrozenDisk Disk { get; }

    public Slot[] Slots { get; }

    public long LastLsn { get; }

    public IReadOnlyList<MadeSegment> Segments { get; }

    /// <summary>Bytes of all segments up to the end of the last frame.</summary>
    public long UsedBytes => Segments.Sum(segment => segment.UsedBytes);

    /// <summary>The segment of a byte, counted over the used bytes of all segments, and where in it.</summary>
    public (int Segment, long Offset) Find(long at)
    {
        var index = 0;
        for (; at >= Segments[index].UsedBytes; index++)
        {
            at -= Segments[index].UsedBytes;
        }

        return (index, at);
    }

    private static void Write(SimulatedDisk disk, Random random, int segmentCount)
    {
        var names = new NameTables();
        var clock = new SimulatedClock();
        var options = new EngineOptions { DataDirectory = "unused", JournalSegmentBytes = SegmentBytes, RingSlots = 1024 };
        using var journal = Journal.Open(disk, names, options, clock);
        using var ring = new RingBuffer(options.RingSlots, 0, new BusySpinWaitStrategy());
        using var writer = journal.NewWriter(ring, new RejectsBuffer(), new NoDocuments());
        var inlet = new Inlet(ring, new RejectsBuffer(), options.RingSlots);
        while (journal.Segments.Count < segmentCount)
        {
            names.Tags.TryIntern(Encoding.UTF8.GetBytes($"tag {random.Next(NameCount)}"), clock.NowMicros, out _);
            Publish(inlet, random, clock, 1 + random.Next(200));
            for (var turns = random.Next(4); turns >= 0; turns--)
            {
                writer.DoWork();
                journal.Preparer.DoWork();
            }

            clock.PassMs(random.Next(30));
        }

        while (writer.DoWork() + journal.Preparer.DoWork() > 0)
        {
        }

        writer.OnClose();
    }

    private static void Publish(Inlet inlet, Random random, SimulatedClock clock, int count)
    {
        using var block = new StagingBlock(count, count);
        for (var index = 0; index < count; index++)
        {
            block.Add() = new Slot
            {
                Kind = SlotKind.Reading,
                EventTimeMicros = clock.NowMicros - random.Next(5_000_000),
                ValueKind = ValueKind.Number,
                ValueBits = BitConverter.DoubleToInt64Bits(random.Next(3) == 0 ? random.NextDouble() : random.Next(1_000) / 10.0),
                SequenceNumber = random.Next(10) == 0 ? Slot.NoNumber : random.Next(100_000),
                CreatedAtMicros = Slot.NoNumber,
                ReceivedAtMicros = clock.NowMicros,
                EquipmentIndex = random.Next(1_000),
                TagIndex = random.Next(40),
                SourceIndex = random.Next(8),
                Model = Slot.NoModel,
                Quality = Quality.Good,
                Listener = 1,
            };
        }

        inlet.TryPublish(block, out _);
    }

    private sealed class NoDocuments : IRuleDocumentBytes
    {
        public ReadOnlyMemory<byte> Utf8(long ruleVersion) => default;
    }
}

/// <summary>One segment and where its frames lie.</summary>
internal sealed record MadeSegment(string Name, SegmentEntry Entry, uint Salt, IReadOnlyList<MadeFrame> Frames)
{
    public long UsedBytes => Frames.Count > 0 ? Frames[^1].EndOffset : SegmentHeader.AreaBytes;

    public static MadeSegment Read(FrozenDisk disk, SegmentEntry entry)
    {
        var name = JournalSegments.NameOf(entry.Number);
        using var cursor = new SegmentCursor();
        cursor.Open(disk, name);
        var frames = new List<MadeFrame>();
        for (var offset = cursor.Offset; cursor.TryMoveNext(out var header); offset = cursor.Offset)
        {
            frames.Add(new MadeFrame(offset, offset + header.FrameBytes, cursor.Offset, header.FirstLsn, header.LastLsn));
        }

        return new MadeSegment(name, entry, cursor.Header.FrameSalt, frames);
    }
}

/// <param name="Offset">Where it begins.</param>
/// <param name="CheckedEnd">Where its checksum ends.</param>
/// <param name="EndOffset">Where the next one begins.</param>
/// <param name="FirstLsn">Of a mark: one more than <paramref name="LastLsn"/>.</param>
internal sealed record MadeFrame(long Offset, long CheckedEnd, long EndOffset, long FirstLsn, long LastLsn);
