namespace HotPath.Engine.Ring;

/// <summary>
/// Looks over the shoulder of the ring's readers: copies slots that others have published, and gates nobody. One cold
/// thread. When it is slow, or the ring is fast, slots are overwritten under its eyes: those are skipped and counted.
/// </summary>
/// <param name="ring">Where slots are.</param>
/// <param name="readableLsn">Everything up to here is published: the position of a reader that is ahead.</param>
internal sealed class RingTap(RingBuffer ring, Func<long> readableLsn)
{
    private long _next = readableLsn() + 1;

    /// <summary>Slots that were overwritten before they were seen.</summary>
    public long MissedCount { get; private set; }

    /// <summary>The next slots, oldest first; empty when there are none.</summary>
    /// <param name="into">Room for them.</param>
    /// <param name="lsnFirst">Of the first.</param>
    public ReadOnlySpan<Slot> Read(Span<Slot> into, out long lsnFirst)
    {
        SkipOverwritten();
        var count = (int)Math.Clamp(readableLsn() - _next + 1, 0, into.Length);
        var first = ring.SlotsFrom(_next, count);
        first.CopyTo(into);
        ring.SlotsFrom(_next + first.Length, count - first.Length).CopyTo(into[first.Length..]);

        // Orders: our copies before our look at the claims. A producer claims before it writes, so whoever saw something
        // of its slot sees its claim too.
        Volatile.ReadBarrier();
        var copiedFrom = _next;
        SkipOverwritten();
        var overwritten = (int)Math.Min(count, _next - copiedFrom);
        lsnFirst = copiedFrom + overwritten;
        _next = Math.Max(_next, copiedFrom + count);
        return into[overwritten..count];
    }

    /// <summary>The slot of an LSN is good until the LSN one lap later is claimed.</summary>
    private void SkipOverwritten()
    {
        var oldest = ring.Sequencer.NextLsn - ring.SlotCount;
        if (oldest > _next)
        {
            MissedCount += oldest - _next;
            _next = oldest;
        }
    }
}
