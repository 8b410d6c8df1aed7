using System.Runtime.InteropServices;
using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// Goes through one segment file frame by frame and believes nothing that its checksum does not confirm. Belongs to
/// one thread; the file may grow meanwhile. At the end it says so, and can look for valid frames behind damage.
/// </summary>
internal sealed class SegmentCursor : IDisposable
{
    private const int WindowBytesMin = 1024 * 1024;

    private readonly NativeBuffer _window = new(WindowBytesMin + BitPacking.SlackBytes);
    private IDiskFile? _file;
    private long _windowAt;
    private int _windowBytes;
    private int _frameAt;
    private int _frameBytes;

    /// <summary>The open segment's header; meaningless when none is open.</summary>
    public SegmentHeader Header { get; private set; }

    /// <summary>Where the next frame begins.</summary>
    public long Offset { get; private set; }

    /// <summary>What the disk said when a read failed; such bytes count as damaged.</summary>
    public DiskError LastError { get; private set; }

    /// <summary>The frame that was moved to, header first, without padding.</summary>
    public ReadOnlySpan<byte> Frame => _window.Span.Slice(_frameAt, _frameBytes);

    /// <summary>Opens a segment and reads its header; the cursor then stands before its first frame.</summary>
    public SegmentHeaderCheck Open(IDisk disk, string name)
    {
        Close();
        LastError = disk.TryOpen(name, out var file);
        if (!LastError.IsNone)
        {
            return SegmentHeaderCheck.Damaged;
        }

        _file = file;
        _windowBytes = 0;
        Offset = SegmentHeader.AreaBytes;
        Fill(0, SegmentHeader.AreaBytes);
        var check = SegmentHeader.Read(_window.Span[..Math.Min(_windowBytes, SegmentHeader.AreaBytes)], out var header);
        Header = header;
        return check;
    }

    public void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    /// <summary>Moves to the frame at the offset. False if no valid frame begins there, now.</summary>
    public bool TryMoveNext(out FrameHeader header)
    {
        if (TryCheckWithin(Offset, out header) != FrameCheck.Valid)
        {
            // What was read ahead may be older than what the journal has written meanwhile.
            Fill(Offset, WindowBytesMin);
            var check = TryCheckWithin(Offset, out header);
            if (check == FrameCheck.Incomplete && header.FrameBytes > _windowBytes)
            {
                Fill(Offset, header.FrameBytes);
                check = TryCheckWithin(Offset, out header);
            }

            if (check != FrameCheck.Valid)
            {
                return false;
            }
        }

        _frameAt = (int)(Offset - _windowAt);
        _frameBytes = header.FrameBytes;
        Offset += header.PaddedBytes;
        return true;
    }

    /// <summary>Stands before a frame again that was moved over.</summary>
    public void Back(long offset) => Offset = offset;

    /// <summary>
    /// Behind damage: stands before the next valid frame whose LSN is in the range, and true; or false and where it
    /// stood, when there is none to the end of the file.
    /// </summary>
    public bool TrySkipDamage(long firstLsnMin, long firstLsnMax)
    {
        var damagedAt = Offset;
        for (var at = Offset + FrameHeader.AlignmentBytes; ; at += FrameHeader.AlignmentBytes)
        {
            if (at < _windowAt || at + FrameHeader.SizeBytes > _windowAt + _windowBytes)
            {
                Fill(at, WindowBytesMin);
                if (_windowBytes < FrameHeader.SizeBytes)
                {
                    Offset = damagedAt;
                    return false;
                }
            }

            // Safe because a whole header lies within the window. Worth it: every 8 bytes behind damage are looked at.
            var header = MemoryMarshal.Read<FrameHeader>(_window.Span[(int)(at - _windowAt)..]);
            if (header.IsPlausible && header.FirstLsn >= firstLsnMin && header.FirstLsn <= firstLsnMax)
            {
                Offset = at;
                if (TryMoveNext(out _))
                {
                    Offset = at;
                    return true;
                }
            }
        }
    }

    /// <summary>
    /// The length that the bytes at an offset claim for a frame which is not valid there, at most what the file holds;
    /// 0 if they do not look like a frame of this segment.
    /// </summary>
    public long DeclaredBytesAt(long offset, long firstLsnMin)
    {
        Fill(offset, WindowBytesMin);
        if (_windowBytes < FrameHeader.SizeBytes)
        {
            return _windowBytes;
        }

        var header = MemoryMarshal.Read<FrameHeader>(_window.Span);
        return header.IsPlausible && header.FirstLsn >= firstLsnMin ? Math.Min(header.PaddedBytes, FileBytes() - offset) : 0;
    }

    public void Dispose()
    {
        Close();
        _window.Dispose();
    }

    private FrameCheck TryCheckWithin(long offset, out FrameHeader header)
    {
        if (offset < _windowAt || offset >= _windowAt + _windowBytes)
        {
            header = default;
            return FrameCheck.Incomplete;
        }

        var at = (int)(offset - _windowAt);
        return FrameHeader.Check(_window.Span[at.._windowBytes], Header.FrameSalt, out header);
    }

    private long FileBytes() => _file!.Length(out var lengthBytes).IsNone ? lengthBytes : 0;

    private void Fill(long offset, int bytes)
    {
        _window.EnsureCapacity(bytes + BitPacking.SlackBytes);
        _windowAt = offset;
        LastError = _file!.Read(_window.Span[..bytes], offset, out _windowBytes);
        if (!LastError.IsNone)
        {
            _windowBytes = 0;
        }
    }
}
