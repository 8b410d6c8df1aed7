using System.Buffers.Binary;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.TestKit;
using HotPath.TestKit.Disk;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Journal;

/// <summary>Every slot that a damaged journal gives is right, and every slot that it does not give is reported.</summary>
public sealed class JournalDamageTests(ITestOutputHelper output)
{
    private const int FrameCount = 12;
    private const int SlotsPerFrame = 20;
    private const long LastLsn = (FrameCount * SlotsPerFrame) - 1;

    [Fact]
    public void Tail_lost_at_any_byte_leaves_all_frames_before_it()
    {
        var disk = NewJournal(out var segment, out var frameEnds);
        var whole = (byte[])disk.BytesOf(segment).Clone();
        for (var cutAt = SegmentHeader.AreaBytes; cutAt < frameEnds[^1]; cutAt++)
        {
            var cut = (byte[])whole.Clone();
            cut.AsSpan(cutAt).Clear();
            disk.Replace(segment, cut);

            var wholeFrames = frameEnds.Count(end => end <= cutAt);
            var found = Look(disk);

            // A frame whose last bytes were zero anyway is whole without them.
            Assert.True(found.Recovery.LastLsn + 1 >= wholeFrames * SlotsPerFrame, $"cut at {cutAt}");
            Assert.Equal(found.Recovery.LastLsn + 1, found.SlotCount);
            Assert.Empty(found.Recovery.Damages);
            Assert.Equal(0, found.DamagedCount);
        }
    }

    [Fact]
    public void Any_garbled_byte_costs_its_own_frame_and_is_reported_by_lsn()
    {
        var disk = NewJournal(out var segment, out var frameEnds);
        var whole = (byte[])disk.BytesOf(segment).Clone();
        var random = NewRandom();
        for (var at = SegmentHeader.AreaBytes; at < frameEnds[^1]; at++)
        {
            var garbled = (byte[])whole.Clone();
            garbled[at] ^= (byte)random.Next(1, 256);
            disk.Replace(segment, garbled);
            var frame = frameEnds.Count(end => end <= at);

            var found = Look(disk);

            Assert.Equal(LastLsn, found.Recovery.LastLsn);
            Assert.Equal(LastLsn + 1, found.SlotCount + found.DamagedCount);
            if (found.DamagedCount > 0)
            {
                Assert.Equal((frame * SlotsPerFrame, ((frame + 1) * SlotsPerFrame) - 1), found.DamagedRange);
                var damage = Assert.Single(found.Recovery.Damages);
                Assert.Equal(found.DamagedRange, (damage.FirstLsn, damage.LastLsn));
            }
        }
    }

    [Fact]
    public void Any_flipped_bit_of_any_file_is_harmless_or_reported()
    {
        var disk = NewJournal(out _, out _);
        var random = NewRandom();
        var reported = 0;
        for (var round = 0; round < 4_000; round++)
        {
            var names = disk.FileNames.Where(name => !name.EndsWith(".spare", StringComparison.Ordinal)).ToArray();
            var name = names[random.Next(names.Length)];
            var whole = disk.BytesOf(name);
            var flipped = (byte[])whole.Clone();

            // Half of the flips go to the first bytes, where headers are.
            var at = random.Next(random.Next(2) == 0 ? Math.Min(8_192, whole.Length) : whole.Length);
            flipped[at] ^= (byte)(1 << random.Next(8));
            disk.Replace(name, flipped);
            try
            {
                var found = Look(disk);
                Assert.Equal(LastLsn + 1, found.SlotCount + found.DamagedCount);
                reported += found.DamagedCount > 0 ? 1 : 0;
            }
            catch (DiskFaultException fault)
            {
                Assert.Contains("names file", fault.Message, StringComparison.Ordinal);
                reported++;
            }

            disk.Replace(name, whole);
        }

        Assert.True(reported > 100, $"{reported} reported");
    }

