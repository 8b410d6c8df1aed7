using HotPath.Engine.Journal;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.TestKit;
using HotPath.TestKit.Disk;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Journal;

/// <summary>Disks that fail, fill up, lose power: nothing that was called durable is ever missing.</summary>
public sealed class JournalFaultTests(ITestOutputHelper output)
{
    [Fact]
    public void Sync_that_fails_once_at_any_call_seals_the_segment_and_loses_nothing()
    {
        for (var failing = 1; failing <= 60; failing++)
        {
            using var bench = new JournalBench(segmentBytes: 16 * 1024);
            bench.SimulatedDisk.Fault = FailJournalSyncs(failing, count: 1);

            Work(bench, 1_500);

            Assert.Equal(1, bench.Writer.Counters.Failures);
            Assert.Equal(JournalState.Running, bench.Writer.State);
            Assert.Equal(bench.Ring.Sequencer.NextLsn - 1, bench.Writer.Durable.DurableLsn);
            ShouldSurvive(bench.SimulatedDisk.AfterPowerCut(new Random(failing)), bench.Writer.Durable.DurableLsn);
        }
    }

    [Fact]
    public void Sync_that_fails_again_stops_acknowledging_for_good()
    {
        using var bench = new JournalBench();
        Work(bench, 100);
        bench.SimulatedDisk.Fault = FailJournalSyncs(first: 1, count: int.MaxValue);

        bench.Publish(50);
        bench.Settle();
        Settle(bench);

        Assert.Equal(JournalState.Failed, bench.Writer.State);
        Assert.Equal(DiskError.InputOutput, bench.Writer.LastError.Number);
        Assert.Equal(99, bench.Writer.Durable.DurableLsn);
        bench.SimulatedDisk.Fault = (_, _) => DiskError.None;
        bench.Settle();
        Assert.Equal(99, bench.Writer.Durable.DurableLsn);
        ShouldSurvive(bench.SimulatedDisk.AfterPowerCut(new Random(1)), 99);
    }

    [Fact]
    public void Write_that_fails_in_the_middle_seals_the_segment_and_loses_nothing()
    {
        for (var failing = 1; failing <= 40; failing++)
        {
            using var bench = new JournalBench(segmentBytes: 16 * 1024);
            var writes = 0;
            bench.SimulatedDisk.Fault = (operation, name) =>
                operation == DiskOperation.Write && IsSegment(name) && ++writes == failing
                    ? new DiskError(DiskError.InputOutput)
                    : DiskError.None;

            Work(bench, 1_000);

            Assert.Equal(JournalState.Running, bench.Writer.State);
            ShouldSurvive(bench.SimulatedDisk.AfterPowerCut(new Random(failing)), bench.Writer.Durable.DurableLsn);
        }
    }

    [Fact]
    public void Full_disk_holds_producers_back_and_heals_when_there_is_room()
    {
        using var bench = new JournalBench(segmentBytes: 16 * 1024);
        bench.SimulatedDisk.CapacityBytes = bench.SimulatedDisk.UsedBytes + 20_000;

        var refused = false;
        for (var round = 0; round < 200 && !refused; round++)
        {
            refused = !TryPublish(bench, 50);
            Settle(bench);
        }

        Assert.True(refused);
        Assert.Equal(JournalState.WaitingForDisk, bench.Writer.State);
        Assert.True(bench.Journal.Preparer.LastError.IsFull);
        ShouldSurvive(bench.SimulatedDisk.AfterPowerCut(new Random(1)), bench.Writer.Durable.DurableLsn);

        bench.SimulatedDisk.CapacityBytes = long.MaxValue;
        Settle(bench);

        Assert.Equal(JournalState.Running, bench.Writer.State);
        Assert.Equal(bench.Ring.Sequencer.NextLsn - 1, bench.Writer.Durable.DurableLsn);
        JournalRoundTripTests.ShouldHold(bench.Journal, 0, bench.Writer.Durable.DurableLsn);
    }

