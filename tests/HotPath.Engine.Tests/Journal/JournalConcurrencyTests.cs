using HotPath.Engine.Agents;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.TestKit;

namespace HotPath.Engine.Tests.Journal;

/// <summary>Producer, journal, preparer and a sink, each on its own thread, on a real disk.</summary>
public sealed class JournalConcurrencyTests
{
    private const int BlockCount = 400;
    private const int SlotsPerBlock = 500;
    private const long SlotCount = (long)BlockCount * SlotsPerBlock;

    [Theory]
    [InlineData(nameof(JournalSync.Batch))]
    [InlineData(nameof(JournalSync.Interval))]
    [InlineData(nameof(JournalSync.None))]
    public void Sink_beside_the_writer_reads_every_slot_once_while_segments_are_used_again(string policy)
    {
        using var directory = new TemporaryDirectory();
        var options = new EngineOptions
        {
            DataDirectory = directory.Path,
            JournalSync = Enum.Parse<JournalSync>(policy),
            JournalSyncIntervalMs = 1,
            JournalSegmentBytes = 128 * 1024,
            RingSlots = 4096,
        };
        var clock = new SystemClock();
        using var strategy = new ParkingWaitStrategy();
        using var journal = Engine.Journal.Journal.Open(new LibcDisk(directory.Path), new NameTables(), options, clock);
        using var ring = new RingBuffer(options.RingSlots, 0, strategy);
        using var writer = journal.NewWriter(ring, new RejectsBuffer(), new RuleDocuments());
        var faults = new List<Exception>();
        using var writing = new AgentRunner(writer, strategy, (_, fault) => faults.Add(fault));
        using var preparing = new AgentRunner(journal.Preparer, strategy, (_, fault) => faults.Add(fault));
        writing.Start();
        preparing.Start();
        var producer = new Thread(() => Produce(ring));
        producer.Start();

        ReadAll(journal, writer);

        producer.Join();
        writing.Stop(Timeout.InfiniteTimeSpan);
        preparing.Stop(Timeout.InfiniteTimeSpan);
        Assert.Empty(faults);
        Assert.Equal(JournalState.Running, writer.State);
        Assert.True(writer.Counters.Segments > journal.Segments.Count, $"{journal.Segments.Count} left");
    }

    private static void Produce(RingBuffer ring)
    {
        var inlet = new Inlet(ring, new RejectsBuffer(), ring.SlotCount);
        using var block = new StagingBlock(SlotsPerBlock, SlotsPerBlock);
        for (var number = 0; number < BlockCount; number++)
        {
            block.Clear();
            for (var index = 0; index < SlotsPerBlock; index++)
            {
                block.Add() = Readings.Make(ring.Sequencer.NextLsn + index);
            }

            while (inlet.TryPublish(block, out _) != PublishOutcome.Published)
            {
                Thread.Yield();
            }
        }
    }

    private static void ReadAll(Engine.Journal.Journal journal, JournalWriter writer)
    {
        using var reader = journal.NewReader(0);
        var durableLsn = -1L;
        while (reader.NextLsn < SlotCount)
        {
            durableLsn = writer.Durable.WaitBeyond(durableLsn, millisecondsMax: 100);
            JournalRead outcome;
            while ((outcome = reader.TryRead(durableLsn)) == JournalRead.Slots)
            {
                ShouldBeRight(reader.Slots, reader.FirstLsn);
            }

            Assert.Equal(JournalRead.End, outcome);
            journal.KeepFrom(reader.NextLsn);
        }
    }

    private static void ShouldBeRight(ReadOnlySpan<Slot> slots, long firstLsn)
    {
        for (var index = 0; index < slots.Length; index++)
        {
            var expected = Readings.Make(firstLsn + index);
            Assert.True(
                expected.EventTimeMicros == slots[index].EventTimeMicros
                && expected.ValueBits == slots[index].ValueBits
                && expected.EquipmentIndex == slots[index].EquipmentIndex
                && expected.Flags == slots[index].Flags,
                $"LSN {firstLsn + index}");
        }
    }
}