    [Fact]
    public void Lost_header_of_a_middle_segment_loses_that_segment_and_says_so()
    {
        using var bench = new JournalBench(segmentBytes: 16 * 1024);
        JournalRoundTripTests.PublishAndWrite(bench, 5_000);
        var disk = bench.SimulatedDisk.Copy();
        var middle = bench.Journal.Segments.ToArray()[1];
        var next = bench.Journal.Segments.ToArray()[2];
        disk.BytesOf(JournalSegments.NameOf(middle.Number)).AsSpan(0, SegmentHeader.AreaBytes).Fill(0xEE);

        var found = Look(disk, 4_999);

        Assert.Equal((middle.FirstLsn, next.FirstLsn - 1), found.DamagedRange);
        Assert.Contains(found.Recovery.Damages, damage => damage.FirstLsn == middle.FirstLsn && damage.LastLsn == next.PreviousLsn);
        Assert.Equal(5_000, found.SlotCount + found.DamagedCount);
    }

    [Fact]
    public void Lost_header_of_the_last_segment_never_gives_its_lsns_again()
    {
        using var bench = new JournalBench(segmentBytes: 16 * 1024);
        JournalRoundTripTests.PublishAndWrite(bench, 5_000);
        var disk = bench.SimulatedDisk.Copy();
        var last = bench.Journal.Segments.ToArray()[^1];
        disk.BytesOf(JournalSegments.NameOf(last.Number)).AsSpan(0, SegmentHeader.AreaBytes).Fill(0xEE);

        using var journal = Engine.Journal.Journal.Open(disk, new NameTables(), bench.Options, bench.Clock);

        Assert.True(journal.Recovery.LastLsn > 5_000);
        Assert.Contains(journal.Recovery.Damages, damage => damage.FirstLsn == last.FirstLsn);
    }

    /// <summary>
    /// Cause: without any whole header a journal counted as one that never held anything. Symptom: a start under
    /// onCorruption: halt went on at LSN 0, and what the only segment held was gone without a word.
    /// </summary>
    [Fact]
    public void Lost_header_of_the_only_segment_is_damage_and_no_new_journal()
    {
        using var bench = new JournalBench();
        JournalRoundTripTests.PublishAndWrite(bench, 100);
        var disk = bench.SimulatedDisk.Copy();
        disk.BytesOf(JournalSegments.NameOf(1)).AsSpan(0, SegmentHeader.AreaBytes).Fill(0xEE);

        using var journal = Engine.Journal.Journal.Open(disk, new NameTables(), bench.Options, bench.Clock);
        using var reader = journal.NewReader(journal.Recovery.FirstLsn);

        Assert.True(journal.Recovery.LastLsn > 100);
        Assert.Equal(JournalRead.Damaged, reader.TryRead(journal.Recovery.LastLsn));
        Assert.Equal((0, journal.Recovery.LastLsn), (reader.FirstLsn, reader.LastLsn));
    }

