using HotPath.Engine.Ring;

namespace HotPath.Engine.Journal;

/// <summary>
/// Handles of raw bytes that stand in frames not yet durable, in the order of LSNs. Belongs to the journal's thread.
/// Never full: it holds as many as the ring has slots, and those slots stay in the ring as long.
/// </summary>
internal sealed class PendingRejects
{
    private readonly RejectsBuffer _rejects;
    private readonly (long Lsn, long Handle)[] _pending;
    private readonly int _mask;
    private long _begin;
    private long _end;

    public PendingRejects(RejectsBuffer rejects, int slotCount)
    {
        _rejects = rejects;
        _pending = new (long, long)[slotCount];
        _mask = slotCount - 1;
    }

    public void Add(ReadOnlySpan<Slot> slots, long firstLsn)
    {
        for (var index = 0; index < slots.Length; index++)
        {
            if (slots[index].Kind is SlotKind.Rejected or SlotKind.Checkpoint)
            {
                _pending[_end++ & _mask] = (firstLsn + index, slots[index].ValueBits);
            }
        }
    }

    public void ReleaseUpTo(long lsn)
    {
        for (; _begin < _end && _pending[_begin & _mask].Lsn <= lsn; _begin++)
        {
            _rejects.Release(_pending[_begin & _mask].Handle);
        }
    }

    /// <summary>Those slots will be written, and added, again.</summary>
    public void ForgetAfter(long lsn)
    {
        while (_end > _begin && _pending[(_end - 1) & _mask].Lsn > lsn)
        {
            _end--;
        }
    }
}
