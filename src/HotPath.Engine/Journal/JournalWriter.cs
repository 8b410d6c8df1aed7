using HotPath.Engine.Agents;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Journal;

/// <summary>
/// The border between hot and cold: follows the ring, writes what is published as frames, makes it durable by policy
/// and says how far. An agent, turned by one thread; others may read its properties. It holds slots in the ring until
/// they are durable. When the disk is full it waits, and the ring fills; when the disk fails twice it stops for good.
/// </summary>
internal sealed class JournalWriter : IClosableAgent, IDisposable
{
    /// <summary>Frames between two syncs: 65,536 slots.</summary>
    private const int FramesPerTurnMax = 16;

    /// <summary>
    /// Policy interval: unsynced slots beyond this share of the ring are synced early, or producers would stand.
    /// </summary>
    private const int UnsyncedShareOfRing = 4;

    private readonly JournalSegments _segments;
    private readonly SegmentPreparer _preparer;
    private readonly NamesFile _names;
    private readonly RingBuffer _ring;
    private readonly IClock _clock;
    private readonly SequenceBarrier _barrier;
    private readonly PendingRejects _pendingRejects;
    private readonly FrameBuilder _frame;
    private readonly NativeBuffer _headerArea = new(SegmentHeader.AreaBytes);
    private readonly JournalSync _sync;
    private readonly long _syncIntervalMicros;
    private readonly long _segmentBytes;

    private IDiskFile? _file;
    private SegmentHeader _segment;
    private FrameGathering _gathering = new();
    private long _offset;
    private long _firstUnsyncedOffset;
    private long _previousLsn;
    private long _writtenLsn;
    private long _markedLsn;
    private long _syncedAtMicros;
    private int _failuresInRow;
    private volatile JournalState _state;

    public JournalWriter(
        JournalSegments segments, SegmentPreparer preparer, NamesFile names, JournalWriterSetup setup, long previousLsn)
    {
        _segments = segments;
        _preparer = preparer;
        _names = names;
        _ring = setup.Ring;
        _clock = setup.Clock;
        _sync = setup.Options.JournalSync;
        _syncIntervalMicros = setup.Options.JournalSyncIntervalMs * 1_000L;
        _segmentBytes = setup.Options.JournalSegmentBytes;
        _frame = new FrameBuilder(setup.RuleDocuments, mayCompress: true);
        _pendingRejects = new PendingRejects(setup.Rejects, _ring.SlotCount);
        _barrier = SequenceBarrier.OfPublished(_ring.Sequencer, _ring.FirstLsn);
        _previousLsn = previousLsn;
        _writtenLsn = _markedLsn = _ring.FirstLsn - 1;
        _syncedAtMicros = _clock.NowMicros;
        Durable = new DurableSignal(_writtenLsn);
        _ring.Sequencer.AddGatingSequence(Durable.Sequence);
    }

    public string Name => "journal";

    /// <summary>How far everything is durable (policy none: written). Gates the ring; sinks go no further.</summary>
    public DurableSignal Durable { get; }

    public JournalState State => _state;

    /// <summary>What the disk said last when the state is not Running.</summary>
    public DiskError LastError { get; private set; }

    public JournalCounters Counters { get; } = new();

    /// <summary>The last LSN that stands in a frame, durable or not.</summary>
    public long WrittenLsn => Volatile.Read(ref _writtenLsn);

    /// <summary>What frames may claim as durable: nothing, if nothing is ever synced.</summary>
    private long SyncedLsn => _sync == JournalSync.None ? SegmentHeader.NeverSynced : Durable.DurableLsn;

