using HotPath.Engine.Ring;
using HotPath.Engine.Tests.Journal;

namespace HotPath.Engine.Tests.Ring;

public sealed class InletTests : IDisposable
{
    private readonly RingBuffer _ring = new(16, 0, new BusySpinWaitStrategy());
    private readonly RejectsBuffer _rejects = new(bytesMax: 100);
    private readonly StagingBlock _block = new(4, 64);
    private readonly RingReader _reader;

    public InletTests()
    {
        _reader = _ring.NewReader();
    }

    [Fact]
    public void Block_goes_in_whole_under_consecutive_lsns()
    {
        var inlet = new Inlet(_ring, _rejects, 16);
        Stage(3);

        Assert.Equal(PublishOutcome.Published, inlet.TryPublish(_block, out var first));
        Assert.Equal(PublishOutcome.Published, inlet.TryPublish(_block, out var second));

        Assert.Equal((0, 3), (first, second));
        Assert.Equal([0L, 1L, 2L, 0L, 1L, 2L], _reader.Peek(16, out _).ToArray().Select(slot => slot.ValueBits));
    }

    [Fact]
    public void Block_over_the_wrap_goes_in_whole()
    {
        var inlet = new Inlet(_ring, _rejects, 16);
        Stage(12);
        inlet.TryPublish(_block, out _);
        _reader.Release(12);

        Assert.Equal(PublishOutcome.Published, inlet.TryPublish(_block, out var lsn));

        Assert.Equal(12, lsn);
        Assert.Equal([0L, 1L, 2L, 3L], _reader.Peek(16, out _).ToArray().Select(slot => slot.ValueBits));
        _reader.Release(4);
        Assert.Equal(8, _reader.Peek(16, out _).Length);
    }

    [Fact]
    public void Full_ring_takes_nothing_of_a_block()
    {
        var inlet = new Inlet(_ring, _rejects, 16);
        Stage(10);
        inlet.TryPublish(_block, out _);

        Assert.Equal(PublishOutcome.Full, inlet.TryPublish(_block, out _));

        Assert.Equal(10, _reader.Peek(16, out _).Length);
        Assert.Equal(10, _ring.Sequencer.NextLsn);
    }

    [Fact]
    public void Udp_inlet_leaves_half_of_the_ring_to_others()
    {
        var udp = new Inlet(_ring, _rejects, 8);
        var kinesis = new Inlet(_ring, _rejects, 16);
        Stage(5);
        Assert.Equal(PublishOutcome.Published, udp.TryPublish(_block, out _));

        Assert.Equal(PublishOutcome.Full, udp.TryPublish(_block, out _));
        Assert.Equal(PublishOutcome.Published, kinesis.TryPublish(_block, out _));
    }

    [Fact]
    public void Block_that_could_never_fit_is_told_so()
    {
        var inlet = new Inlet(_ring, _rejects, 8);
        Stage(9);

        Assert.Equal(PublishOutcome.TooLarge, inlet.TryPublish(_block, out _));
    }

    [Fact]
    public void Closed_intake_takes_nothing()
    {
        var inlet = new Inlet(_ring, _rejects, 16);
        Stage(1);
        _ring.Sequencer.CloseIntake();

        Assert.Equal(PublishOutcome.Closed, inlet.TryPublish(_block, out _));
        Assert.True(new ControlInlet(_ring).TryPublishSnapshotMarker(5, out var lsn));
        Assert.Equal(0, lsn);
    }

    [Fact]
    public void Raw_bytes_of_rejected_records_travel_beside_the_ring()
    {
        var inlet = new Inlet(_ring, _rejects, 16);
        Stage(1);
        Reject([7, 8, 9]);

        Assert.Equal(PublishOutcome.Published, inlet.TryPublish(_block, out _));

        var handle = _reader.Peek(16, out _)[1].ValueBits;
        Assert.Equal([7, 8, 9], RejectsBuffer.Read(handle).ToArray());
        Assert.NotEqual(0, _rejects.ReservedBytes);
        _rejects.Release(handle);
        Assert.Equal(0, _rejects.ReservedBytes);
    }

    [Fact]
    public void Full_rejects_buffer_takes_nothing_of_a_block()
    {
        var inlet = new Inlet(_ring, _rejects, 16);
        Reject(new byte[60]);
        Assert.Equal(PublishOutcome.Published, inlet.TryPublish(_block, out _));

        Assert.Equal(PublishOutcome.Full, inlet.TryPublish(_block, out _));

        Assert.Equal(1, _ring.Sequencer.NextLsn);
        Assert.Equal(64, _rejects.ReservedBytes);
        _rejects.Release(_reader.Peek(1, out _)[0].ValueBits);
    }

    [Fact]
    public void Refused_block_gives_its_share_of_the_rejects_buffer_back()
    {
        var inlet = new Inlet(_ring, _rejects, 16);
        Stage(15);
        inlet.TryPublish(_block, out _);
        _block.Clear();
        Reject([1]);
        Reject([2]);

        Assert.Equal(PublishOutcome.Full, inlet.TryPublish(_block, out _));

        Assert.Equal(0, _rejects.ReservedBytes);
    }

    [Fact]
    public void More_raw_bytes_than_the_buffer_ever_holds_are_too_large()
    {
        var inlet = new Inlet(_ring, _rejects, 16);
        Reject(new byte[60]);
        Reject(new byte[60]);

        Assert.Equal(PublishOutcome.TooLarge, inlet.TryPublish(_block, out _));
    }

    [Fact]
    public void Tick_comes_after_the_interval_without_a_slot_and_not_before()
    {
        var clock = new ManualClock();
        var tick = new TickAgent(_ring, clock, tickIntervalMs: 100);
        var inlet = new Inlet(_ring, _rejects, 16);
        Stage(1);

        clock.NowMicros += 99_999;
        Assert.Equal(0, tick.DoWork());
        inlet.TryPublish(_block, out _);
        clock.NowMicros += 1;
        Assert.Equal(0, tick.DoWork());
        clock.NowMicros += 99_999;
        Assert.Equal(0, tick.DoWork());
        clock.NowMicros += 1;
        Assert.Equal(1, tick.DoWork());

        var slot = _reader.Peek(16, out _)[1];
        Assert.Equal((SlotKind.Tick, clock.NowMicros), (slot.Kind, slot.ReceivedAtMicros));
    }

    [Fact]
    public void Ticks_follow_each_other_at_the_interval_in_silence()
    {
        var clock = new ManualClock();
        var tick = new TickAgent(_ring, clock, tickIntervalMs: 100);
        var ticks = 0;
        for (var step = 0; step < 100; step++)
        {
            clock.NowMicros += 10_000;
            ticks += tick.DoWork();
        }

        Assert.Equal(10, ticks);
    }

    public void Dispose()
    {
        _block.Dispose();
        _ring.Dispose();
    }

    private void Stage(int count)
    {
        for (var index = 0; index < count; index++)
        {
            _block.Add() = new Slot { Kind = SlotKind.Reading, ValueBits = index };
        }
    }

    private void Reject(byte[] raw) => _block.AddRejected(raw, RejectReason.Malformed, 0, 0, 0);
}
