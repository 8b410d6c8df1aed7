using HotPath.Engine.Agents;
using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// Keeps one segment ready ahead of the journal and takes back those below the low-water mark. An agent of its own,
/// off the journal's way: writing zeros takes long. When the disk is full it comes back after a while; the journal
/// then stands still until there is room.
/// </summary>
/// <remarks>
/// A segment's bytes are written once with zeros and used again and again: syncing into space that is merely allocated
/// takes three times as long (LIMITS 7), and what is recycled cannot fail for lack of space.
/// </remarks>
internal sealed class SegmentPreparer : IAgent, IDisposable
{
    private const string TemporaryName = "prepare.tmp";
    internal const string SpareSuffix = ".spare";

    /// <summary>Segments kept for reuse beyond the one that is ready.</summary>
    private const int SparesMax = 2;

    private const int StepBytes = 1024 * 1024;
    private const long RetryMicros = 200_000;

    private readonly JournalSegments _segments;
    private readonly IDisk _disk;
    private readonly IClock _clock;
    private readonly long _segmentBytes;
    private readonly NativeBuffer _zeros;
    private readonly Queue<string> _spares = new();
    private PreparedSegment? _ready;
    private IDiskFile? _growing;
    private long _grownBytes;
    private long _nextNumber;
    private long _keepFromLsn;
    private long _retryAtMicros = long.MinValue;
    private int _errorNumber;

    public SegmentPreparer(JournalSegments segments, IClock clock, long segmentBytes, long nextNumber)
    {
        _segments = segments;
        _disk = segments.Disk;
        _clock = clock;
        _segmentBytes = segmentBytes;
        _nextNumber = nextNumber;
        _zeros = new NativeBuffer((int)Math.Min(StepBytes, segmentBytes));
        _zeros.Span.Clear();
    }

    public string Name => "journal-prepare";

    public bool IsReady => Volatile.Read(ref _ready) is not null;

    /// <summary>
    /// What the disk said at the last step that failed; none after one that succeeded. Any thread may ask.
    /// </summary>
    public DiskError LastError => new(Volatile.Read(ref _errorNumber));

    /// <summary>
    /// Nothing below this LSN is needed any longer, by anybody. Any thread may call it; it never goes back.
    /// </summary>
    public void KeepFrom(long lsn)
    {
        var known = Volatile.Read(ref _keepFromLsn);
        while (lsn > known)
        {
            var before = Interlocked.CompareExchange(ref _keepFromLsn, lsn, known);
            if (before == known)
            {
                return;
            }

            known = before;
        }
    }

    /// <summary>The journal's thread: the segment that is ready, or null when there is none yet.</summary>
    public PreparedSegment? Take() => Interlocked.Exchange(ref _ready, null);

    /// <summary>One step: a part of a segment, or the removal of what is no longer needed.</summary>
    public int DoWork()
    {
        var mustRetire = _segments.TryGetFirstTwo(out _, out var second) && second.FirstLsn <= Volatile.Read(ref _keepFromLsn);
        if ((!mustRetire && IsReady) || (!LastError.IsNone && _clock.NowMicros < _retryAtMicros))
        {
            return 0;
        }

        var error = mustRetire ? Retire(second.FirstLsn) : Prepare();
        Volatile.Write(ref _errorNumber, error.Number);
        if (error.IsNone)
        {
            return 1;
        }

        GiveUpGrowing();
        _retryAtMicros = _clock.NowMicros + RetryMicros;
        return 0;
    }

    /// <summary>At start: works until a segment is ready.</summary>
    public void PrepareNow()
    {
        while (!IsReady)
        {
            DoWork();
            LastError.ThrowIfFailed($"A journal segment of {_segmentBytes:N0} bytes cannot be prepared in {_disk.Root}");
        }
    }

    public void Dispose()
    {
        _growing?.Dispose();
        Take()?.File.Dispose();
        _zeros.Dispose();
    }

