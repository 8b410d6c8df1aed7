using System.Text;
using HotPath.Engine.Journal;
using HotPath.Engine.Ring;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Journal;

public sealed class CheckpointTests(ITestOutputHelper output)
{
    private static readonly Checkpoint None = new(ReadOnlyMemory<byte>.Empty, 0);

    [Fact]
    public void A_checkpoint_stands_before_its_slots_and_comes_back_with_its_bytes()
    {
        using var bench = new JournalBench();
        var checkpoints = new Checkpoints();
        using var block = BlockOf(3);

        Assert.Equal(PublishOutcome.Published, checkpoints.TryPublish(bench.Inlet, block, "s/shard-0", Bytes("10"), None));
        bench.Settle();

        Assert.Equal(0, bench.Rejects.ReservedBytes);
        using var reader = bench.Journal.NewReader(0);
        Assert.Equal(JournalRead.Slots, reader.TryRead(3));
        Assert.Equal(SlotKind.Checkpoint, reader.Slots[0].Kind);
        Assert.Equal(0, reader.Slots[0].ValueBits);
        Assert.True(CheckpointRecord.TryRead(reader.AttachmentOf(0), out var record));
        Assert.Equal(("s/shard-0", 3, "10"), (record.Name, record.SlotCount, Text(record.Value)));
        Assert.Equal("10", Text(checkpoints.Current["s/shard-0"].Value));
    }

    [Fact]
    public void Of_a_block_that_the_journal_holds_in_part_exactly_the_rest_is_taken_again()
    {
        var first = new CheckpointRecord("s", 5, Bytes("A"), default, 0).ToBytes();
        var second = new CheckpointRecord("s", 4, Bytes("B"), Bytes("A"), 0).ToBytes();

        Assert.Equal(("", 0), Replayed((first, 10), lastLsn: 10));
        Assert.Equal(("", 3), Replayed((first, 10), lastLsn: 13));
        Assert.Equal(("A", 0), Replayed((first, 10), lastLsn: 15));
        Assert.Equal(("A", 2), Replayed((first, 10), lastLsn: 18, (second, 16)));
        Assert.Equal(("B", 0), Replayed((first, 10), lastLsn: 25, (second, 16)));

        // Killed again while the rest was taken: what both runs took is skipped.
        var rest = new CheckpointRecord("s", 2, Bytes("A"), default, 3).ToBytes();
        Assert.Equal(("", 4), Replayed((first, 10), lastLsn: 21, (rest, 20)));
    }

    [Fact]
    public void A_block_that_finds_no_room_comes_again_with_the_same_checkpoint()
    {
        using var bench = new JournalBench(ringSlots: 8);
        var checkpoints = new Checkpoints();
        using var fill = BlockOf(6);
        using var block = BlockOf(3);
        Assert.Equal(PublishOutcome.Published, checkpoints.TryPublish(bench.Inlet, fill, "s", Bytes("1"), None));

        Assert.Equal(PublishOutcome.Full, checkpoints.TryPublish(bench.Inlet, block, "s", Bytes("2"), new Checkpoint(Bytes("1"), 0)));
        Assert.Equal("1", Text(checkpoints.Current["s"].Value));
        bench.Settle();

        Assert.Equal(PublishOutcome.Published, checkpoints.TryPublishAgain(bench.Inlet, block));
        Assert.Equal("2", Text(checkpoints.Current["s"].Value));
    }

    [Fact]
    public void A_marker_knows_the_positions_before_it_and_no_others()
    {
        using var bench = new JournalBench();
        var checkpoints = new Checkpoints();
        using var before = BlockOf(1);
        using var after = BlockOf(1);
        checkpoints.TryPublish(bench.Inlet, before, "s", Bytes("1"), None);

        Assert.True(checkpoints.TryMark(() => bench.Control.TryPublishSnapshotMarker(7, out _), out var marked));
        checkpoints.TryPublish(bench.Inlet, after, "s", Bytes("2"), new Checkpoint(Bytes("1"), 0));

        Assert.Equal("1", Text(marked["s"].Value));
        Assert.Equal("2", Text(checkpoints.Current["s"].Value));
    }

    [Fact]
    public void What_is_no_checkpoint_is_not_read_as_one()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        var good = new CheckpointRecord("stream/shardId-000000000001", 7, Bytes("493"), Bytes("492"), 2).ToBytes();

        for (var cut = 0; cut < good.Length; cut++)
        {
            Assert.False(CheckpointRecord.TryRead(good.AsSpan(0, cut), out _));
        }

        for (var round = 0; round < 10_000; round++)
        {
            var bytes = (byte[])good.Clone();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (CheckpointRecord.TryRead(bytes, out var read))
            {
                Assert.True(read.SlotCount >= 0 && read.Value.Length + read.Before.Length < bytes.Length);
            }
        }
    }

    private static (string Value, int Skip) Replayed(
        (byte[] Record, long Lsn) first, long lastLsn, (byte[] Record, long Lsn)? second = null)
    {
        var checkpoints = new Checkpoints();
        checkpoints.OnReplayed(first.Record, first.Lsn);
        if (second is { } then)
        {
            checkpoints.OnReplayed(then.Record, then.Lsn);
        }

        checkpoints.EndReplay(lastLsn);
        var checkpoint = checkpoints.Current["s"];
        return (Text(checkpoint.Value), checkpoint.SlotsToSkip);
    }

    private static StagingBlock BlockOf(int readings)
    {
        var block = new StagingBlock(8, 8);
        block.BeginCheckpoint(receivedAtMicros: 5);
        for (var at = 0; at < readings; at++)
        {
            block.Add() = Readings.Make(at);
        }

        return block;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
