namespace HotPath.Engine.Ring;

/// <summary>
/// How far one reader may go: to the end of what is published, or of what all of some other positions have passed.
/// Belongs to the reader's thread. Never waits; the last answer holds until there is more.
/// </summary>
internal sealed class SequenceBarrier
{
    private readonly Sequencer? _sequencer;
    private readonly Sequence[] _ahead;
    private long _publishedSeen;

    private SequenceBarrier(Sequencer? sequencer, Sequence[] ahead, long publishedSeen)
    {
        _sequencer = sequencer;
        _ahead = ahead;
        _publishedSeen = publishedSeen;
    }

    public static SequenceBarrier OfPublished(Sequencer sequencer, long firstLsn) => new(sequencer, [], firstLsn - 1);

    public static SequenceBarrier Behind(params Sequence[] ahead)
    {
        Invariant.Holds(ahead.Length > 0);
        return new SequenceBarrier(null, ahead, 0);
    }

    /// <summary>The last LSN that may be read now.</summary>
    public long AvailableLsn()
    {
        if (_sequencer is null)
        {
            return SlowestAhead();
        }

        // Goes on at the end of the last range seen: only there does a published range begin for certain.
        _publishedSeen = _sequencer.LastPublished(_publishedSeen + 1);
        return _publishedSeen;
    }

    private long SlowestAhead()
    {
        var slowest = long.MaxValue;
        foreach (var ahead in _ahead)
        {
            slowest = Math.Min(slowest, ahead.Value);
        }

        return slowest;
    }
}