    [Fact]
    public void New_name_on_a_full_disk_waits_and_is_written_once_there_is_room()
    {
        using var bench = new JournalBench();
        Work(bench, 20);
        bench.SimulatedDisk.CapacityBytes = bench.SimulatedDisk.UsedBytes;
        bench.Names.Tags.TryIntern("Druck"u8, 1, out _);

        bench.Publish(1);
        Settle(bench);
        Assert.Equal(19, bench.Writer.Durable.DurableLsn);

        bench.SimulatedDisk.CapacityBytes = long.MaxValue;
        Settle(bench);
        Assert.Equal(20, bench.Writer.Durable.DurableLsn);
        using var second = new JournalBench(bench.SimulatedDisk.Copy());
        Assert.Equal("Druck", second.Names.Tags.Text(0));
    }

    [Theory]
    [InlineData(nameof(JournalSync.Batch))]
    [InlineData(nameof(JournalSync.Interval))]
    public void Power_cuts_at_random_moments_take_nothing_that_was_durable(string policy)
    {
        var sync = Enum.Parse<JournalSync>(policy);
        var random = NewRandom();
        for (var life = 0; life < 150; life++)
        {
            var disk = new SimulatedDisk();
            for (var cut = 0; cut < 4; cut++)
            {
                using var bench = new JournalBench(disk, sync, segmentBytes: 16 * 1024);
                LiveForAWhile(bench, random);
                disk = disk.AfterPowerCut(random);
                ShouldSurvive(disk, bench.Writer.Durable.DurableLsn);
            }
        }
    }

    [Fact]
    public void Disk_that_lies_about_syncs_is_caught_by_these_tests()
    {
        var caught = 0;
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var disk = new SimulatedDisk { LiesAboutSyncs = true };
            using var bench = new JournalBench(disk, segmentBytes: 16 * 1024);
            LiveForAWhile(bench, random);
            caught += Survives(disk.AfterPowerCut(random), bench.Writer.Durable.DurableLsn) ? 0 : 1;
        }

