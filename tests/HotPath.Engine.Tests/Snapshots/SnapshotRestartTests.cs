using System.Runtime.InteropServices;
using HotPath.Engine.Ledger;
using HotPath.Engine.Native;
using HotPath.TestKit;
using HotPath.TestKit.Disk;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Snapshots;

/// <summary>Starts from snapshots: the ledger is what the whole journal gives, to the last byte, whatever happened.</summary>
public sealed class SnapshotRestartTests(ITestOutputHelper output)
{
    [Fact]
    public void Another_number_of_shards_goes_on_from_a_snapshot_and_replays_only_what_follows()
    {
        var disks = Disks.New();
        var seed = 0;
        foreach (var shardCount in new[] { 1, 2, 7, 1 })
        {
            using var bench = new EngineBench(disks, shardCount, seed: ++seed);
            Assert.Equal(seed > 1, bench.Engine.Recovered.SnapshotLsn > 0);
            Assert.Empty(bench.Engine.Recovered.PassedOver);
            bench.PutRules(seed == 3 ? EngineBench.Rules.Replace("a < 20", "a < 25", StringComparison.Ordinal) : EngineBench.Rules);
            bench.Feed(4_000);
            bench.Snapshot();
            bench.Feed(500);
            bench.Settle();
            disks = disks.AfterKill();
        }

        using var last = new EngineBench(disks, shardCount: 3, seed: 9);
        Assert.InRange(last.Engine.Recovered.SlotCount, 500, 2_000);
        Assert.Equal(4, last.Engine.Recovered.RuleVersion);
        ShouldBeDerivedFromItsJournal(disks);
    }

    /// <summary>
    /// Cause: who looks whether the ledger is whole passed over what was damaged. Symptom: a snapshot counted above a ledger with
    /// a hole, and no start derived again what was missing.
    /// </summary>
    [Fact]
    public void Above_a_damaged_ledger_no_snapshot_counts_and_the_next_start_mends_it()
    {
        var disks = Disks.New();
        using var bench = new EngineBench(disks);
        bench.PutRules(EngineBench.Rules);
        while (LedgerSegment.List(disks.Ledger).Count < 3)
        {
            bench.Feed(1_000);
            bench.Settle();
        }

        var name = LedgerSegment.List(disks.Ledger)[1].Name;
        var bytes = disks.Ledger.BytesOf(name).ToArray();
        bytes[bytes.Length / 2] ^= 2;
        disks.Ledger.Replace(name, bytes);
        bench.Engine.Snapshots.Want();
        for (var round = 0; round < 200 && bench.Engine.Snapshots.Problem is null; round++)
        {
            bench.Feed(16);
            bench.Settle();
        }

        Assert.Equal(0, bench.Engine.Snapshots.TakenCount);
        Assert.Contains(name, bench.Engine.Snapshots.Problem!, StringComparison.Ordinal);
        disks = disks.AfterKill();
        using var next = new EngineBench(disks, seed: 2);
        next.Settle();
        next.Snapshot();
        Assert.Null(next.Engine.Snapshots.Problem);
        ShouldBeDerivedFromItsJournal(disks.AfterKill());
    }

    [Fact]
    public void Power_cuts_at_random_moments_while_snapshots_are_taken_change_nothing()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        var fromSnapshots = 0;
        for (var life = 0; life < 12; life++)
        {
            var disks = Disks.New();
            for (var cut = 0; cut < 6; cut++)
            {
                using var bench = new EngineBench(disks, 1 + random.Next(3), seed: (life * 10) + cut + 1);
                fromSnapshots += bench.Engine.Recovered.SnapshotLsn > 0 ? 1 : 0;
                LiveForAWhile(bench, random);
                var durableLsn = bench.Engine.JournalWriter.Durable.DurableLsn;
                disks = random.Next(3) == 0 ? disks.AfterKill() : disks.AfterPowerCut(random);

                using var next = new EngineBench(disks.AfterKill(), 2, seed: 99);
                Assert.True(next.Engine.Recovered.SnapshotLsn <= durableLsn);
                Assert.True(next.Engine.Journal.Recovery.LastLsn >= durableLsn);
            }

            ShouldBeDerivedFromItsJournal(disks);
        }

