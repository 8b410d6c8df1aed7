using HotPath.Engine.Agents;

namespace HotPath.Engine.Journal;

/// <summary>
/// What the journal has done since start. The journal's thread counts, once per batch; any thread may read.
/// </summary>
internal sealed class JournalCounters
{
    private long _slots;
    private long _frames;
    private long _frameBytes;
    private long _segments;
    private long _syncs;
    private long _syncMicros;
    private long _syncMicrosMax;
    private long _failures;

    public long Slots => Volatile.Read(ref _slots);

    public long Frames => Volatile.Read(ref _frames);

    public long FrameBytes => Volatile.Read(ref _frameBytes);

    public long Segments => Volatile.Read(ref _segments);

    public long Syncs => Volatile.Read(ref _syncs);

    public long SyncMicros => Volatile.Read(ref _syncMicros);

    public long SyncMicrosMax => Volatile.Read(ref _syncMicrosMax);

    /// <summary>Writes or syncs that the disk refused for another reason than space.</summary>
    public long Failures => Volatile.Read(ref _failures);

    internal void CountFrame(int slots, int bytes)
    {
        Volatile.Write(ref _slots, _slots + slots);
        Volatile.Write(ref _frames, _frames + 1);
        Volatile.Write(ref _frameBytes, _frameBytes + bytes);
    }

    internal void CountSegment() => Volatile.Write(ref _segments, _segments + 1);

    /// <summary>How long syncs took.</summary>
    public DurationHistogram SyncDurations { get; } = new();

    internal void CountSync(long micros)
    {
        SyncDurations.RecordMicros(micros);
        Volatile.Write(ref _syncs, _syncs + 1);
        Volatile.Write(ref _syncMicros, _syncMicros + micros);
        Volatile.Write(ref _syncMicrosMax, Math.Max(_syncMicrosMax, micros));
    }

    internal void CountFailure() => Volatile.Write(ref _failures, _failures + 1);
}
