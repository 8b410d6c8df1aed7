using HotPath.Engine.Journal;

namespace HotPath.Engine.Tests.Journal;

/// <summary>
/// Without a sync after each turn a turn found one or two slots at 500,000 a second, and the journal wrote a frame of its
/// own for them: 60 MB/s of headers for 4 MB/s of readings, whose pages the kernel then wrote beside the shard.
/// </summary>
public sealed class FrameGatheringTests
{
    private readonly ManualClock _clock = new();
    private FrameGathering _gathering = new();

    [Fact]
    public void Waits_for_more_while_slots_come()
    {
        for (var lsn = 0L; lsn < FrameGathering.SlotsEnough - 1; lsn++)
        {
            Assert.True(IsWorthWaiting(lsn), $"LSN {lsn}");
        }

        Assert.False(IsWorthWaiting(FrameGathering.SlotsEnough - 1));
    }

    [Fact]
    public void No_slot_waits_longer_than_its_time()
    {
        Assert.True(IsWorthWaiting(0));
        _clock.NowMicros += FrameGathering.AgeMaxMicros - 1;
        Assert.True(IsWorthWaiting(1));
        _clock.NowMicros++;
        Assert.False(IsWorthWaiting(2));
    }

    [Fact]
    public void A_clock_set_back_ends_the_wait()
    {
        Assert.True(IsWorthWaiting(0));
        _clock.NowMicros -= 3_600_000_000;
        Assert.False(IsWorthWaiting(1));
    }

    [Fact]
    public void Turns_without_a_new_slot_end_the_wait_although_the_clock_stands()
    {
        Assert.True(IsWorthWaiting(5));
        for (var turn = 1; turn < FrameGathering.QuietTurnsMax; turn++)
        {
            Assert.True(IsWorthWaiting(5), $"turn {turn}");
        }

        Assert.False(IsWorthWaiting(5));
    }

    [Fact]
    public void The_wait_begins_anew_behind_a_frame()
    {
        Assert.True(IsWorthWaiting(9));
        _clock.NowMicros += FrameGathering.AgeMaxMicros;
        Assert.False(IsWorthWaiting(9));
        Assert.True(_gathering.IsWorthWaiting(writtenLsn: 9, publishedLsn: 10, _clock));
    }

    [Fact]
    public void Slots_that_come_one_a_turn_share_a_frame_and_the_writer_is_busy_until_it_is_written()
    {
        using var bench = new JournalBench(sync: JournalSync.None);
        bench.Settle();
        for (var slot = 0; slot < 500; slot++)
        {
            bench.Publish(1);
            Assert.Equal(1, bench.Writer.DoWork());
        }

        Assert.Equal(-1, bench.Writer.WrittenLsn);
        bench.Settle();

        Assert.Equal(499, bench.Writer.WrittenLsn);
        Assert.Equal(499, bench.Writer.Durable.DurableLsn);
        Assert.Equal(1, bench.Writer.Counters.Frames);
    }

    [Fact]
    public void Slots_that_come_one_a_turn_are_written_at_once_under_batch()
    {
        using var bench = new JournalBench(sync: JournalSync.Batch);
        bench.Settle();
        for (var slot = 0; slot < 10; slot++)
        {
            bench.Publish(1);
            bench.Writer.DoWork();
            Assert.Equal(slot, bench.Writer.Durable.DurableLsn);
        }
    }

    [Fact]
    public void A_sync_that_is_due_does_not_wait_for_slots_that_gather()
    {
        using var bench = new JournalBench(sync: JournalSync.Interval);
        bench.Publish(1);
        bench.Settle();
        Assert.Equal((0, -1), (bench.Writer.WrittenLsn, bench.Writer.Durable.DurableLsn));
        bench.Clock.NowMicros += bench.Options.JournalSyncIntervalMs * 1_000;
        bench.Publish(1);
        bench.Writer.DoWork();
        Assert.Equal((0, 0), (bench.Writer.WrittenLsn, bench.Writer.Durable.DurableLsn));
        bench.Settle();
        Assert.Equal(1, bench.Writer.WrittenLsn);
    }

    private bool IsWorthWaiting(long publishedLsn) => _gathering.IsWorthWaiting(writtenLsn: -1, publishedLsn, _clock);
}
