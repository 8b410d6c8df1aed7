using System.Collections.Immutable;
using HotPath.Engine.Native;

namespace HotPath.Kinesis.Raw;

/// <summary>
/// The log's files, oldest first. One thread appends and gives up; any thread takes the list and reads. Together they
/// never take more than is configured; when the disk itself is full the oldest go before their time.
/// </summary>
internal sealed class RawSegments(IDisk disk, RawLogOptions options) : IDisposable
{
    private const int FilesPerTime = 8;

    private ImmutableList<RawSegment> _all = [];
    private RawSegment? _current;

    public ImmutableList<RawSegment> All => Volatile.Read(ref _all);

    public long Bytes => All.Sum(segment => segment.LengthBytes);

    /// <exception cref="DiskFaultException">The disk refuses.</exception>
    public void Open(Guid instance, long lsnLastOfJournal)
    {
        disk.TryList(out var names).ThrowIfFailed($"{disk.Root} cannot be listed");
        names = [.. names.Where(name => name.EndsWith(".raw", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        foreach (var name in names)
        {
            if (RawSegment.Open(disk, name, instance, lsnLastOfJournal, isLast: name == names[^1]) is { } segment)
            {
                _all = _all.Add(segment);
            }
            else
            {
                disk.Delete(name).ThrowIfFailed($"{name} in {disk.Root} cannot be removed");
            }
        }
    }

    /// <summary>Writes whole frames, durable when it returns if that is configured.</summary>
    /// <returns>The LSN of the last record.</returns>
    /// <exception cref="DiskFaultException">The disk refuses, and giving up old files did not help.</exception>
    public long Append(ReadOnlySpan<byte> frames, Guid instance, long nowMicros)
    {
        if (_current is { } full && (full.LengthBytes >= options.SegmentBytes || IsOld(full.ArrivedMicrosFirst, nowMicros, FilesPerTime)))
        {
            _current = null;
        }

        while (Bytes + RawSegment.HeadBytes + frames.Length > options.BytesMax && TryGiveUpOldest())
        {
        }

        var error = TryAppend(frames, instance);
        while (error.IsFull && TryGiveUpOldest())
        {
            error = TryAppend(frames, instance);
        }

        error.ThrowIfFailed($"Raw records cannot be written in {disk.Root}");
        _current!.Take(frames);
        return _current.LsnLast;
    }

    /// <summary>Gives up the files whose every record is too old.</summary>
    public void GiveUpOld(long nowMicros)
    {
        if (_current is { } current && IsOld(current.ArrivedMicrosMax, nowMicros, 1))
        {
            _current = null;
        }

        while (All is [var oldest, ..] && IsOld(oldest.ArrivedMicrosMax, nowMicros, 1) && TryGiveUpOldest())
        {
        }
    }

    public void Dispose() => All.ForEach(segment => segment.Release());

    private bool IsOld(long arrivedMicros, long nowMicros, int part) => nowMicros - (options.KeepMicros / part) > arrivedMicros;

    private DiskError TryAppend(ReadOnlySpan<byte> frames, Guid instance)
    {
        if (_current is null)
        {
            _ = RawFrame.TryRead(frames, out var first);
            var made = RawSegment.TryCreate(disk, instance, first.LsnFirst, out _current);
            if (!made.IsNone)
            {
                return made;
            }

            Volatile.Write(ref _all, _all.Add(_current!));
        }

        var error = _current!.Write(frames);
        if (error.IsNone && options.Syncs)
        {
            // Once refused, nothing is known of what is on disk: no second try.
            _current.Sync().ThrowIfFailed($"{_current.Name} in {disk.Root} cannot be synced");
        }

        return error;
    }

    /// <returns>False when there is none but the one that is written.</returns>
    private bool TryGiveUpOldest()
    {
        if (All is not [var oldest, ..] || oldest == _current)
        {
            return false;
        }

        disk.Delete(oldest.Name).ThrowIfFailed($"{oldest.Name} in {disk.Root} cannot be removed");
        Volatile.Write(ref _all, _all.RemoveAt(0));
        oldest.Release();
        return true;
    }
}