    /// <summary>At start: what an earlier run left.</summary>
    internal void Adopt(string spareName) => _spares.Enqueue(spareName);

    internal static bool IsSpare(string name) => name.EndsWith(SpareSuffix, StringComparison.Ordinal);

    internal static bool IsTemporary(string name) => name.EndsWith(".tmp", StringComparison.Ordinal);

    /// <summary>The low-water mark first, then the oldest segment: into the spares or away.</summary>
    private DiskError Retire(long lowWaterLsn)
    {
        var error = LowWater.Write(_disk, lowWaterLsn);
        if (!error.IsNone || !_segments.TryGetFirstTwo(out var first, out _))
        {
            return error;
        }

        var name = JournalSegments.NameOf(first.Number);
        if (_spares.Count < SparesMax)
        {
            error = _disk.Rename(name, name + SpareSuffix);
            if (error.IsNone)
            {
                _spares.Enqueue(name + SpareSuffix);
            }
        }
        else
        {
            error = _disk.Delete(name);
        }

        if (error.IsNone || error.Number == DiskError.NoEntry)
        {
            _segments.RemoveFirst();
            error = _disk.SyncDirectory();
        }

        return error;
    }

    private DiskError Prepare()
    {
        if (_growing is not null)
        {
            return Grow(_growing);
        }

        return _spares.TryDequeue(out var spare) ? Recycle(spare) : Create();
    }

    private DiskError Create()
    {
        _disk.Delete(TemporaryName);
        var error = _disk.TryCreate(TemporaryName, out var file);
        if (error.IsNone)
        {
            _growing = file;
            _grownBytes = 0;
        }

        return error;
    }

    private DiskError Grow(IDiskFile file)
    {
        var stepBytes = (int)Math.Min(_zeros.CapacityBytes, _segmentBytes - _grownBytes);
        var error = file.Write(_zeros.Span[..stepBytes], _grownBytes);

        // Synced step by step, so that the journal's own sync never waits behind a whole segment of zeros.
        error = error.IsNone ? file.Sync() : error;
        if (!error.IsNone)
        {
            return error;
        }

        _grownBytes += stepBytes;
        if (_grownBytes < _segmentBytes)
        {
            return DiskError.None;
        }

        _growing = null;
        return MakeReady(TemporaryName, file);
    }

    /// <summary>A file that is too short (its tail was cut after a crash) is not worth growing.</summary>
    private DiskError Recycle(string spare)
    {
        var error = _disk.TryOpen(spare, out var file);
        if (!error.IsNone)
        {
            return error;
        }

        error = file.Length(out var lengthBytes);
        if (!error.IsNone || lengthBytes != _segmentBytes)
        {
            file.Dispose();
            return error.IsNone ? _disk.Delete(spare) : error;
        }

        error = file.Write(_zeros.Span[..SegmentHeader.AreaBytes], 0);
        error = error.IsNone ? file.Sync() : error;
        if (!error.IsNone)
        {
            file.Dispose();
            return error;
        }

        return MakeReady(spare, file);
    }

    private DiskError MakeReady(string name, IDiskFile file)
    {
        var error = _disk.Rename(name, JournalSegments.NameOf(_nextNumber));
        error = error.IsNone ? _disk.SyncDirectory() : error;
        if (!error.IsNone)
        {
            file.Dispose();
            return error;
        }

        Volatile.Write(ref _ready, new PreparedSegment(_nextNumber, file));
        _nextNumber++;
        return DiskError.None;
    }

    /// <summary>Gives the space of an unfinished segment back: on a full disk somebody needs it.</summary>
    private void GiveUpGrowing()
    {
        if (_growing is not null)
        {
            _growing.Dispose();
            _growing = null;
            _disk.Delete(TemporaryName);
        }
    }
}

/// <summary>A segment file of zeros, durable in its directory.</summary>
internal sealed record PreparedSegment(long Number, IDiskFile File);
