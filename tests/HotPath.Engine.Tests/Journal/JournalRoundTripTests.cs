using System.Runtime.InteropServices;
using HotPath.Engine.Journal;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Tests.Journal;

public sealed class JournalRoundTripTests
{
    [Fact]
    public void What_is_published_is_read_back_bit_for_bit()
    {
        using var bench = new JournalBench();

        PublishAndWrite(bench, 3_000);

        Assert.Equal(2_999, bench.Writer.Durable.DurableLsn);
        ShouldHold(bench.Journal, 0, 2_999);
    }

    [Fact]
    public void Journal_goes_on_over_many_segments()
    {
        using var bench = new JournalBench(segmentBytes: 16 * 1024);

        PublishAndWrite(bench, 20_000);

        Assert.True(bench.Journal.Segments.Count > 5);
        ShouldHold(bench.Journal, 0, 19_999);
    }

    [Fact]
    public void Reader_stops_exactly_at_the_lsn_asked_for_and_goes_on_there()
    {
        using var bench = new JournalBench();
        PublishAndWrite(bench, 100);
        using var reader = bench.Journal.NewReader(10);

        Assert.Equal(JournalRead.Slots, reader.TryRead(19));
        Assert.Equal((10, 19, 10), (reader.FirstLsn, reader.LastLsn, reader.Slots.Length));
        Assert.Equal(JournalRead.End, reader.TryRead(19));
        Assert.Equal(JournalRead.Slots, reader.TryRead(20));
        Assert.Equal(20, reader.FirstLsn);
        Assert.Equal(Readings.Make(20).EventTimeMicros, reader.Slots[0].EventTimeMicros);
    }

    [Fact]
    public void Recovered_journal_goes_on_behind_its_end()
    {
        using var first = new JournalBench();
        PublishAndWrite(first, 500);

        using var second = new JournalBench(first.SimulatedDisk.Copy());

        Assert.Equal(499, second.Journal.Recovery.LastLsn);
        Assert.Equal(first.Journal.Recovery.Instance, second.Journal.Recovery.Instance);
        Assert.True(second.Journal.Recovery.HasMarkAtEnd);
        Assert.Equal(0, second.Journal.Recovery.TornBytes);
        Assert.Empty(second.Journal.Recovery.Damages);
        PublishAndWrite(second, 500);
        ShouldHold(second.Journal, 0, 999);
    }

    [Fact]
    public void Gap_after_a_restart_is_read_as_a_gap()
    {
        using var first = new JournalBench();
        PublishAndWrite(first, 100);
        using var second = new JournalBench(first.SimulatedDisk.Copy(), firstLsn: 5_000);
        PublishAndWrite(second, 10);
        using var reader = second.Journal.NewReader(0);

        Assert.Equal(JournalRead.Slots, reader.TryRead(5_009));
        Assert.Equal(99, reader.LastLsn);
        Assert.Equal(JournalRead.Gap, reader.TryRead(5_009));
        Assert.Equal((100, 4_999), (reader.FirstLsn, reader.LastLsn));
        Assert.Equal(JournalRead.Slots, reader.TryRead(5_009));
        Assert.Equal(5_009, reader.LastLsn);
        Assert.Equal(JournalRead.End, reader.TryRead(5_009));
    }

    /// <summary>
    /// Cause: what lay before the first segment counted as lost, although that segment says what came before it. Symptom: a
    /// reader from LSN 0 of a new journal behind older tables reported damage where nothing had ever been.
    /// </summary>
    [Fact]
    public void What_was_never_given_before_the_first_segment_is_a_gap()
    {
        using var bench = new JournalBench(firstLsn: 10);
        bench.Publish(5);
        bench.Settle();
        using var reader = bench.Journal.NewReader(0);

        Assert.Equal(JournalRead.Gap, reader.TryRead(14));
        Assert.Equal((0, 9), (reader.FirstLsn, reader.LastLsn));
        Assert.Equal(JournalRead.Slots, reader.TryRead(14));
        Assert.Equal((10, 14), (reader.FirstLsn, reader.LastLsn));
    }