        Assert.True(caught > 25, $"{caught} of 50 caught");
    }

    [Fact]
    public void Killed_process_loses_nothing_that_was_written()
    {
        var random = NewRandom();
        for (var life = 0; life < 100; life++)
        {
            using var bench = new JournalBench(sync: JournalSync.None, segmentBytes: 16 * 1024);
            LiveForAWhile(bench, random);

            ShouldSurvive(bench.SimulatedDisk.Copy(), bench.Writer.WrittenLsn);
        }
    }

    [Fact]
    public void Clean_end_is_durable_under_policy_interval_and_leaves_a_mark()
    {
        using var bench = new JournalBench(sync: JournalSync.Interval);
        bench.Publish(10);
        bench.Writer.DoWork();
        Assert.Equal(-1, bench.Writer.Durable.DurableLsn);

        bench.Writer.OnClose();

        Assert.Equal(9, bench.Writer.Durable.DurableLsn);
        using var second = new JournalBench(bench.SimulatedDisk.AfterPowerCut(new Random(1)));
        Assert.True(second.Journal.Recovery.HasMarkAtEnd);
        Assert.Equal(9, second.Journal.Recovery.LastLsn);
    }

    [Fact]
    public void Policy_interval_syncs_when_its_time_has_come_or_a_quarter_of_the_ring_waits()
    {
        using var bench = new JournalBench(sync: JournalSync.Interval);
        bench.Publish(10);
        bench.Settle();
        Assert.Equal(-1, bench.Writer.Durable.DurableLsn);

        bench.Clock.NowMicros += 50_000;
        bench.Settle();
        Assert.Equal(9, bench.Writer.Durable.DurableLsn);

        bench.Publish(300);
        bench.Settle();
        Assert.Equal(309, bench.Writer.Durable.DurableLsn);
    }

    [Fact]
    public void Segments_below_the_low_water_mark_are_used_again_and_the_mark_is_durable_first()
    {
        using var bench = new JournalBench(segmentBytes: 16 * 1024);
        Work(bench, 10_000);
        var keepFromLsn = bench.Journal.Segments.ToArray()[4].FirstLsn;
        var before = bench.Journal.Segments.Count;

        bench.Journal.KeepFrom(keepFromLsn + 1);
        bench.Settle();

        Assert.Equal(before - 4, bench.Journal.Segments.Count);
        Assert.Equal(keepFromLsn, bench.Journal.Segments.FirstLsn);
        Assert.Equal(2, bench.SimulatedDisk.FileNames.Count(SegmentPreparer.IsSpare));
        var usedBytes = bench.SimulatedDisk.UsedBytes;
        Work(bench, 1_000);
        Assert.True(bench.SimulatedDisk.UsedBytes <= usedBytes + 1_000);
        JournalRoundTripTests.ShouldHold(bench.Journal, keepFromLsn, bench.Writer.Durable.DurableLsn);
    }

    [Fact]
    public void Power_cuts_during_removal_leave_a_journal_without_damage()
    {
        var random = NewRandom();
        for (var round = 0; round < 100; round++)
        {
            using var bench = new JournalBench(segmentBytes: 16 * 1024);
            Work(bench, 3_000);
            var keepFromLsn = bench.Journal.Segments.ToArray()[^2].FirstLsn;
            bench.Journal.KeepFrom(keepFromLsn);
            for (var turns = random.Next(6); turns > 0; turns--)
            {
                bench.Journal.Preparer.DoWork();
            }

            using var second = new JournalBench(bench.SimulatedDisk.AfterPowerCut(random));

            Assert.Empty(second.Journal.Recovery.Damages);
            Assert.True(second.Journal.Recovery.FirstLsn <= keepFromLsn);
            JournalRoundTripTests.ShouldHold(second.Journal, keepFromLsn, 2_999);
        }
    }

    private static bool IsSegment(string name) => JournalSegments.TryParseName(name, out _);

    private static Func<DiskOperation, string, DiskError> FailJournalSyncs(int first, int count)
    {
        var syncs = 0;
        return (operation, name) =>
        {
            if (operation != DiskOperation.Sync || !IsSegment(name))
            {
                return DiskError.None;
            }

            syncs++;
            return syncs >= first && syncs - first < count ? new DiskError(DiskError.InputOutput) : DiskError.None;
        };
    }

    private static void Work(JournalBench bench, int count)
    {
        for (var left = count; left > 0; left -= 20)
        {
            bench.Publish(20);
            Settle(bench);
        }
    }

    /// <summary>Turns until nothing moves any more even when time passes.</summary>
    private static void Settle(JournalBench bench)
    {
        for (var idle = 0; idle < 3; idle++)
        {
            bench.Settle();
            bench.Clock.NowMicros += 1_000_000;
        }
    }

    private static void LiveForAWhile(JournalBench bench, Random random)
    {
        for (var turns = random.Next(300); turns > 0; turns--)
        {
            switch (random.Next(4))
            {
                case 0:
                    TryPublish(bench, random.Next(1, 60));
                    break;
                case 1:
                    bench.Writer.DoWork();
                    break;
                case 2:
                    bench.Journal.Preparer.DoWork();
                    break;
                default:
                    bench.Clock.NowMicros += random.Next(20_000);
                    break;
            }
        }
    }

    private static bool TryPublish(JournalBench bench, int count)
    {
        using var block = new StagingBlock(count, count);
        for (var index = 0; index < count; index++)
        {
            block.Add() = Readings.Make(bench.Ring.Sequencer.NextLsn + index);
        }

        return bench.Inlet.TryPublish(block, out _) == PublishOutcome.Published;
    }

    private static void ShouldSurvive(SimulatedDisk disk, long durableLsn)
    {
        using var bench = new JournalBench(disk.Copy(), segmentBytes: 16 * 1024);
        Assert.True(bench.Journal.Recovery.LastLsn >= durableLsn, $"{bench.Journal.Recovery.LastLsn} of {durableLsn}");
        Assert.Empty(bench.Journal.Recovery.Damages);
        JournalRoundTripTests.ShouldHold(bench.Journal, 0, bench.Journal.Recovery.LastLsn);
    }

    private static bool Survives(SimulatedDisk disk, long durableLsn)
    {
        try
        {
            ShouldSurvive(disk, durableLsn);
            return true;
        }
        catch (Exception broken) when (broken is Xunit.Sdk.XunitException or DiskFaultException)
        {
            return false;
        }
    }

    private Random NewRandom()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        return new Random(seed);
    }
}
