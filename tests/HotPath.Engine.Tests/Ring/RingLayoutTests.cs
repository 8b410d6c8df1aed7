using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HotPath.Engine.Journal;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Tests.Ring;

public sealed unsafe class RingLayoutTests
{
    [Theory]
    [InlineData(nameof(Slot.EventTimeMicros), 0)]
    [InlineData(nameof(Slot.ValueBits), 8)]
    [InlineData(nameof(Slot.SequenceNumber), 16)]
    [InlineData(nameof(Slot.CreatedAtMicros), 24)]
    [InlineData(nameof(Slot.ReceivedAtMicros), 32)]
    [InlineData(nameof(Slot.EquipmentIndex), 40)]
    [InlineData(nameof(Slot.TagIndex), 44)]
    [InlineData(nameof(Slot.SourceIndex), 48)]
    [InlineData(nameof(Slot.Model), 52)]
    [InlineData(nameof(Slot.Flags), 56)]
    [InlineData(nameof(Slot.Kind), 58)]
    [InlineData(nameof(Slot.ValueKind), 59)]
    [InlineData(nameof(Slot.Quality), 60)]
    [InlineData(nameof(Slot.RejectReason), 61)]
    [InlineData(nameof(Slot.Listener), 62)]
    public void Fields_of_a_slot_lie_where_the_drawing_says(string field, int offset)
    {
        Assert.Equal(offset, (int)Marshal.OffsetOf<Slot>(field));
    }

    [Fact]
    public void Slot_is_one_cache_line()
    {
        Assert.Equal(64, sizeof(Slot));
    }

    [Fact]
    public void Headers_on_disk_have_the_size_of_their_drawings()
    {
        Assert.Equal(48, sizeof(FrameHeader));
        Assert.Equal(88, sizeof(SegmentHeader));
    }

    [Fact]
    public void Sequence_keeps_others_off_its_cache_lines_on_both_sides()
    {
        // Objects of one type that are made one after the other lie side by side: their values must be lines apart.
        var sequences = Enumerable.Range(0, 16).Select(value => new Sequence(value)).ToArray();
        Assert.Equal(248, Sequence.SizeBytes);
        Assert.True(SizeOfObject(sequences) >= Sequence.SizeBytes);
    }

    [Fact]
    public void Slots_of_a_ring_begin_at_a_page()
    {
        using var ring = new RingBuffer(1024, 0, new BusySpinWaitStrategy());

        ref var first = ref ring.SlotsFrom(0, 1)[0];

        Assert.Equal(0, (long)Unsafe.AsPointer(ref first) % 4096);
    }

    private static long SizeOfObject(Sequence[] some)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 0; index < some.Length; index++)
        {
            some[index] = new Sequence(index);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / some.Length;
    }
}
