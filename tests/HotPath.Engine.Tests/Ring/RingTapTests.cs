using HotPath.Engine.Ring;

namespace HotPath.Engine.Tests.Ring;

public sealed class RingTapTests
{
    private const int SlotCount = 1024;

    [Fact]
    public void Sees_what_is_published_in_its_order_and_nothing_from_before()
    {
        using var line = new Line();
        line.Publish(10);
        var tap = line.NewTap();
        line.Publish(300);

        Assert.Equal(Enumerable.Range(10, 300), line.Take(tap, 64));
        Assert.Equal(0, tap.MissedCount);
        Assert.Empty(line.Take(tap, 64));
    }

    [Fact]
    public void Holds_nobody_back_and_counts_what_was_overwritten()
    {
        using var line = new Line();
        var tap = line.NewTap();

        line.Publish(5 * SlotCount);

        Assert.Equal(Enumerable.Range(4 * SlotCount, SlotCount), line.Take(tap, 4096));
        Assert.Equal(4 * SlotCount, tap.MissedCount);
    }

    [Fact]
    public void Goes_on_across_the_end_of_the_ring()
    {
        using var line = new Line();
        line.Publish(SlotCount - 7);
        var tap = line.NewTap();
        line.Publish(20);

        Assert.Equal(Enumerable.Range(SlotCount - 7, 20), line.Take(tap, 4096));
    }

    /// <summary>A producer that never waits overwrites slots while they are copied: what is told is whole, and the rest is counted.</summary>
    [Fact]
    public async Task Never_tells_a_slot_that_was_overwritten_while_it_was_copied()
    {
        const int SlotsInAll = 3_000_000;
        using var line = new Line();
        var tap = line.NewTap();
        var producing = Task.Run(() =>
        {
            for (var sent = 0; sent < SlotsInAll; sent += 50)
            {
                line.Publish(50);
            }
        });

        var slots = new Slot[SlotCount];
        var (seen, torn) = (0L, 0L);
        while (!producing.IsCompleted || line.Position > seen + tap.MissedCount - 1)
        {
            var read = tap.Read(slots, out var lsn);
            foreach (ref readonly var slot in read)
            {
                torn += slot.EventTimeMicros != lsn || slot.ReceivedAtMicros != lsn || slot.EquipmentIndex != (int)lsn ? 1 : 0;
                lsn++;
            }

            seen += read.Length;
        }

        await producing;
        Assert.Equal((0L, (long)SlotsInAll), (torn, seen + tap.MissedCount));
        Assert.True(seen > 0);
    }

    /// <summary>One producer, and one reader that releases at once what was published.</summary>
    private sealed class Line : IDisposable
    {
        private readonly RingBuffer _ring = new(SlotCount, firstLsn: 0, new BusySpinWaitStrategy());
        private readonly RingReader _reader;

        public Line() => _reader = _ring.NewReader();

        public long Position => _reader.Position.Value;

        public RingTap NewTap() => new(_ring, () => _reader.Position.Value);

        public void Publish(int count)
        {
            for (var left = count; left > 0;)
            {
                var some = Math.Min(left, 50);
                Assert.Equal(ClaimOutcome.Claimed, _ring.Sequencer.TryClaim(some, SlotCount, out var first));
                for (var lsn = first; lsn < first + some; lsn++)
                {
                    _ring.SlotAt(lsn) = new Slot
                    {
                        Kind = SlotKind.Reading,
                        EventTimeMicros = lsn,
                        ReceivedAtMicros = lsn,
                        EquipmentIndex = (int)lsn,
                    };
                }

                _ring.Publish(first, first + some - 1);
                for (var taken = 0; taken < some;)
                {
                    var slots = _reader.Peek(some, out _);
                    _reader.Release(slots.Length);
                    taken += slots.Length;
                }

                left -= some;
            }
        }

        public List<int> Take(RingTap tap, int atOnce)
        {
            var slots = new Slot[atOnce];
            var taken = new List<int>();
            while (tap.Read(slots, out var lsn) is { Length: > 0 } read)
            {
                foreach (ref readonly var slot in read)
                {
                    Assert.Equal(lsn++, slot.EventTimeMicros);
                    taken.Add(slot.EquipmentIndex);
                }
            }

            return taken;
        }

        public void Dispose() => _ring.Dispose();
    }
}