    public int DoWork()
    {
        if (_state == JournalState.Failed)
        {
            return 0;
        }

        var publishedLsn = _barrier.AvailableLsn();
        var before = _writtenLsn;
        if (publishedLsn > before)
        {
            if (_sync != JournalSync.Batch && _gathering.IsWorthWaiting(before, publishedLsn, _clock))
            {
                // Not idle: whoever turns this comes back at once. What is overdue for a sync does not wait with them.
                SyncWhenDue();
                return 1;
            }

            if (!TryWriteUpTo(publishedLsn))
            {
                return 0;
            }
        }

        // A segment that was sealed on the way takes back what it held.
        var written = (int)Math.Max(0, _writtenLsn - before);
        var synced = SyncWhenDue();
        if (written == 0 && synced == 0)
        {
            MarkWhenIdle();
        }

        return written + synced;
    }

    /// <summary>The end: everything durable whatever the policy, and a mark that says so, durable too.</summary>
    public void OnClose()
    {
        if (_state == JournalState.Failed)
        {
            return;
        }

        var publishedLsn = _barrier.AvailableLsn();
        var isWritten = publishedLsn <= _writtenLsn || TryWriteUpTo(publishedLsn);
        if (!isWritten || _file is null || !_names.AppendNew().IsNone)
        {
            return;
        }

        if (TrySync())
        {
            MarkWhenIdle();
            _file?.Sync();
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _frame.Dispose();
        _headerArea.Dispose();
        Durable.Dispose();
    }

    private bool TryWriteUpTo(long publishedLsn)
    {
        // Names are counted after the slots were seen: whatever a slot uses was interned before it was published.
        var error = _names.AppendNew();
        if (!error.IsNone)
        {
            return Refused(error, isForGood: !error.IsFull);
        }

        for (var frames = 0; frames < FramesPerTurnMax && _writtenLsn < publishedLsn; frames++)
        {
            var count = (int)Math.Min(publishedLsn - _writtenLsn, SlotColumns.SlotsMax);
            if (!TryWriteFrame(_ring.SlotsFrom(_writtenLsn + 1, count)))
            {
                return frames > 0;
            }
        }

        return true;
    }

    private bool TryWriteFrame(ReadOnlySpan<Slot> slots)
    {
        var firstLsn = _writtenLsn + 1;
        var count = _frame.BuildSlots(slots, firstLsn);
        if (!TryFindRoom(_frame.Header.PaddedBytes) || !TryAppendFrame())
        {
            return false;
        }

        _pendingRejects.Add(slots[..count], firstLsn);
        Volatile.Write(ref _writtenLsn, firstLsn + count - 1);
        Counters.CountFrame(count, _frame.Header.PaddedBytes);
        return true;
    }

    private bool TryAppendFrame()
    {
        _frame.Seal(SyncedLsn, _names.LengthBytes, _segment.FrameSalt);
        var error = _file!.Write(_frame.Frame, _offset);
        if (!error.IsNone)
        {
            return error.IsFull ? Refused(error, isForGood: false) : SealSegment(error);
        }

        _offset += _frame.Header.PaddedBytes;
        _state = JournalState.Running;
        return true;
    }

    /// <summary>A frame larger than a whole segment makes its segment longer.</summary>
    private bool TryFindRoom(int frameBytes)
    {
        if (_file is not null && (_offset + frameBytes <= _segmentBytes || _offset == SegmentHeader.AreaBytes))
        {
            return true;
        }

        // The old segment is durable before the new one is begun, so that only the last one can have a torn tail.
        var isOldDurable = _file is null || _writtenLsn == Durable.DurableLsn || TrySync();
        return isOldDurable && TryBeginSegment();
    }

    private bool TryBeginSegment()
    {
        var prepared = _segments.IsFull ? null : _preparer.Take();
        if (prepared is null)
        {
            return Refused(_preparer.LastError, isForGood: false);
        }

        _file?.Dispose();
        _file = prepared.File;
        _segment = new SegmentHeader
        {
            Instance = _segments.Instance,
            Number = prepared.Number,
            FirstLsn = _writtenLsn + 1,
            PreviousLsn = _previousLsn,
            DurableLsn = SyncedLsn,
            NamesBytes = _names.LengthBytes,
            Salt = Salts.Next(),
            CreatedAtMicros = _clock.NowMicros,
        };
        _segment.WriteTo(_headerArea.Span);
        _offset = _firstUnsyncedOffset = SegmentHeader.AreaBytes;
        var error = _file.Write(_headerArea.Span, 0);
        if (!error.IsNone)
        {
            return SealSegment(error);
        }

        _segments.Add(new SegmentEntry(_segment.Number, _segment.FirstLsn, _segment.PreviousLsn));
        Counters.CountSegment();
        return true;
    }

    private int SyncWhenDue()
    {
        if (_writtenLsn == Durable.DurableLsn)
        {
            return 0;
        }

        var isDue = _sync switch
        {
            JournalSync.Batch => true,
            JournalSync.Interval =>
                _clock.NowMicros - _syncedAtMicros >= _syncIntervalMicros
                || _writtenLsn - Durable.DurableLsn > _ring.SlotCount / UnsyncedShareOfRing,
            _ => false,
        };
        if (isDue)
        {
            return TrySync() ? 1 : 0;
        }

        if (_sync == JournalSync.None)
        {
            PublishDurable();
        }

        return 0;
    }

    private bool TrySync()
    {
        if (_sync == JournalSync.None)
        {
            PublishDurable();
            return true;
        }

        var startMicros = _clock.NowMicros;
        var error = _file!.Sync();
        _syncedAtMicros = _clock.NowMicros;
        Counters.CountSync(_syncedAtMicros - startMicros);
        if (!error.IsNone)
        {
            return SealSegment(error);
        }

        _failuresInRow = 0;
        PublishDurable();
        return true;
    }

    private void PublishDurable()
    {
        _firstUnsyncedOffset = _offset;
        _previousLsn = _writtenLsn;
        _pendingRejects.ReleaseUpTo(_writtenLsn);
        Durable.Publish(_writtenLsn);
    }

    private void MarkWhenIdle()
    {
        var durableLsn = Durable.DurableLsn;
        if (_sync == JournalSync.None || _file is null || _markedLsn == durableLsn || _writtenLsn != durableLsn
            || _offset + FrameHeader.SizeBytes > _segmentBytes)
        {
            return;
        }

        _markedLsn = durableLsn;
        _frame.BuildMark(_writtenLsn + 1);
        if (TryAppendFrame())
        {
            _firstUnsyncedOffset = _offset;
        }
    }

    /// <summary>
    /// A file whose sync or write failed is never trusted again: nothing is known of what it did not take, and the
    /// kernel forgets the error. What is not durable is still in the ring and goes into a new segment.
    /// </summary>
    private bool SealSegment(DiskError error)
    {
        LastError = error;
        Counters.CountFailure();
        _failuresInRow++;
        if (_file is not null)
        {
            // So that frames which only the page cache holds do not count after a restart. An error changes nothing:
            // the next segment's header says the same.
            _headerArea.Span[..FrameHeader.SizeBytes].Clear();
            _file.Write(_headerArea.Span[..FrameHeader.SizeBytes], _firstUnsyncedOffset);
            _file.Dispose();
            _file = null;
        }

        Volatile.Write(ref _writtenLsn, Durable.DurableLsn);
        _pendingRejects.ForgetAfter(_writtenLsn);
        _state = _failuresInRow > 1 ? JournalState.Failed : JournalState.Resealing;
        return false;
    }

    private bool Refused(DiskError error, bool isForGood)
    {
        LastError = error;
        _state = isForGood ? JournalState.Failed : JournalState.WaitingForDisk;
        return false;
    }
}

/// <summary>What a journal writer works with.</summary>
internal sealed record JournalWriterSetup(
    RingBuffer Ring, RejectsBuffer Rejects, IRuleDocumentBytes RuleDocuments, IClock Clock, EngineOptions Options);

internal enum JournalState
{
    Running,
    /// <summary>No room on the disk, or no segment ready: slots wait in the ring. Heals by itself.</summary>
    WaitingForDisk,
    /// <summary>A sync or write failed: what is not durable goes into a new segment.</summary>
    Resealing,
    /// <summary>It failed again. Nothing is acknowledged any longer.</summary>
    Failed,
}
