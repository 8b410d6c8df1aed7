using System.Runtime.InteropServices;
using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Native;
using HotPath.TestKit.Disk;

namespace HotPath.Engine.Tests.Snapshots;

/// <summary>What journal and ledger keep, and for whom.</summary>
public sealed class RetentionTests
{
    private const long RetainMicros = 100_000_000;

    [Fact]
    public void Journal_and_ledger_are_kept_from_the_older_of_two_snapshots_on()
    {
        var disks = Disks.New();
        using var bench = NewBench(disks);
        bench.PutRules(EngineBench.Rules);
        var lsns = SnapshotsOf(bench, count: 1);
        Age(bench);
        Assert.Equal(0, bench.Engine.Retention.KeptFromLsn);

        lsns.AddRange(SnapshotsOf(bench, count: 3));
        Age(bench);

        var firstLsn = bench.Engine.Journal.Segments.FirstLsn;
        Assert.InRange(firstLsn, 1, lsns[^2] + 1);
        Assert.True(bench.Engine.Journal.Segments.TryFind(lsns[^2] + 1, out var needed, out _));
        Assert.Equal(needed.FirstLsn, firstLsn);
        Assert.Equal(needed.FirstLsn, LowWater.Read(disks.Journal));
        var ledger = LedgerSegment.List(disks.Ledger);
        Assert.True(ledger[0].LsnFirst > 0);
        Assert.True(ledger.Count < 2 || ledger[1].LsnFirst > firstLsn);
        Assert.Equal(ledger[0].LsnFirst, LedgerRetention.LowWaterLsn(disks.Ledger));
    }

    [Fact]
    public void Sink_that_is_behind_keeps_what_it_needs_whatever_the_snapshots()
    {
        var disks = Disks.New();
        var sinkLsn = 700L;
        using var bench = NewBench(disks);
        bench.Engine.Retention.AddSink(() => sinkLsn);
        bench.PutRules(EngineBench.Rules);
        SnapshotsOf(bench, count: 4);
        Age(bench);
        Assert.True(bench.Engine.Journal.Segments.FirstLsn <= sinkLsn + 1);
        using (var reader = bench.Engine.NewLedgerReader(sinkLsn + 1))
        {
            Assert.True(reader.TryRead(long.MaxValue, out var record));
            Assert.InRange(LedgerSegment.HeadOf(record).Lsn, sinkLsn + 1, sinkLsn + 300);
        }

        sinkLsn = bench.Engine.SafeLsn;
        Age(bench);
        Assert.True(bench.Engine.Journal.Segments.FirstLsn > 701);
    }

    [Fact]
    public void What_nobody_needs_is_kept_for_a_time_and_goes_at_once_when_the_disk_is_full()
    {
        var disks = Disks.New();
        using var bench = NewBench(disks, 1_000_000_000_000);
        bench.PutRules(EngineBench.Rules);
        SnapshotsOf(bench, count: 3);
        Age(bench);
        Assert.Equal(0, bench.Engine.Journal.Segments.FirstLsn);

        // Segments are taken up one after the other until there is no room for another; then old ones are used again.
        disks.Journal.CapacityBytes = disks.Journal.UsedBytes + 10_000;
        for (var round = 0; round < 400; round++)
        {
            bench.Feed(64);
            bench.Clock.NowMicros += 250_000;
            bench.Settle();
            if (round % 50 == 0)
            {
                bench.Engine.Snapshots.Want();
            }
        }

        Assert.True(bench.Engine.Journal.Segments.FirstLsn > 0);
        Assert.Equal(JournalState.Running, bench.Engine.JournalWriter.State);
        Assert.Equal(bench.Engine.Ring.Sequencer.NextLsn - 1, bench.Engine.JournalWriter.Durable.DurableLsn);
    }