    /// <summary>Cause: another format counted as damage. Symptom: an older version set a newer one's journal aside.</summary>
    [Fact]
    public void Segments_and_names_of_another_version_are_refused_as_such()
    {
        var segments = NewJournal(out var segment, out _);
        var header = segments.BytesOf(segment).AsSpan(0, SegmentHeader.SizeBytes);
        header[8] = 9;
        var crc = Crc32C.Append(Crc32C.Append(uint.MaxValue, header[..12]), header[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], ~crc);
        header.CopyTo(segments.BytesOf(segment).AsSpan(SegmentHeader.SecondCopyAt));
        var names = NewJournal(out _, out _);
        names.BytesOf(NamesFile.FileName)[8] = 9;

        Assert.Contains("is of format 9", Assert.Throws<DiskFaultException>(() => Look(segments)).Message, StringComparison.Ordinal);
        Assert.Contains("is of format 9", Assert.Throws<DiskFaultException>(() => Look(names)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_segment_is_read_as_damage_with_its_exact_range()
    {
        using var bench = new JournalBench(segmentBytes: 16 * 1024);
        JournalRoundTripTests.PublishAndWrite(bench, 5_000);
        var disk = bench.SimulatedDisk.Copy();
        var entries = bench.Journal.Segments.ToArray();
        disk.Remove(JournalSegments.NameOf(entries[1].Number));

        var found = Look(disk, 4_999);

        Assert.Equal((entries[1].FirstLsn, entries[2].FirstLsn - 1), found.DamagedRange);
        Assert.Equal(5_000, found.SlotCount + found.DamagedCount);
    }

    [Fact]
    public void Names_that_frames_need_are_not_cut_as_a_torn_end()
    {
        var disk = NewJournal(out _, out _);
        var names = disk.BytesOf(NamesFile.FileName);
        names[^9] ^= 1;

        var fault = Assert.Throws<DiskFaultException>(() => Look(disk));

        Assert.Contains("damaged", fault.Message, StringComparison.Ordinal);
        Assert.Equal(names.Length, disk.BytesOf(NamesFile.FileName).Length);
    }

    [Fact]
    public void Segment_of_another_journal_is_refused()
    {
        var disk = NewJournal(out var segment, out _);
        var other = NewJournal(out _, out _);
        disk.Replace(segment, other.BytesOf(segment));

        var fault = Assert.Throws<DiskFaultException>(() => Look(disk));

        Assert.Contains("another journal", fault.Message, StringComparison.Ordinal);
    }

    private static Found Look(SimulatedDisk disk, long lastLsn = LastLsn)
    {
        var options = new EngineOptions { DataDirectory = "unused", JournalSegmentBytes = 64 * 1024 };
        using var journal = Engine.Journal.Journal.Open(disk.Copy(), new NameTables(), options, new ManualClock());
        using var reader = journal.NewReader(0);
        var found = new Found(journal.Recovery);
        while (true)
        {
            switch (reader.TryRead(Math.Min(lastLsn, journal.Recovery.LastLsn)))
            {
                case JournalRead.End:
                    return found;
                case JournalRead.Slots:
                    found.SlotCount += reader.Slots.Length;
                    ShouldBeRight(reader.Slots, reader.FirstLsn);
                    break;
                case JournalRead.Damaged:
                    found.DamagedCount += reader.LastLsn - reader.FirstLsn + 1;
                    found.DamagedRange = (reader.FirstLsn, reader.LastLsn);
                    break;
                default:
                    Assert.Fail($"gap from {reader.FirstLsn}");
                    break;
            }
        }
    }

    private static void ShouldBeRight(ReadOnlySpan<Slot> slots, long firstLsn)
    {
        for (var index = 0; index < slots.Length; index++)
        {
            var expected = Readings.Make(firstLsn + index);
            Assert.Equal(expected.EventTimeMicros, slots[index].EventTimeMicros);
            Assert.Equal(expected.ValueBits, slots[index].ValueBits);
            Assert.Equal(expected.EquipmentIndex, slots[index].EquipmentIndex);
        }
    }

    /// <summary>One segment of twelve frames and a mark behind them.</summary>
    private static SimulatedDisk NewJournal(out string segment, out List<int> frameEnds)
    {
        using var bench = new JournalBench();
        frameEnds = [];
        for (var frame = 0; frame < FrameCount; frame++)
        {
            bench.Names.Tags.TryIntern([(byte)('a' + frame)], 1, out _);
            bench.Publish(SlotsPerFrame);
            bench.Writer.DoWork();
            frameEnds.Add(SegmentHeader.AreaBytes + (int)bench.Writer.Counters.FrameBytes);
        }

        bench.Settle();
        segment = JournalSegments.NameOf(bench.Journal.Segments.ToArray()[0].Number);
        return bench.SimulatedDisk.Copy();
    }

    private Random NewRandom()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        return new Random(seed);
    }

    private sealed record Found(JournalRecovery Recovery)
    {
        public long SlotCount { get; set; }

        public long DamagedCount { get; set; }

        public (long First, long Last) DamagedRange { get; set; }
    }
}
