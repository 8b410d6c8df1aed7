using HotPath.Engine.Agents;
using HotPath.Engine.Journal;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.TestKit;

namespace HotPath.Engine.Tests.Journal;

/// <summary>After warm-up neither ring nor journal allocates, on a real disk.</summary>
public sealed class JournalAllocationTests : IDisposable
{
    private const int SlotCount = 500;
    private const int Rounds = 200;

    private readonly TemporaryDirectory _directory = new();
    private readonly JournalBench _bench;
    private readonly StagingBlock _block = new(SlotCount, SlotCount);
    private readonly byte[] _raw = new byte[100];

    public JournalAllocationTests()
    {
        _bench = new JournalBench(new LibcDisk(_directory.Path), segmentBytes: 4 * 1024 * 1024, ringSlots: 4096);
    }

    [Fact]
    public void Publishing_a_block_allocates_nothing()
    {
        Stage(withRejects: true);

        ShouldAllocateNothing(() => _bench.Inlet.TryPublish(_block, out _), afterEach: () => _bench.Settle());
    }

    [Fact]
    public void Turn_of_the_journal_allocates_nothing()
    {
        ShouldAllocateNothing(
            () => _bench.Writer.DoWork(),
            beforeEach: () =>
            {
                Stage(withRejects: true);
                _bench.Inlet.TryPublish(_block, out _);
            },
            afterEach: () => _bench.Journal.Preparer.DoWork());
        Assert.Equal(_bench.Ring.Sequencer.NextLsn - 1, _bench.Writer.Durable.DurableLsn);
    }

    [Fact]
    public void Turn_with_nothing_to_do_allocates_nothing()
    {
        var tick = new TickAgent(_bench.Ring, _bench.Clock, 100);

        ShouldAllocateNothing(() =>
        {
            _bench.Writer.DoWork();
            _bench.Journal.Preparer.DoWork();
            tick.DoWork();
        });
    }

    [Fact]
    public void Tick_allocates_nothing()
    {
        var tick = new TickAgent(_bench.Ring, _bench.Clock, 100);

        ShouldAllocateNothing(
            () => tick.DoWork(),
            beforeEach: () => _bench.Clock.NowMicros += 100_000,
            afterEach: () => _bench.Settle());
    }

    [Fact]
    public void Reading_frames_back_allocates_nothing()
    {
        for (var round = 0; round < Rounds; round++)
        {
            Stage(withRejects: true);
            _bench.Inlet.TryPublish(_block, out _);
            _bench.Settle();
        }

        // One reader over everything: opening a segment costs something, frames do not.
        using var reader = _bench.Journal.NewReader(0);
        reader.TryRead(0);
        var lsn = 0L;
        ShouldAllocateNothing(() =>
        {
            lsn += 100;
            while (reader.TryRead(lsn) == JournalRead.Slots)
            {
                reader.AttachmentOf(reader.LastLsn);
            }
        });
        Assert.Equal(lsn + 1, reader.NextLsn);
    }

    [Fact]
    public void Parking_and_waking_allocates_nothing()
    {
        using var strategy = new ParkingWaitStrategy(parkMicrosMax: 1);
        var agent = new NothingToDo();

        ShouldAllocateNothing(() =>
        {
            strategy.Idle(agent, idleTurns: 1_000);
            strategy.SignalAll();
        });
    }

    public void Dispose()
    {
        _block.Dispose();
        _bench.Dispose();
        _directory.Dispose();
    }

    private static void ShouldAllocateNothing(Action act, Action? beforeEach = null, Action? afterEach = null)
    {
        // Compiled code is replaced by better code while it runs, which may allocate once more: measured until settled.
        var allocated = long.MaxValue;
        for (var attempt = 0; attempt < 20 && allocated != 0; attempt++)
        {
            allocated = 0;
            for (var round = 0; round < Rounds; round++)
            {
                beforeEach?.Invoke();
                var before = GC.GetAllocatedBytesForCurrentThread();
                act();
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                afterEach?.Invoke();
            }
        }

        Assert.Equal(0, allocated);
    }

    private void Stage(bool withRejects)
    {
        _block.Clear();
        for (var index = 0; index < SlotCount - 1; index++)
        {
            _block.Add() = Readings.Make(_bench.Ring.Sequencer.NextLsn + index);
        }

        if (withRejects)
        {
            _block.AddRejected(_raw, RejectReason.Malformed, 0, 0, 0);
        }
    }

    private sealed class NothingToDo : IAgent
    {
        public string Name => "nothing";

        public int DoWork() => 0;
    }
}