    [Fact]
    public void Start_without_any_good_snapshot_says_so_when_the_journal_no_longer_reaches_back()
    {
        var disks = Disks.New();
        using (var bench = NewBench(disks))
        {
            bench.PutRules(EngineBench.Rules);
            SnapshotsOf(bench, count: 4);
            Age(bench);
        }

        using (var bench = NewBench(disks.AfterKill()))
        {
            Assert.True(bench.Engine.Recovered.SnapshotLsn > 0);
            bench.Feed(500);
            bench.Settle();
        }

        var fault = Assert.Throws<DiskFaultException>(() => NewBench(disks with { Snapshots = new SimulatedDisk() }));
        Assert.Contains("No snapshot", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Cause: a start ended a removal on the word of a mark that only the page cache had, its sync having failed. Symptom:
    /// a power cut took the mark and left the removal, and a journal without its begin looked like a whole one.
    /// </summary>
    [Fact]
    public void Removal_is_ended_at_a_start_only_when_its_mark_is_durable()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var disks = Disks.New();
            using (var bench = NewBench(disks))
            {
                bench.PutRules(EngineBench.Rules);
                SnapshotsOf(bench, count: 3);
                disks.Journal.Fault = (operation, name) => name.StartsWith("low-water", StringComparison.Ordinal)
                    && operation is DiskOperation.Sync or DiskOperation.Create
                    ? new DiskError(DiskError.InputOutput)
                    : DiskError.None;
                Age(bench);
                Assert.Equal(0, bench.Engine.Journal.Segments.FirstLsn);
                disks.Journal.Fault = (_, _) => DiskError.None;
            }

            using (var bench = NewBench(disks))
            {
                Assert.True(bench.Engine.Journal.Recovery.FirstLsn > 0, "no removal was under way");
            }

            var cut = disks.AfterPowerCut(new Random(seed));
            Assert.True(LowWater.Read(cut.Journal) > 0);
        }
    }

    /// <summary>Compiled rules once stayed in memory for each change ever made: some twenty KB each.</summary>
    [Fact]
    public void Rule_versions_are_forgotten_with_the_records_that_were_made_with_them()
    {
        var disks = Disks.New();
        using var bench = NewBench(disks);
        for (var change = 0; change < 12; change++)
        {
            bench.PutRules(EngineBench.Rules.Replace("a > 70", $"a > {70 + change}", StringComparison.Ordinal));
            SnapshotsOf(bench, count: 1);
            Age(bench);
        }

        Assert.False(bench.Engine.Rules.TryGet(1, out _));
        Assert.True(bench.Engine.Rules.TryGet(12, out _));

        // Every record that can be read still finds the rules it was made with.
        using var reader = bench.Engine.NewLedgerReader(0);
        var versions = new HashSet<long>();
        while (reader.TryRead(long.MaxValue, out var record))
        {
            if (LedgerSegment.HeadOf(record).Kind == LedgerRecordKind.Transition)
            {
                versions.Add(MemoryMarshal.Read<TransitionBody>(record[LedgerRecordHead.SizeBytes..]).RuleVersion);
            }
        }

        Assert.NotEmpty(versions);
        Assert.All(versions, version => Assert.True(bench.Engine.Rules.TryGet(version, out _), $"version {version}"));
    }

    private static EngineBench NewBench(Disks disks, long retainMicros = RetainMicros) =>
        new(disks, 2, options => options with { JournalRetainMicros = retainMicros });

    private static List<long> SnapshotsOf(EngineBench bench, int count)
    {
        var lsns = new List<long>();
        for (var taken = 0; taken < count; taken++)
        {
            bench.Feed(4_000);
            bench.Snapshot();
            lsns.Add(bench.Engine.Snapshots.TakenLsn);
        }

        return lsns;
    }

    /// <summary>Time passes, and whoever cleans up has had its turns.</summary>
    private static void Age(EngineBench bench)
    {
        for (var turn = 0; turn < 40; turn++)
        {
            bench.Clock.NowMicros += (RetainMicros / 20) + 1_100_000;
            bench.Settle();
        }
    }
}
