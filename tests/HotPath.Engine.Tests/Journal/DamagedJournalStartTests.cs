using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Tests.Snapshots;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Journal;

/// <summary>A start behind a journal of which a part cannot be read: journal.onCorruption halt and continue.</summary>
public sealed class DamagedJournalStartTests(ITestOutputHelper output)
{
    [Fact]
    public void Damage_halts_a_start_with_its_place()
    {
        var disks = DamagedInTheMiddle(new Random(1));

        var fault = Assert.Throws<JournalDamagedException>(() => new EngineBench(disks, 2, seed: 2));

        Assert.Matches(@"damaged from LSN \d+ to \d+", fault.Message);
        Assert.Contains("journal.onCorruption: continue", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Cause: the journal counted as beginning with its first segment that can be opened. Symptom: without the one before it a
    /// start under onCorruption: halt derived states from what was left, without a word.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void First_segment_that_is_lost_halts_a_start(bool isGone)
    {
        var disks = Disks.New();
        using (var bench = new EngineBench(disks, 2))
        {
            bench.PutRules(EngineBench.Rules);
            bench.Feed(6_000);
            bench.Settle();
        }

        if (isGone)
        {
            disks.Journal.Remove(JournalSegments.NameOf(1));
        }
        else
        {
            disks.Journal.BytesOf(JournalSegments.NameOf(1)).AsSpan(0, SegmentHeader.AreaBytes).Fill(0xEE);
        }

        var fault = Assert.Throws<JournalDamagedException>(() => new EngineBench(disks, 2, seed: 2));

        Assert.Contains("damaged from LSN 0 to", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Cause: what was derived behind the damage was compared with a ledger that was derived before it. Symptom: with
    /// onCorruption: continue the service did not start either, and said that the ledger should be removed.
    /// </summary>
    [Fact]
    public void Start_goes_on_without_what_is_damaged_when_it_is_told_to()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var round = 0; round < 20; round++)
        {
            var disks = DamagedInTheMiddle(random);
            var announced = disks.LedgerBytes();

            using var bench = new EngineBench(disks, 2, options => options with { HaltsOnJournalDamage = false }, seed: 2);
            bench.Feed(3_000);
            bench.Settle();

            Assert.NotEmpty(bench.Engine.Recovered.Damages);
            Assert.Equal(announced, disks.LedgerBytes()[..announced.Length]);
            Assert.True(disks.LedgerBytes().Length > announced.Length);
            ShouldStandInOrder(disks, bench.Engine);
        }
    }

    private static void ShouldStandInOrder(Disks disks, HotPathEngine engine)
    {
        using var reader = engine.NewLedgerReader(0);
        var last = (Lsn: -1L, Equipment: -1, Ordinal: -1);
        var bytes = 0L;
        while (reader.TryRead(engine.SafeLsn, out var record))
        {
            ref readonly var head = ref LedgerSegment.HeadOf(record);
            var next = (head.Lsn, head.EquipmentIndex, head.Ordinal);
            Assert.True(next.CompareTo(last) > 0, $"{next} stands behind {last}");
            last = next;
            bytes += LedgerSegment.PrefixBytes + record.Length;
        }

        var headerBytes = LedgerSegment.List(disks.Ledger).Count * LedgerSegment.HeaderBytes;
        Assert.Equal(disks.LedgerBytes().Length, bytes + headerBytes);
    }

    private static Disks DamagedInTheMiddle(Random random)
    {
        var disks = Disks.New();
        using (var bench = new EngineBench(disks, 2))
        {
            bench.PutRules(EngineBench.Rules);
            bench.Feed(6_000);
            bench.Settle();
        }

        var segments = disks.Journal.FileNames.Where(name => JournalSegments.TryParseName(name, out _)).Order().ToArray();
        var name = segments[1 + random.Next(segments.Length - 3)];

        // In the first frame's header, behind its checksum: between frames a byte may mean nothing.
        disks.Journal.BytesOf(name)[SegmentHeader.AreaBytes + random.Next(8, FrameHeader.SizeBytes)] ^= 0x40;
        return disks;
    }
}
