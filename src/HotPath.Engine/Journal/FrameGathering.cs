using HotPath.Engine.Agents;

namespace HotPath.Engine.Journal;

/// <summary>
/// When slots that wait become a frame under the policies that do not sync after every turn. A sync makes a turn long
/// enough for many slots to gather behind it; without one a fast turn would find one or two, and a header, a checksum and
/// a system call for each of them cost more than the slots. Belongs to the journal's thread.
/// </summary>
internal struct FrameGathering
{
    /// <summary>So many are worth a frame: its header of 48 bytes is then under half a bit a slot.</summary>
    public const int SlotsEnough = 1_024;

    /// <summary>The longest that a slot waits, microseconds: so much a kill of the process may take that nobody was promised.</summary>
    public const long AgeMaxMicros = 250;

    /// <summary>So many turns without a new slot, some microseconds, and nothing more is expected soon.</summary>
    public const int QuietTurnsMax = 64;

    private long _seenLsn = long.MinValue;
    private long _sinceMicros;
    private int _quietTurns;

    public FrameGathering()
    {
    }

    /// <summary>True while more may come before the slots behind the last frame are written.</summary>
    /// <param name="writtenLsn">The last LSN that stands in a frame.</param>
    /// <param name="publishedLsn">The last LSN of the ring, beyond it.</param>
    /// <param name="clock">Asked once.</param>
    public bool IsWorthWaiting(long writtenLsn, long publishedLsn, IClock clock)
    {
        var nowMicros = clock.NowMicros;
        if (_seenLsn <= writtenLsn)
        {
            _sinceMicros = nowMicros;
        }

        _quietTurns = publishedLsn == _seenLsn ? _quietTurns + 1 : 0;
        _seenLsn = publishedLsn;

        // A clock that was set back ends the wait too: the difference is compared as unsigned.
        return publishedLsn - writtenLsn < SlotsEnough
            && _quietTurns < QuietTurnsMax
            && (ulong)(nowMicros - _sinceMicros) < AgeMaxMicros;
    }
}
