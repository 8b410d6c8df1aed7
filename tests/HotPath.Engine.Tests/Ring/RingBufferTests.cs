using HotPath.Engine.Ring;

namespace HotPath.Engine.Tests.Ring;

public sealed class RingBufferTests
{
    [Fact]
    public void Reader_takes_all_that_is_there_up_to_the_wrap_in_place()
    {
        using var ring = new RingBuffer(8, firstLsn: 6, new BusySpinWaitStrategy());
        var reader = ring.NewReader();
        Publish(ring, 5);

        var beforeWrap = reader.Peek(int.MaxValue, out var first);
        Assert.Equal(6, first);
        Assert.Equal([6L, 7L], beforeWrap.ToArray().Select(slot => slot.ValueBits));
        reader.Release(beforeWrap.Length);

        var afterWrap = reader.Peek(int.MaxValue, out var second);
        Assert.Equal(8, second);
        Assert.Equal([8L, 9L, 10L], afterWrap.ToArray().Select(slot => slot.ValueBits));
    }

    [Fact]
    public void Reader_takes_no_more_than_it_asks_for()
    {
        using var ring = new RingBuffer(8, 0, new BusySpinWaitStrategy());
        var reader = ring.NewReader();
        Publish(ring, 5);

        Assert.Equal(2, reader.Peek(2, out _).Length);
        reader.Release(1);

        Assert.Equal(4, reader.Peek(int.MaxValue, out var lsn).Length);
        Assert.Equal(1, lsn);
        Assert.Equal(4, reader.AvailableCount);
        Assert.Equal(0, reader.Position.Value);
    }

    [Fact]
    public void Reader_behind_another_position_sees_nothing_beyond_it()
    {
        using var ring = new RingBuffer(8, 0, new BusySpinWaitStrategy());
        var durable = new Sequence(-1);
        var shard = ring.NewReaderBehind(durable);
        Publish(ring, 5);

        Assert.True(shard.Peek(int.MaxValue, out _).IsEmpty);
        durable.Publish(2);
        Assert.Equal(3, shard.Peek(int.MaxValue, out _).Length);
    }

    [Fact]
    public void Slowest_reader_holds_the_ring()
    {
        using var ring = new RingBuffer(8, 0, new BusySpinWaitStrategy());
        var fast = ring.NewReader();
        var slow = ring.NewReader();
        var watcher = ring.NewReader(gates: false);
        Publish(ring, 8);
        fast.Release(8);
        watcher.Release(0);

        Assert.False(ring.Sequencer.HasRoom(1, 8));
        slow.Release(3);
        Assert.True(ring.Sequencer.HasRoom(3, 8));
        Assert.False(ring.Sequencer.HasRoom(4, 8));
    }

    internal static void Publish(RingBuffer ring, int count)
    {
        for (var index = 0; index < count; index++)
        {
            Assert.Equal(ClaimOutcome.Claimed, ring.Sequencer.TryClaim(1, ring.SlotCount, out var lsn));
            ring.SlotsFrom(lsn, 1)[0] = new Slot { Kind = SlotKind.Reading, ValueBits = lsn };
            ring.Publish(lsn, lsn);
        }
    }
}
