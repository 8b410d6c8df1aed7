using HotPath.Engine.Agents;
using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Native;

namespace HotPath.Engine.Snapshots;

/// <summary>
/// Says from which LSN on journal and ledger are kept: from the older of two good snapshots on, from every sink's position
/// on, and for a time beyond that. The time gives way when the disk is full: what nobody needs goes before anybody has to
/// wait. Cold; one thread turns it, sinks are added before.
/// </summary>
internal sealed class Retention(HotPath.Engine.Journal.Journal journal, IDisk ledgerDisk, IClock clock, long retainMicros) : IDisposable
{
    private readonly List<Func<long>> _sinkLsns = [];
    private readonly SegmentCursor _cursor = new();
    private long _keptFromLsn;
    private int _errorNumber;

    /// <summary>Everything below may be gone. Any thread may ask.</summary>
    public long KeptFromLsn => Volatile.Read(ref _keptFromLsn);

    /// <summary>What the disk said when files of the ledger could not be removed. Any thread may ask.</summary>
    public DiskError LastError => new(Volatile.Read(ref _errorNumber));

    /// <summary>A sink needs everything behind its position, durably stored. Any thread may be asked for it.</summary>
    public void AddSink(Func<long> positionLsn) => _sinkLsns.Add(positionLsn);

    /// <param name="kept">The good snapshots, oldest first.</param>
    public void Apply(IReadOnlyList<SnapshotManifest> kept)
    {
        if (kept.Count < SnapshotStore.KeptCount)
        {
            return;
        }

        var keepFrom = kept[0].Lsn + 1;
        foreach (var position in _sinkLsns)
        {
            keepFrom = Math.Min(keepFrom, position() + 1);
        }

        keepFrom = FirstLsnOfSegment(keepFrom);
        if (keepFrom <= _keptFromLsn)
        {
            return;
        }

        Volatile.Write(ref _keptFromLsn, keepFrom);
        journal.KeepFrom(keepFrom);
        Volatile.Write(ref _errorNumber, LedgerRetention.RemoveBelow(ledgerDisk, keepFrom).Number);
    }

    public void Dispose() => _cursor.Dispose();

    /// <summary>The newest segment that nothing below it is needed for; a segment's age is that of its last frame.</summary>
    private long FirstLsnOfSegment(long neededFromLsn)
    {
        var isFull = journal.Preparer.LastError.IsFull;
        var agedMicros = clock.NowMicros - retainMicros;
        var keepFrom = _keptFromLsn;
        foreach (var segment in journal.Segments.ToArray())
        {
            if (segment.FirstLsn > neededFromLsn)
            {
                break;
            }

            if (segment.FirstLsn > keepFrom)
            {
                // When it was begun the one before it was ended.
                if (!isFull && BegunAtMicros(segment.Number) > agedMicros)
                {
                    break;
                }

                keepFrom = segment.FirstLsn;
            }
        }

        return keepFrom;
    }

    private long BegunAtMicros(long number)
    {
        var check = _cursor.Open(journal.Segments.Disk, JournalSegments.NameOf(number));
        _cursor.Close();
        return check == SegmentHeaderCheck.Valid ? _cursor.Header.CreatedAtMicros : long.MaxValue;
    }
}