        Assert.True(fromSnapshots > 12, $"{fromSnapshots} starts from a snapshot prove little");
    }

    /// <summary>
    /// Cause: a start looked only at the length of the ledger that a snapshot's past had caused. Symptom: from a damaged
    /// record on it was cut away, and nobody derived again what lay below the snapshot.
    /// </summary>
    [Fact]
    public void Snapshot_whose_ledger_is_damaged_is_passed_over_and_the_ledger_derived_again()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        var disks = Disks.New();
        using (var bench = new EngineBench(disks, 2))
        {
            bench.PutRules(EngineBench.Rules);
            bench.Feed(1_000);
            bench.Snapshot();
            bench.Feed(1_000);
            bench.Snapshot();
            bench.Settle();
        }

        var whole = disks.LedgerBytes();
        for (var round = 0; round < 20; round++)
        {
            var damaged = disks.AfterKill();
            var name = LedgerSegment.List(damaged.Ledger)[^1].Name;
            damaged.Ledger.BytesOf(name)[LedgerSegment.HeaderBytes + random.Next(500)] ^= 0x10;

            using var bench = new EngineBench(damaged, 3, seed: 9);

            Assert.Contains(bench.Engine.Recovered.PassedOver, problem => problem.Contains("ledger", StringComparison.Ordinal));
            bench.Settle();
            Assert.Equal(whole, damaged.LedgerBytes()[..whole.Length]);
        }
    }

    /// <summary>
    /// Cause: recovery compared what it derived with what is stored, and not what is stored with what it derived. Symptom: a
    /// ledger with a record too many at its end stopped the running service, at its first transition.
    /// </summary>
    [Fact]
    public void Start_stops_over_a_stored_record_that_the_journal_does_not_give()
    {
        var disks = Disks.New();
        using (var bench = new EngineBench(disks, 2))
        {
            bench.PutRules(EngineBench.Rules);
            bench.Feed(1_000);
            bench.Settle();
        }

        var (name, record) = LastRecord(disks);
        MemoryMarshal.AsRef<LedgerRecordHead>(record.AsSpan()).Ordinal++;
        var framed = new byte[LedgerSegment.PrefixBytes + record.Length];
        LedgerSegment.WriteRecord(framed, record);
        disks.Ledger.Replace(name, [.. disks.Ledger.BytesOf(name), .. framed]);

        var fault = Assert.Throws<LedgerFaultException>(() => new EngineBench(disks, 2, seed: 2));

        Assert.Contains("derived nothing; stored", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_snapshots_are_passed_over_and_told()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        var disks = Disks.New();
        long older;
        using (var bench = new EngineBench(disks, 2))
        {
            bench.PutRules(EngineBench.Rules);
            bench.Feed(2_000);
            bench.Snapshot();
            older = bench.Engine.Snapshots.TakenLsn;
            bench.Feed(1_000);
            bench.Snapshot();
            bench.Feed(300);
            bench.Settle();
        }

        var newer = disks.Snapshots.FileNames.Max(StringComparer.Ordinal)!["snapshot-".Length..][..19];
        for (var round = 0; round < 150; round++)
        {
            var damaged = disks.AfterKill();
            var files = damaged.Snapshots.FileNames.Where(name => name.Contains(newer, StringComparison.Ordinal)).ToArray();
            var name = files[random.Next(files.Length)];
            Damage(damaged.Snapshots, name, random);
            var isManifestGone = !damaged.Snapshots.FileNames.Contains(name) && name.EndsWith(".manifest", StringComparison.Ordinal);

            using var bench = new EngineBench(damaged, 1 + random.Next(3), seed: 5);

            Assert.Equal(older, bench.Engine.Recovered.SnapshotLsn);
            Assert.Equal(isManifestGone ? 0 : 1, bench.Engine.Recovered.PassedOver.Count);
            if (round % 30 == 0)
            {
                ShouldBeDerivedFromItsJournal(damaged);
            }
        }
    }

    [Fact]
    public void Ledger_that_lacks_what_a_snapshot_relies_on_is_derived_from_the_begin()
    {
        var disks = Disks.New();
        using (var bench = new EngineBench(disks, 2))
        {
            bench.PutRules(EngineBench.Rules);
            bench.Feed(3_000);
            bench.Snapshot();
            bench.Settle();
        }

        var without = disks with { Ledger = new SimulatedDisk() };
        using (var bench = new EngineBench(without, 2))
        {
            Assert.Equal(-1, bench.Engine.Recovered.SnapshotLsn);
            Assert.NotEmpty(bench.Engine.Recovered.PassedOver);
        }

        Assert.Equal(disks.LedgerBytes(), without.LedgerBytes());
    }

    [Fact]
    public void Rule_change_gives_up_the_snapshot_under_way_and_the_next_one_holds_it()
    {
        var disks = Disks.New();
        using (var bench = new EngineBench(disks))
        {
            bench.PutRules(EngineBench.Rules);
            bench.Feed(2_000);
            bench.Settle();
            bench.Engine.Snapshots.Want();
            bench.Engine.Snapshots.DoWork();
            bench.PutRules(EngineBench.Rules.Replace("a < 20", "a < 25", StringComparison.Ordinal));
            bench.Settle();
            Assert.Equal(0, bench.Engine.Snapshots.TakenCount);
            Assert.Contains("rules changed", bench.Engine.Snapshots.Problem, StringComparison.Ordinal);
            Assert.DoesNotContain(disks.Snapshots.FileNames, name => name.EndsWith(".manifest", StringComparison.Ordinal));

            bench.Clock.NowMicros += 3_000_000;
            bench.Settle();

            Assert.Equal(1, bench.Engine.Snapshots.TakenCount);
            Assert.Null(bench.Engine.Snapshots.Problem);
            bench.Feed(200);
            bench.Settle();
        }

        using var second = new EngineBench(disks.AfterKill(), 2, seed: 2);
        Assert.Equal(2, second.Engine.Recovered.RuleVersion);
        Assert.True(second.Engine.Recovered.SnapshotLsn > 0);
        ShouldBeDerivedFromItsJournal(second.Disks);
    }

    /// <summary>
    /// Cause: a ledger was written and never synced, and a snapshot counted that relied on it. Symptom: after a power cut
    /// the records before the snapshot were gone for good. So the manifest follows the ledger's sync.
    /// </summary>
    [Fact]
    public void Snapshot_does_not_count_when_the_ledger_cannot_be_synced()
    {
        var disks = Disks.New();
        using var bench = new EngineBench(disks);
        bench.PutRules(EngineBench.Rules);
        bench.Feed(2_000);
        bench.Settle();
        disks.Ledger.Fault = (operation, _) =>
            operation == DiskOperation.Sync ? new DiskError(DiskError.InputOutput) : DiskError.None;

        bench.Engine.Snapshots.Want();
        bench.Settle();

        Assert.True(bench.Engine.Snapshots.IsLedgerLost);
        Assert.Equal(0, bench.Engine.Snapshots.TakenCount);
        Assert.DoesNotContain(disks.Snapshots.FileNames, name => name.EndsWith(".manifest", StringComparison.Ordinal));
    }

    /// <summary>
    /// Cause: a reader took damage in the file that is still written for the end of what is there. Symptom: a snapshot counted
    /// above it, and the next start cut the ledger there and derived nothing of it again; sinks went on without those rows.
    /// </summary>
    [Fact]
    public void Damage_in_the_ledger_file_that_is_written_stops_readers_and_snapshots()
    {
        var disks = Disks.New();
        using (var bench = new EngineBench(disks, change: options => options with { LedgerSegmentBytes = 64 << 20 }))
        {
            bench.PutRules(EngineBench.Rules);
            bench.Feed(1_000);
            bench.Settle();
            disks.Ledger.BytesOf(LedgerSegment.List(disks.Ledger).Single().Name)[500] ^= 1;
            bench.Feed(100);
            bench.Settle();
            using var reader = bench.Engine.NewLedgerReader(0);
            var damages = new List<LedgerDamage>();
            using var lenient = bench.Engine.NewLedgerReader(0, damages.Add);

            var fault = Assert.Throws<LedgerFaultException>(() => ReadAll(reader, bench.Engine.SafeLsn));
            ReadAll(lenient, bench.Engine.SafeLsn);
            ReadAll(lenient, bench.Engine.SafeLsn);
            bench.Engine.Snapshots.Want();
            bench.Settle();

            Assert.Contains("is damaged behind byte", fault.Message, StringComparison.Ordinal);
            Assert.InRange(Assert.Single(damages).OffsetBytes, LedgerSegment.HeaderBytes, 500);
            Assert.Equal(0, bench.Engine.Snapshots.TakenCount);
            Assert.Contains("is damaged behind byte", bench.Engine.Snapshots.Problem, StringComparison.Ordinal);
        }

        using var again = new EngineBench(disks, seed: 3);
        again.Settle();
        ShouldBeDerivedFromItsJournal(disks);
    }

    private static void ReadAll(LedgerReader reader, long lsnMax)
    {
        while (reader.TryRead(lsnMax, out _))
        {
        }
    }

    [Fact]
    public void Full_disk_under_snapshots_holds_nobody_back_and_heals()
    {
        var disks = Disks.New();
        using var bench = new EngineBench(disks);
        bench.PutRules(EngineBench.Rules);
        bench.Feed(2_000);
        disks.Snapshots.CapacityBytes = 5_000;

        bench.Engine.Snapshots.Want();
        bench.Feed(2_000);
        bench.Settle();
        Assert.Equal(0, bench.Engine.Snapshots.TakenCount);
        Assert.NotNull(bench.Engine.Snapshots.Problem);
        Assert.Equal(0, disks.Snapshots.UsedBytes);

        disks.Snapshots.CapacityBytes = long.MaxValue;
        bench.Clock.NowMicros += 3_000_000;
        bench.Settle();
        Assert.Equal(1, bench.Engine.Snapshots.TakenCount);
        Assert.Null(bench.Engine.Snapshots.Problem);
    }

    private static void LiveForAWhile(EngineBench bench, Random random)
    {
        bench.PutRules(EngineBench.Rules.Replace("a < 20", $"a < {20 + random.Next(3)}", StringComparison.Ordinal));
        for (var round = 0; round < 6; round++)
        {
            bench.Feed(random.Next(400));
            if (random.Next(2) == 0)
            {
                bench.Engine.Snapshots.Want();
                bench.Clock.NowMicros += 2_000_000;
            }

            for (var turns = random.Next(30); turns > 0; turns--)
            {
                bench.Turn();
            }
        }
    }

    private static (string FileName, byte[] Record) LastRecord(Disks disks)
    {
        var name = LedgerSegment.List(disks.Ledger)[^1].Name;
        var bytes = disks.Ledger.BytesOf(name).AsSpan(LedgerSegment.HeaderBytes);
        byte[] last = [];
        while (LedgerSegment.TryReadRecord(bytes, out var record))
        {
            last = record.ToArray();
            bytes = bytes[(LedgerSegment.PrefixBytes + record.Length)..];
        }

        return (name, last);
    }

    private static void Damage(SimulatedDisk disk, string name, Random random)
    {
        var bytes = disk.BytesOf(name).ToArray();
        switch (random.Next(4))
        {
            case 0:
                disk.Remove(name);
                break;
            case 1:
                disk.Replace(name, bytes[..random.Next(bytes.Length)]);
                break;
            default:
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                disk.Replace(name, bytes);
                break;
        }
    }

    /// <summary>An engine on these disks, and one that derives everything from the journal alone, leave the same ledger.</summary>
    private static void ShouldBeDerivedFromItsJournal(Disks disks)
    {
        var goesOn = disks.AfterKill();
        var derives = disks.JournalAlone();
        using (var engine = new EngineBench(goesOn, 2, seed: 50))
        using (var reference = new EngineBench(derives, 1, seed: 50))
        {
            Assert.Equal(-1, reference.Engine.Recovered.SnapshotLsn);
            engine.PutRules(EngineBench.Rules);
            reference.PutRules(EngineBench.Rules);
            engine.Feed(1_000);
            reference.Feed(1_000);
            engine.Settle();
            reference.Settle();
        }

        var (came, expected) = (goesOn.LedgerBytes(), derives.LedgerBytes());
        Assert.True(expected.Length > 10_000);
        Assert.True(came.AsSpan().SequenceEqual(expected), "the ledger is not what the journal gives");
    }
}