    [Fact]
    public void Rejected_bytes_and_rule_documents_come_back_with_their_slots()
    {
        using var bench = new JournalBench();
        bench.Documents.ByVersion[7] = "rules: []"u8.ToArray();
        using var block = new StagingBlock(4, 4);
        block.Add() = Readings.Make(0);
        block.AddRejected([1, 2, 3], RejectReason.Malformed, sourceIndex: 2, listener: 1, receivedAtMicros: 5);

        Assert.Equal(PublishOutcome.Published, bench.Inlet.TryPublish(block, out _));
        Assert.True(bench.Control.TryPublishRules(9, ruleVersion: 7, out _));
        Assert.NotEqual(0, bench.Rejects.ReservedBytes);
        bench.Settle();

        Assert.Equal(0, bench.Rejects.ReservedBytes);
        using var reader = bench.Journal.NewReader(0);
        Assert.Equal(JournalRead.Slots, reader.TryRead(2));
        Assert.True(reader.AttachmentOf(0).IsEmpty);
        Assert.Equal([1, 2, 3], reader.AttachmentOf(1).ToArray());
        Assert.Equal("rules: []"u8.ToArray(), reader.AttachmentOf(2).ToArray());
        Assert.Equal(0, reader.Slots[1].ValueBits);
        Assert.Equal(RejectReason.Malformed, reader.Slots[1].RejectReason);
        Assert.Equal(7, reader.Slots[2].ValueBits);
    }

    [Fact]
    public void Rule_document_larger_than_a_segment_makes_its_segment_longer()
    {
        var document = new byte[200_000];
        new Random(1).NextBytes(document);
        using var bench = new JournalBench(segmentBytes: 16 * 1024);
        bench.Documents.ByVersion[1] = document;
        PublishAndWrite(bench, 300);

        Assert.True(bench.Control.TryPublishRules(9, ruleVersion: 1, out var lsn));
        bench.Settle();

        using var second = new JournalBench(bench.SimulatedDisk.Copy(), segmentBytes: 16 * 1024);
        using var reader = second.Journal.NewReader(lsn);
        Assert.Equal(JournalRead.Slots, reader.TryRead(lsn));
        Assert.Equal(document, reader.AttachmentOf(lsn).ToArray());
        ShouldHold(second.Journal, 0, lsn - 1);
    }

    [Fact]
    public void Many_large_rejected_records_are_spread_over_frames()
    {
        using var bench = new JournalBench();
        var raw = new byte[EngineLimits.RejectedRecordBytesMax];
        using var block = new StagingBlock(40, 40);
        for (var index = 0; index < 40; index++)
        {
            raw[0] = (byte)index;
            block.AddRejected(raw, RejectReason.TooLarge, 0, 0, 0);
        }

        Assert.Equal(PublishOutcome.Published, bench.Inlet.TryPublish(block, out _));
        bench.Settle();

        Assert.True(bench.Writer.Counters.Frames > 2);
        using var reader = bench.Journal.NewReader(0);
        while (reader.TryRead(39) == JournalRead.Slots)
        {
            for (var lsn = reader.FirstLsn; lsn <= reader.LastLsn; lsn++)
            {
                Assert.Equal((byte)lsn, reader.AttachmentOf(lsn)[0]);
                Assert.Equal(raw.Length, reader.AttachmentOf(lsn).Length);
            }
        }

        Assert.Equal(40, reader.NextLsn);
    }

    [Fact]
    public void Names_are_there_again_with_their_indexes_after_a_restart()
    {
        using var first = new JournalBench();
        first.Names.Equipment.TryIntern("press-1"u8, 1, out _);
        first.Names.Equipment.TryIntern("press-2"u8, 2, out _);
        first.Names.Tags.TryIntern("Drehzahl"u8, 3, out _);
        PublishAndWrite(first, 1);
        first.Names.Equipment.TryIntern("press-3"u8, 4, out _);
        PublishAndWrite(first, 1);

        using var second = new JournalBench(first.SimulatedDisk.Copy());

        Assert.Equal(["press-1", "press-2", "press-3"], Enumerable.Range(0, 3).Select(second.Names.Equipment.Text));
        Assert.Equal("Drehzahl", second.Names.Tags.Text(0));
        Assert.Equal(4, second.Names.Equipment.FirstSeenMicros(2));
    }

    internal static void PublishAndWrite(JournalBench bench, int count)
    {
        for (var left = count; left > 0; left -= 100)
        {
            bench.Publish(Math.Min(left, 100));
            bench.Settle();
        }
    }

    internal static void ShouldHold(Engine.Journal.Journal journal, long firstLsn, long lastLsn)
    {
        using var reader = journal.NewReader(firstLsn);
        var expectedLsn = firstLsn;
        JournalRead outcome;
        while ((outcome = reader.TryRead(lastLsn)) == JournalRead.Slots)
        {
            Assert.Equal(expectedLsn, reader.FirstLsn);
            foreach (ref readonly var slot in reader.Slots)
            {
                var expected = Readings.Make(expectedLsn++);
                Assert.True(Bytes(in expected).SequenceEqual(Bytes(in slot)), $"LSN {expectedLsn - 1}");
            }
        }

        Assert.Equal(JournalRead.End, outcome);
        Assert.Equal(lastLsn + 1, expectedLsn);
    }

    private static ReadOnlySpan<byte> Bytes(in Slot slot) => MemoryMarshal.AsBytes(new ReadOnlySpan<Slot>(in slot));
}
