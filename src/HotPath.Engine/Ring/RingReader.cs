namespace HotPath.Engine.Ring;

/// <summary>
/// One consumer of the ring: takes all that is available at once, as spans in place. Belongs to one thread; others may
/// watch <see cref="Position"/>. Slots that were taken stay readable until they are released.
/// </summary>
internal sealed class RingReader
{
    private readonly RingBuffer _ring;
    private readonly SequenceBarrier _barrier;
    private long _next;

    public RingReader(RingBuffer ring, SequenceBarrier barrier)
    {
        _ring = ring;
        _barrier = barrier;
        _next = ring.FirstLsn;
        Position = new Sequence(ring.FirstLsn - 1);
    }

    /// <summary>The last LSN released. Gates the ring if the reader was made so.</summary>
    public Sequence Position { get; }

    /// <summary>The next LSN this reader takes.</summary>
    public long NextLsn => _next;

    /// <summary>Slots that wait for this reader now.</summary>
    public long AvailableCount => _barrier.AvailableLsn() - _next + 1;

    /// <summary>
    /// The slots that are available, up to the wrap; empty when there are none. Ends with <see cref="Release"/>.
    /// </summary>
    public ReadOnlySpan<Slot> Peek(int countMax, out long lsnFirst)
    {
        lsnFirst = _next;
        var available = _barrier.AvailableLsn() - _next + 1;
        return available <= 0 ? default : _ring.SlotsFrom(_next, (int)Math.Min(available, countMax));
    }

    /// <summary>Gives <paramref name="count"/> slots back to producers and moves on. Once per batch.</summary>
    public void Release(int count)
    {
        _next += count;
        Position.Publish(_next - 1);
    }
}
