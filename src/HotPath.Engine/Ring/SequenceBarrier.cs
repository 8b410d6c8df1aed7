namespace HotPath.Engine.Ring;

/// <summary>
/// How far one reader may go: to the end of what is published, or of what another position has passed.
/// Belongs to the reader's thread. Never waits; the last answer holds until there is more.
/// </summary>
internal sealed class SequenceBarrier
{
    private readonly Sequencer? _sequencer;
    private readonly Sequence? _ahead;
    private long _publishedSeen;

    private SequenceBarrier(Sequencer? sequencer, Sequence? ahead, long publishedSeen)
    {
        _sequencer = sequencer;
        _ahead = ahead;
        _publishedSeen = publishedSeen;
    }

    public static SequenceBarrier OfPublished(Sequencer sequencer, long firstLsn) => new(sequencer, null, firstLsn - 1);

    public static SequenceBarrier Behind(Sequence ahead) => new(null, ahead, 0);

    /// <summary>The last LSN that may be read now.</summary>
    public long AvailableLsn()
    {
        if (_ahead is not null)
        {
            return _ahead.Value;
        }

        // Goes on at the end of the last range seen: only there does a published range begin for certain.
        _publishedSeen = _sequencer!.LastPublished(_publishedSeen + 1);
        return _publishedSeen;
    }
}
