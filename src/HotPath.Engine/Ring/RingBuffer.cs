using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Ring;

/// <summary>
/// The slots between producers and agents, in native memory aligned to cache lines; the sequence of a slot is its LSN.
/// Producers come by <see cref="Inlet"/> and <see cref="ControlInlet"/> from any thread, readers by
/// <see cref="RingReader"/>, one thread each. When full, claims say so; nothing waits here.
/// </summary>
internal sealed unsafe class RingBuffer : IDisposable
{
    private const int PageBytes = 4096;

    private readonly Slot* _slots;
    private readonly int _mask;

    // Null where nobody sleeps.
    private readonly WaitStrategy? _signalled;

    /// <param name="slotCount">A power of two.</param>
    /// <param name="firstLsn">The LSN of the first slot: what recovery found, plus one; 0 in a new journal.</param>
    /// <param name="waitStrategy">Told of every publication; readers' threads wait with it.</param>
    /// <param name="hasOneProducer">One thread alone claims, publishes and closes intake.</param>
    public RingBuffer(int slotCount, long firstLsn, WaitStrategy waitStrategy, bool hasOneProducer = false)
    {
        Sequencer = new Sequencer(slotCount, firstLsn, hasOneProducer);
        FirstLsn = firstLsn;
        SlotCount = slotCount;
        WaitStrategy = waitStrategy;
        _signalled = waitStrategy.NeedsSignals ? waitStrategy : null;
        _mask = slotCount - 1;
        _slots = (Slot*)NativeMemory.AlignedAlloc((nuint)slotCount * Slot.SizeBytes, PageBytes);

        // Touches every page now, so that no reading pays for a page fault; and Kind None is what unpublished slots are.
        new Span<Slot>(_slots, slotCount).Clear();
    }

    public Sequencer Sequencer { get; }

    public WaitStrategy WaitStrategy { get; }

    public int SlotCount { get; }

    /// <summary>The first LSN that ever stood in this ring.</summary>
    public long FirstLsn { get; }

    /// <summary>A reader of everything published. Its position gates the ring if <paramref name="gates"/>.</summary>
    public RingReader NewReader(bool gates = true) => NewReader(SequenceBarrier.OfPublished(Sequencer, FirstLsn), gates);

    /// <summary>A reader that stays behind another position, e.g. the durable LSN.</summary>
    public RingReader NewReaderBehind(Sequence position, bool gates = true) =>
        NewReader(SequenceBarrier.Behind(position), gates);

    /// <summary>A reader that takes a slot when all of these have released it. They need not gate the ring then.</summary>
    public RingReader NewReaderBehind(params RingReader[] readers) =>
        NewReader(SequenceBarrier.Behind([.. readers.Select(reader => reader.Position)]), gates: true);

    /// <summary>
    /// The slots of an unbroken range up to the wrap, at most <paramref name="count"/>; for whoever claimed or follows
    /// it.
    /// </summary>
    // Safe because the mask keeps the index within the memory and the length ends at the wrap. Worth it: RingBench.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<Slot> SlotsFrom(long lsnFirst, int count)
    {
        var index = (int)lsnFirst & _mask;
        return new Span<Slot>(_slots + index, Math.Min(count, SlotCount - index));
    }

    /// <summary>The slot of one LSN; for whoever claimed or follows it.</summary>
    // Safe because the mask keeps the index within the memory. Worth it: RingBench, batch 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Slot SlotAt(long lsn) => ref _slots[(int)lsn & _mask];

    /// <summary>Publishes a claimed range and wakes who is parked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(long lsnFirst, long lsnLast)
    {
        Sequencer.Publish(lsnFirst, lsnLast);
        _signalled?.SignalAll();
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_slots);
        Sequencer.Dispose();
    }

    private RingReader NewReader(SequenceBarrier barrier, bool gates)
    {
        var reader = new RingReader(this, barrier);
        if (gates)
        {
            Sequencer.AddGatingSequence(reader.Position);
        }

        return reader;
    }
}
