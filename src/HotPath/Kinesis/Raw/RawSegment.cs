using System.Buffers.Binary;
using HotPath.Engine;
using HotPath.Engine.Native;

namespace HotPath.Kinesis.Raw;

/// <summary>
/// One file of the log: a head, and frames behind each other.
/// <code>
/// "HPRAW001" | instance of the journal, 16 bytes | LSN of the first frame i64
/// </code>
/// One thread writes, any thread reads what was written; a file that is given up goes when its last reader has left it.
/// </summary>
internal sealed class RawSegment
{
    public const int HeadBytes = 32;

    /// <summary>An entry of the index each so many bytes: 1 GiB of records is 16,384 entries.</summary>
    private const int IndexStepBytes = 64 * 1024;

    private readonly IDiskFile _file;
    private readonly Lock _holding = new();
    private readonly List<IndexEntry> _index = [];
    private int _holders = 1;
    private long _lengthBytes = HeadBytes;
    private long _arrivedMicrosMax;

    private RawSegment(IDiskFile file, long lsnFirst)
    {
        _file = file;
        LsnFirst = lsnFirst;
    }

    public string Name => NameOf(LsnFirst);

    public long LsnFirst { get; }

    /// <summary>Of the last frame's last record; below <see cref="LsnFirst"/> while there is none.</summary>
    public long LsnLast { get; private set; } = -1;

    public long ArrivedMicrosFirst { get; private set; } = long.MaxValue;

    public long ArrivedMicrosMax => Volatile.Read(ref _arrivedMicrosMax);

    /// <summary>What is written; readers go up to here.</summary>
    public long LengthBytes => Volatile.Read(ref _lengthBytes);

    public static string NameOf(long lsnFirst) => $"{lsnFirst:D19}.raw";

    public static DiskError TryCreate(IDisk disk, Guid instance, long lsnFirst, out RawSegment? segment)
    {
        segment = null;
        var error = disk.TryCreate(NameOf(lsnFirst), out var file);
        if (!error.IsNone)
        {
            return error;
        }

        Span<byte> head = stackalloc byte[HeadBytes];
        "HPRAW001"u8.CopyTo(head);
        instance.TryWriteBytes(head[8..]);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], lsnFirst);
        error = file.Write(head, 0);
        error = error.IsNone ? disk.SyncDirectory() : error;
        if (!error.IsNone)
        {
            file.Dispose();
            disk.Delete(NameOf(lsnFirst));
            return error;
        }

        segment = new RawSegment(file, lsnFirst);
        return DiskError.None;
    }

    /// <summary>
    /// Opens a file of an earlier run and reads it through. What stands behind the last LSN that the journal has was
    /// never acknowledged, and in the last file neither was what is torn: both are cut off. A frame that was damaged
    /// later is passed over.
    /// </summary>
    /// <returns>Null when nothing in it can be read: it is another journal's, or empty.</returns>
    /// <exception cref="DiskFaultException">The disk refuses.</exception>
    public static RawSegment? Open(IDisk disk, string name, Guid instance, long lsnLastOfJournal, bool isLast)
    {
        disk.TryOpen(name, out var file).ThrowIfFailed($"{name} in {disk.Root} cannot be opened");
        var head = new byte[HeadBytes];
        file.Read(head, 0, out var count).ThrowIfFailed($"{name} in {disk.Root} cannot be read");
        file.Length(out var bytes).ThrowIfFailed($"{name} in {disk.Root} cannot be looked at");
        var segment = new RawSegment(file, BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(24))) { _lengthBytes = bytes };
        if (count < HeadBytes || !head.AsSpan(0, 8).SequenceEqual("HPRAW001"u8) || new Guid(head.AsSpan(8, 16)) != instance)
        {
            segment.Release();
            return null;
        }

        var (whole, isBeyond) = segment.TakeFrames(lsnLastOfJournal);
        if (whole < bytes && (isLast || isBeyond))
        {
            file.Truncate(whole).ThrowIfFailed($"{name} in {disk.Root} cannot be cut");
        }

        segment._lengthBytes = whole;
        if (segment.LsnLast < 0)
        {
            segment.Release();
            return null;
        }

        return segment;
    }

    /// <summary>Writes whole frames behind the last; readers see them after <see cref="Take"/>.</summary>
    public DiskError Write(ReadOnlySpan<byte> frames) => _file.Write(frames, LengthBytes);

    public DiskError Sync() => _file.Sync();

    /// <summary>Makes what was written last readable.</summary>
    public void Take(ReadOnlySpan<byte> frames)
    {
        var at = LengthBytes;
        var end = at + frames.Length;
        while (RawFrame.TryRead(frames, out var frame))
        {
            OnWritten(frame, at);
            at += frame.Bytes;
            frames = frames[frame.Bytes..];
        }

        Invariant.Holds(at == end);
        Volatile.Write(ref _lengthBytes, end);
    }

    public DiskError Read(Span<byte> into, long offset, out int readBytes) =>
        _file.Read(into[..(int)Math.Min(into.Length, Math.Max(0, LengthBytes - offset))], offset, out readBytes);

    /// <summary>Where to begin so as to miss no frame that reaches up to the LSN and has records of that time or later.</summary>
    public long OffsetOf(long lsn, long notBeforeMicros)
    {
        lock (_index)
        {
            var offset = (long)HeadBytes;
            foreach (var entry in _index)
            {
                // The entry is passed when all before it is too early in both ways.
                if (entry.LsnFirst > lsn && entry.ArrivedMicrosMaxBefore >= notBeforeMicros)
                {
                    break;
                }

                offset = entry.Offset;
            }

            return offset;
        }
    }

    /// <summary>False when it has been given up already.</summary>
    public bool TryHold()
    {
        lock (_holding)
        {
            if (_holders == 0)
            {
                return false;
            }

            _holders++;
            return true;
        }
    }

    public void Release()
    {
        lock (_holding)
        {
            if (--_holders == 0)
            {
                _file.Dispose();
            }
        }
    }

    /// <returns>Up to where there are frames, and whether the next one is beyond the journal's end.</returns>
    private (long Bytes, bool IsBeyond) TakeFrames(long lsnLastOfJournal)
    {
        using var reader = new RawReader(this, HeadBytes);
        var whole = (long)HeadBytes;
        while (reader.TryRead(out var frame, out var body))
        {
            if (frame.LsnLast > lsnLastOfJournal)
            {
                return (whole, true);
            }

            if (RawReader.IsSound(frame, body))
            {
                OnWritten(frame, whole);
            }

            whole += frame.Bytes;
        }

        return (whole, false);
    }

    private void OnWritten(RawFrame frame, long offset)
    {
        lock (_index)
        {
            if (_index.Count == 0 || offset - _index[^1].Offset >= IndexStepBytes)
            {
                _index.Add(new IndexEntry(offset, frame.LsnFirst, _arrivedMicrosMax));
            }
        }

        ArrivedMicrosFirst = Math.Min(ArrivedMicrosFirst, frame.ArrivedMicros);
        Volatile.Write(ref _arrivedMicrosMax, Math.Max(_arrivedMicrosMax, frame.ArrivedMicros));
        LsnLast = frame.LsnLast;
    }

    private readonly record struct IndexEntry(long Offset, long LsnFirst, long ArrivedMicrosMaxBefore);
}
