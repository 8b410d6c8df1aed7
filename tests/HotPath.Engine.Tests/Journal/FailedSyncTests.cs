using HotPath.Engine.Journal;
using HotPath.Engine.Native;
using HotPath.TestKit.Disk;

namespace HotPath.Engine.Tests.Journal;

/// <summary>A sync that failed leaves pages that look written and are not: only writing them again helps.</summary>
public sealed class FailedSyncTests
{
    /// <summary>
    /// Cause: a start whose sync failed ended, and the next one synced the same file once more, which succeeds and does
    /// nothing. Symptom: after a power cut, slots that the second start had called durable were reported as damage.
    /// </summary>
    [Fact]
    public void What_a_start_could_not_sync_is_written_again_by_the_next_one()
    {
        var disk = new SimulatedDisk();
        using var killed = new JournalBench(disk, JournalSync.Interval);
        killed.Publish(50);
        killed.Settle();
        disk.Fault = (operation, name) => Failing(operation == DiskOperation.Sync && name.EndsWith(".journal", StringComparison.Ordinal));
        Assert.Throws<DiskFaultException>(() => new JournalBench(disk));
        disk.Fault = (_, _) => DiskError.None;

        using var second = new JournalBench(disk);

        Assert.Equal(49, second.Journal.Recovery.LastLsn);
        for (var seed = 0; seed < 20; seed++)
        {
            using var after = new JournalBench(disk.AfterPowerCut(new Random(seed)));
            Assert.Empty(after.Journal.Recovery.Damages);
            Assert.Equal(49, after.Journal.Recovery.LastLsn);
            JournalRoundTripTests.ShouldHold(after.Journal, 0, 49);
        }
    }

    /// <summary>
    /// Cause: names counted as written although their sync had failed for lack of space. Symptom: frames that used them
    /// were acknowledged, and after a power cut the journal could not be read for want of its names.
    /// </summary>
    [Fact]
    public void Names_whose_sync_failed_are_written_again_before_a_frame_uses_them()
    {
        var disk = new SimulatedDisk();
        using var bench = new JournalBench(disk);
        var hasFailed = false;
        disk.Fault = (operation, name) =>
        {
            var fails = operation == DiskOperation.Sync && name == "names" && !hasFailed;
            hasFailed |= fails;
            return fails ? new DiskError(DiskError.NoSpace) : DiskError.None;
        };
        bench.Names.Tags.TryIntern("Druck"u8, 1, out _);
        bench.Publish(1);

        bench.Settle();
        bench.Settle();

        Assert.True(hasFailed);
        Assert.Equal(0, bench.Writer.Durable.DurableLsn);
        for (var seed = 0; seed < 20; seed++)
        {
            using var after = new JournalBench(disk.AfterPowerCut(new Random(seed)));
            Assert.Equal("Druck", after.Names.Tags.Text(0));
        }
    }

    private static DiskError Failing(bool fails) => fails ? new DiskError(DiskError.InputOutput) : DiskError.None;

    /// <summary>
    /// A turn of several frames fills a segment, whose sync then fails: the frame that is built already begins behind
    /// slots that nobody has, and must not be written as if they were there.
    /// </summary>
    [Fact]
    public void A_failed_sync_of_a_segment_that_is_full_ends_the_turn_and_leaves_no_slot_out()
    {
        const int Count = 3 * SlotColumns.SlotsMax;
        var disk = new SimulatedDisk();
        using var bench = new JournalBench(disk, segmentBytes: 96 * 1024, ringSlots: 4 * SlotColumns.SlotsMax);
        bench.Settle();
        var syncs = 0;
        disk.Fault = (operation, name) => Failing(
            operation == DiskOperation.Sync && name.EndsWith(".journal", StringComparison.Ordinal) && syncs++ == 0);
        bench.Publish(Count);

        bench.Writer.DoWork();
        Assert.Equal((JournalState.Resealing, -1), (bench.Writer.State, bench.Writer.WrittenLsn));
        bench.Settle();

        Assert.True(syncs > 1, "no segment was left on the way, so this showed nothing");
        Assert.Equal(Count - 1, bench.Writer.Durable.DurableLsn);
        using var after = new JournalBench(disk.AfterPowerCut(new Random(1)), ringSlots: 4 * SlotColumns.SlotsMax);
        Assert.Empty(after.Journal.Recovery.Damages);
        JournalRoundTripTests.ShouldHold(after.Journal, 0, Count - 1);
    }
}
