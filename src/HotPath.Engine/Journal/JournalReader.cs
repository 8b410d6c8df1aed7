using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Journal;

/// <summary>
/// A cursor over the journal: slots in the order of LSNs, frame by frame, with what is attached to them. Belongs to one
/// thread, and may run beside the journal's writer as long as it asks only for what is durable (or written, for policy
/// none). At the end it says so; what is damaged or was never given is reported as a range and stepped over.
/// </summary>
internal sealed unsafe class JournalReader : IDisposable
{
    private readonly JournalSegments _segments;
    private readonly SegmentCursor _cursor = new();
    private readonly SlotColumns _columns = new();
    private readonly Attachments _attachments = new();
    private readonly NativeBuffer _slots = new(SlotColumns.SlotsMax * Slot.SizeBytes);
    private readonly NativeBuffer _plain = new(64 * 1024);

    // The segment that is open, and the frame that is decoded: its LSNs, or none.
    private long _openNumber = -1;
    private long _frameFirstLsn;
    private int _frameCount;
    private int _attachedAt;
    private bool _isPlainInFrame;

    public JournalReader(JournalSegments segments, long firstLsn)
    {
        _segments = segments;
        NextLsn = firstLsn;
    }

    /// <summary>Where the next read goes on.</summary>
    public long NextLsn { get; private set; }

    /// <summary>The first LSN of what the last read gave: slots, or the range that is missing.</summary>
    public long FirstLsn { get; private set; }

    /// <summary>The last LSN of what the last read gave.</summary>
    public long LastLsn { get; private set; }

    /// <summary>What was durable when the frame of these slots was written.</summary>
    public long DurableLsnThen { get; private set; }

    /// <summary>The slots that the last read gave, until the next one. A rejected slot's value is 0.</summary>
    // Safe because the buffer holds SlotsMax slots and a slice lies within the frame. Worth it: JournalBench.
    public ReadOnlySpan<Slot> Slots =>
        new((Slot*)_slots.Pointer + (FirstLsn - _frameFirstLsn), (int)(LastLsn - FirstLsn + 1));

    /// <summary>
    /// What belongs to a slot of the last read: a rejected record's raw bytes, a rule document; else empty.
    /// </summary>
    public ReadOnlySpan<byte> AttachmentOf(long lsn) =>
        _attachments.TryFind(lsn, out var at, out var lengthBytes) ? AttachedBytes().Slice(at, lengthBytes) : default;

    /// <summary>Gives the next slots, at most up to <paramref name="lastLsn"/> inclusive.</summary>
    public JournalRead TryRead(long lastLsn)
    {
        while (NextLsn <= lastLsn)
        {
            if (NextLsn >= _frameFirstLsn && NextLsn < _frameFirstLsn + _frameCount)
            {
                return Give(JournalRead.Slots, Math.Min(lastLsn, _frameFirstLsn + _frameCount - 1));
            }

            var isHeld = _segments.TryFind(NextLsn, out var segment, out var next);
            if (next is { } following && NextLsn > following.PreviousLsn)
            {
                return Give(JournalRead.Gap, Math.Min(lastLsn, following.FirstLsn - 1));
            }

            if (!isHeld)
            {
                return Give(JournalRead.Damaged, Math.Min(lastLsn, _segments.FirstLsn - 1));
            }

            var heldLsn = Math.Min(lastLsn, next?.PreviousLsn ?? long.MaxValue);
            if (!TryDecodeFrameOf(segment, heldLsn, out var damagedLsn))
            {
                return Give(JournalRead.Damaged, damagedLsn);
            }
        }

        return JournalRead.End;
    }

    public void Dispose()
    {
        _cursor.Dispose();
        _columns.Dispose();
        _slots.Dispose();
        _plain.Dispose();
    }

    private JournalRead Give(JournalRead outcome, long lastLsn)
    {
        FirstLsn = NextLsn;
        LastLsn = lastLsn;
        NextLsn = lastLsn + 1;
        return outcome;
    }

    /// <summary>
    /// Decodes the frame that holds the next LSN. False: it is damaged, and so is all up to the LSN given back.
    /// </summary>
    private bool TryDecodeFrameOf(in SegmentEntry segment, long heldLsn, out long damagedLsn)
    {
        _frameCount = 0;
        damagedLsn = heldLsn;
        if (_openNumber != segment.Number && !TryOpen(segment))
        {
            return false;
        }

        while (true)
        {
            var offset = _cursor.Offset;
            if (!_cursor.TryMoveNext(out var header))
            {
                if (!_cursor.TrySkipDamage(NextLsn, heldLsn))
                {
                    return false;
                }

                continue;
            }

            if (header.Kind == FrameKind.Mark || header.LastLsn < NextLsn)
            {
                continue;
            }

            if (header.FirstLsn > NextLsn)
            {
                // Whole frames are missing; this one is read after they were reported.
                _cursor.Back(offset);
                damagedLsn = Math.Min(heldLsn, header.FirstLsn - 1);
                return false;
            }

            damagedLsn = Math.Min(heldLsn, header.LastLsn);
            return TryDecode(header);
        }
    }

    private bool TryOpen(in SegmentEntry segment)
    {
        var check = _cursor.Open(_segments.Disk, JournalSegments.NameOf(segment.Number));
        var isRight = check == SegmentHeaderCheck.Valid
            && _cursor.Header.Instance == _segments.Instance
            && _cursor.Header.FirstLsn == segment.FirstLsn;
        _openNumber = isRight ? segment.Number : -1;
        return isRight;
    }

    private bool TryDecode(in FrameHeader header)
    {
        var payload = _cursor.Frame[FrameHeader.SizeBytes..];
        _isPlainInFrame = header.Codec == FrameCodec.Plain;
        if (!_isPlainInFrame)
        {
            _plain.EnsureCapacity(header.PlainBytes + BitPacking.SlackBytes);
            if (!Lz4.IsAvailable)
            {
                throw new DiskFaultException(
                    $"The journal in {_segments.Disk.Root} is compressed and cannot be read without liblz4", Lz4.Cure);
            }

            if (!Lz4.TryDecompress(payload, _plain.Span[..header.PlainBytes]))
            {
                return false;
            }

            payload = _plain.Span[..header.PlainBytes];
        }

        var slots = new Span<Slot>((Slot*)_slots.Pointer, header.Count);
        if (payload.Length != header.PlainBytes
            || !_columns.TryRead(payload[..header.ColumnsBytes], slots)
            || !_attachments.TryRead(payload[header.ColumnsBytes..]))
        {
            return false;
        }

        _attachedAt = header.ColumnsBytes;
        _frameFirstLsn = header.FirstLsn;
        _frameCount = header.Count;
        DurableLsnThen = header.DurableLsn;
        return true;
    }

    private ReadOnlySpan<byte> AttachedBytes() =>
        (_isPlainInFrame ? _cursor.Frame[FrameHeader.SizeBytes..] : _plain.Span)[_attachedAt..];
}

internal enum JournalRead
{
    /// <summary>Slots were read.</summary>
    Slots,
    /// <summary>Nothing more up to the LSN asked for.</summary>
    End,
    /// <summary>These LSNs were never given: the engine went on above them after a restart.</summary>
    Gap,
    /// <summary>These LSNs were written and cannot be read.</summary>
    Damaged,
}
