using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using HotPath.Engine.Agents;
using HotPath.Engine.Native;

namespace HotPath.Engine.Ledger;

/// <summary>
/// The ledger stage: merges the outputs of all shards by (LSN, equipment, ordinal) into append-only files.
/// One thread turns it. When a write fails it keeps what it holds, reports <see cref="LastError"/>, and tries again at the
/// next turn; shards are held back by their outputs meanwhile.
/// </summary>
/// <remarks>
/// After a crash what stands whole on disk is kept: opening reads it, and records that the shards derive
/// again are compared with it instead of being written. A difference means that the outputs are no function of the
/// journal any more, and stops the process; only behind damage in the journal, gone on from on purpose, what is stored
/// stays as it was told and what is derived up to its end is left out. What opening has kept and cut is durable before anything follows: an earlier
/// sync may have failed, so that the page cache shows what the disk does not have; and what was cut must not come back,
/// because under policy interval it may be of LSNs that the journal lost and that are given again.
/// </remarks>
internal sealed unsafe class LedgerWriter : IAgent, IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly IDisk _disk;
    private readonly Guid _instance;
    private readonly ShardOutput[] _outputs;
    private readonly long _rollBytes;
    private readonly long _keptFromLsn;
    private byte* _buffer;
    private int _bufferCapacity = BufferBytes;
    private int _buffered;
    private LedgerReader? _stored;

    // The last record that is not to be written although it is derived: see TrustStored.
    private LedgerRecordHead _toldLast = new() { Lsn = -1 };
    private IClock? _clock;
    private IDiskFile? _file;

    // Written and perhaps not synced: no longer the ledger's thread's, which goes on in the next file.
    private readonly ConcurrentQueue<IDiskFile> _filled = new();

    // What readers may rely on: so much of the file of this LSN is written whole. See WrittenBytesOf for their order.
    private long _fileLsnFirst = -1;
    private long _fileBytes;
    private long _lsnLast = -1;
    private long _completeLsn = -1;
    private int _errorNumber;

    private LedgerWriter(IDisk disk, Guid instance, ShardOutput[] outputs, long rollBytes, long keptFromLsn)
    {
        _rollBytes = rollBytes;
        _keptFromLsn = keptFromLsn;
        _disk = disk;
        _instance = instance;
        _outputs = outputs;
        _buffer = (byte*)NativeMemory.Alloc(BufferBytes);
    }

    public string Name => "ledger";

    public BatchCpu Cpu { get; } = new();

    /// <summary>From the event time of transitions until they stood here, by our clock; without those of a recovery.</summary>
    public DurationHistogram EventLatency { get; } = new();

    /// <summary>Everything that slots up to here caused can be read by a <see cref="LedgerReader"/>. Any thread may ask.</summary>
    public long CompleteLsn => Volatile.Read(ref _completeLsn);

    /// <summary>What the disk said when a write failed; none while all is well. Any thread may ask.</summary>
    public DiskError LastError => new(Volatile.Read(ref _errorNumber));

    /// <summary>Bytes cut from the end of the stored ledger because they were not whole.</summary>
    public long TornBytes { get; private set; }

    /// <summary>
    /// Opens the ledger of a data directory for appending. What is stored beyond <paramref name="lsnMax"/> (the end of the
    /// journal) is cut: nothing may be announced that the journal does not hold.
    /// </summary>
    /// <param name="disk">The ledger's directory.</param>
    /// <param name="instance">The journal's instance; files of another one are refused.</param>
    /// <param name="outputs">One for each shard.</param>
    /// <param name="lsnFirst">
    /// The first LSN that the shards will process; stored records from here on are compared. Files that end below it were
    /// made durable with the snapshot that they go on from.
    /// </param>
    /// <param name="lsnMax">The last LSN of the journal.</param>
    /// <param name="rollBytes">A file takes no further LSN once it is larger.</param>
    public static LedgerWriter Open(
        IDisk disk, Guid instance, ShardOutput[] outputs, long lsnFirst, long lsnMax, long rollBytes = LedgerSegment.RollBytes)
    {
        LedgerRetention.Prepare(disk);

        // The journal may reach further back: it removes its own files at its own time.
        var keptFromLsn = LedgerRetention.LowWaterLsn(disk);
        var storedFrom = Math.Max(lsnFirst, keptFromLsn);
        var writer = new LedgerWriter(disk, instance, outputs, rollBytes, keptFromLsn);
        try
        {
            writer.CutBack(storedFrom, lsnMax);
            writer._stored = new LedgerReader(disk, instance, storedFrom);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>
    /// How much of the file that begins with an LSN is written whole, if it is the one that is written now; else 0. What a reader
    /// cannot read below it is damaged, not on its way. Any thread may ask.
    /// </summary>
    public long WrittenBytesOf(long fileLsnFirst)
    {
        if (Volatile.Read(ref _fileLsnFirst) != fileLsnFirst)
        {
            return 0;
        }

        // The next file begins with its bytes, and then with its LSN: bytes that stand between two looks at the same LSN are
        // that file's, or too few.
        var bytes = Volatile.Read(ref _fileBytes);
        return Volatile.Read(ref _fileLsnFirst) == fileLsnFirst ? bytes : 0;
    }

    public int DoWork()
    {
        // Read before the queues are emptied: what caused these positions is in the queues by then.
        var position = PositionMin();
        if (position == _completeLsn)
        {
            return TakeUpTo(position);
        }

        Cpu.Begin();
        var taken = TakeUpTo(position);
        Cpu.End();
        return taken;
    }

    private int TakeUpTo(long position)
    {
        var taken = 0;
        var isDrained = false;
        var nowMicros = _clock?.NowMicros ?? 0;
        while (_buffered < BufferBytes && !isDrained)
        {
            var output = Least(position, out var record);
            isDrained = output is null;
            if (output is null || !TryTake(record))
            {
                break;
            }

            RecordLatency(record, nowMicros);
            output.Advance(record.Length);
            taken++;
        }

        if (_buffered > 0 && !TryFlush())
        {
            return 0;
        }

        if (isDrained && position > _completeLsn)
        {
            // Readers that see the position see the records written before it.
            Volatile.Write(ref _completeLsn, position);
            taken++;
        }

        return taken;
    }

    private void RecordLatency(ReadOnlySpan<byte> record, long nowMicros)
    {
        if (_clock is not null && LedgerSegment.HeadOf(record).Kind == LedgerRecordKind.Transition)
        {
            var atMicros = MemoryMarshal.Read<TransitionBody>(record[LedgerRecordHead.SizeBytes..]).AtMicros;
            EventLatency.RecordMicros(nowMicros - atMicros);
        }
    }

    /// <summary>Behind a recovery, before a thread turns it.</summary>
    public void MeasureBy(IClock clock) => _clock = clock;

    /// <summary>
    /// During recovery, behind slots that the journal lost: what follows may be derived otherwise than it was. What is stored
    /// was derived from the whole journal and told; it stays, and what is derived now goes on behind it.
    /// </summary>
    public void TrustStored()
    {
        while (_stored is not null && _stored.TryRead(long.MaxValue, out var stored))
        {
            _toldLast = LedgerSegment.HeadOf(stored);
            _lsnLast = _toldLast.Lsn;
        }

        ForgetStored();
    }

    /// <summary>The end of recovery.</summary>
    /// <exception cref="LedgerFaultException">A record is stored that was not derived again.</exception>
    public void EndComparing()
    {
        if (_stored is not null && _stored.TryRead(long.MaxValue, out var stored))
        {
            ThrowDerivedDiffers("nothing", Describe(stored));
        }

        ForgetStored();
    }

    /// <summary>
    /// Makes everything durable that was complete when it was called. One cold thread, beside the ledger's. After an error
    /// nothing is known of what was not durable, and no later call tells: the ledger is derived again at the next start.
    /// </summary>
    public DiskError Sync()
    {
        // Taken first: if it is filled meanwhile it stands in the queue, and is synced from there.
        var current = Volatile.Read(ref _file);
        var error = DiskError.None;
        while (_filled.TryDequeue(out var filled))
        {
            error = error.IsNone ? filled.Sync() : error;
            current = ReferenceEquals(current, filled) ? null : current;
            filled.Dispose();
        }

        error = error.IsNone && current is not null ? current.Sync() : error;
        return error.IsNone ? _disk.SyncDirectory() : error;
    }

    public void Dispose()
    {
        _stored?.Dispose();
        _file?.Dispose();
        while (_filled.TryDequeue(out var filled))
        {
            filled.Dispose();
        }

        NativeMemory.Free(_buffer);
        _buffer = null;
    }

    private long PositionMin()
    {
        var least = long.MaxValue;
        foreach (var output in _outputs)
        {
            least = Math.Min(least, output.PositionLsn);
        }

        return least;
    }

    /// <summary>The output whose head is least, if no shard can still put something before it; else null.</summary>
    private ShardOutput? Least(long position, out ReadOnlySpan<byte> leastRecord)
    {
        ShardOutput? least = null;
        leastRecord = default;
        foreach (var output in _outputs)
        {
            if (output.TryPeek(out var record)
                && (least is null || IsBefore(LedgerSegment.HeadOf(record), LedgerSegment.HeadOf(leastRecord))))
            {
                least = output;
                leastRecord = record;
            }
        }

        return least is not null && LedgerSegment.HeadOf(leastRecord).Lsn <= position ? least : null;
    }

    /// <summary>
    /// Compares the record with the stored one, or buffers it; false when it must be flushed first. What was removed on
    /// purpose is not written again.
    /// </summary>
    private bool TryTake(ReadOnlySpan<byte> record)
    {
        ref readonly var head = ref LedgerSegment.HeadOf(record);
        var lsn = head.Lsn;
        if (lsn < _keptFromLsn || !IsBefore(_toldLast, head))
        {
            return true;
        }

        if (_stored is not null)
        {
            if (TryCompare(record))
            {
                return true;
            }

            ForgetStored();
        }

        if (_file is null || (_fileBytes + _buffered > _rollBytes && lsn != _lsnLast))
        {
            if (_buffered > 0 || !TryRoll(lsn))
            {
                return false;
            }
        }

        Buffer(record, lsn);
        return true;
    }

    private static bool IsBefore(in LedgerRecordHead left, in LedgerRecordHead right) =>
        left.Lsn != right.Lsn ? left.Lsn < right.Lsn
        : left.EquipmentIndex != right.EquipmentIndex ? left.EquipmentIndex < right.EquipmentIndex
        : left.Ordinal < right.Ordinal;

    private void ForgetStored()
    {
        _stored?.Dispose();
        _stored = null;
    }

    /// <summary>True when the stored ledger holds this record; false when it ended before it.</summary>
    private bool TryCompare(ReadOnlySpan<byte> record)
    {
        if (!_stored!.TryRead(long.MaxValue, out var stored))
        {
            return false;
        }

        if (!stored.SequenceEqual(record))
        {
            ThrowDerivedDiffers(Describe(record), Describe(stored));
        }

        _lsnLast = LedgerSegment.HeadOf(record).Lsn;
        return true;
    }

    private void Buffer(ReadOnlySpan<byte> record, long lsn)
    {
        var lengthBytes = LedgerSegment.PrefixBytes + record.Length;
        if (_buffered + lengthBytes > _bufferCapacity)
        {
            GrowWhenFull(lengthBytes);
        }

        LedgerSegment.WriteRecord(new Span<byte>(_buffer + _buffered, lengthBytes), record);
        _buffered += lengthBytes;
        _lsnLast = lsn;
    }

    private bool TryFlush()
    {
        if (!IsWritten(_file!.Write(new ReadOnlySpan<byte>(_buffer, _buffered), _fileBytes)))
        {
            return false;
        }

        Volatile.Write(ref _fileBytes, _fileBytes + _buffered);
        _buffered = 0;
        return true;
    }

    private bool TryRoll(long lsnFirst)
    {
        // A file of an earlier try that failed on the way.
        var name = LedgerSegment.NameOf(lsnFirst);
        _disk.Delete(name);
        if (!IsWritten(_disk.TryCreate(name, out var file)))
        {
            return false;
        }

        Span<byte> header = stackalloc byte[LedgerSegment.HeaderBytes];
        LedgerSegment.WriteHeader(header, _instance, lsnFirst, _fileBytes);
        if (!IsWritten(file.Write(header, 0)))
        {
            file.Dispose();
            return false;
        }

        if (_file is not null)
        {
            _filled.Enqueue(_file);
        }

        Volatile.Write(ref _file, file);
        Volatile.Write(ref _fileBytes, LedgerSegment.HeaderBytes);
        Volatile.Write(ref _fileLsnFirst, lsnFirst);
        return true;
    }

    private bool IsWritten(DiskError error)
    {
        Volatile.Write(ref _errorNumber, error.Number);
        return error.IsNone;
    }

    private void GrowWhenFull(int lengthBytes)
    {
        _bufferCapacity = Math.Max(_bufferCapacity * 2, _buffered + lengthBytes);
        _buffer = (byte*)NativeMemory.Realloc(_buffer, (nuint)_bufferCapacity);
    }

    /// <summary>
    /// From the file of an LSN on keeps the longest valid prefix of whole records up to another, and goes on behind it.
    /// What lower LSNs caused was made durable with a snapshot; the rest is written again and synced.
    /// </summary>
    private void CutBack(long lsnFirst, long lsnMax)
    {
        var segments = LedgerSegment.List(_disk);
        segments.ForEach(segment => RequireFormat(segment.Name));
        var begin = Math.Max(0, segments.FindLastIndex(segment => segment.LsnFirst <= lsnFirst));
        _fileBytes = begin > 0 ? LengthOf(segments[begin - 1].Name) : 0;
        for (var index = begin; index < segments.Count; index++)
        {
            var (durableBytes, validBytes) = ReadOn(segments[index], lsnFirst, lsnMax);
            var name = segments[index].Name;
            var file = Open(name, out var fileBytes);
            if (validBytes == fileBytes && index < segments.Count - 1 && IsFollowed(segments[index + 1], validBytes))
            {
                Keep(file, name, durableBytes, validBytes);
                file.Dispose();
                continue;
            }

            TornBytes += fileBytes - validBytes + segments.Skip(index + 1).Sum(later => LengthOf(later.Name));
            Remove(segments.Skip(index + 1));
            if (validBytes > LedgerSegment.HeaderBytes)
            {
                file.Truncate(validBytes).ThrowIfFailed($"{name} cannot be cut in {_disk.Root}");
                Keep(file, name, durableBytes, validBytes);
                _file = file;
                _fileLsnFirst = segments[index].LsnFirst;
            }
            else
            {
                // Nothing of it counts; the file before it is full, so the next record makes a new one.
                file.Dispose();
                Remove(segments.Skip(index).Take(1));
            }

            break;
        }

        _disk.SyncDirectory().ThrowIfFailed($"The ledger directory {_disk.Root} cannot be synced");
    }

    /// <summary>A file of another version is not torn: nothing of it is cut.</summary>
    private void RequireFormat(string name)
    {
        using var file = Open(name, out _);
        Span<byte> header = stackalloc byte[LedgerSegment.HeaderBytes];
        file.Read(header, 0, out var headerBytes).ThrowIfFailed($"{name} cannot be read in {_disk.Root}");
        var format = LedgerSegment.FormatOf(header[..headerBytes]);
        if (format is not (0 or LedgerSegment.Format))
        {
            throw new LedgerFaultException(
                $"{name} in {_disk.Root} is of format {format}, and this version reads format {LedgerSegment.Format}. Start the version " +
                "of HotPath that wrote it. Where the journal reaches back to LSN 0 the directory ledger may be moved away instead, and is " +
                "derived again.");
        }
    }

    /// <returns>Where the records of lower LSNs end, and where the last whole record does.</returns>
    private (long DurableBytes, long ValidBytes) ReadOn((long LsnFirst, string Name) segment, long lsnFirst, long lsnMax)
    {
        using var reader = new LedgerReader(_disk, _instance, segment.Name, segment.LsnFirst);
        var durableBytes = 0L;
        while (segment.LsnFirst <= lsnMax && reader.TryRead(lsnMax, out var record))
        {
            _lsnLast = LedgerSegment.HeadOf(record).Lsn;
            durableBytes = _lsnLast < lsnFirst ? reader.OffsetBytes : durableBytes;
        }

        return (durableBytes, reader.OffsetBytes);
    }

    private void Keep(IDiskFile file, string name, long durableBytes, long validBytes)
    {
        Rewriting.Again(file, durableBytes, validBytes).ThrowIfFailed($"{name} cannot be written again in {_disk.Root}");
        file.Sync().ThrowIfFailed($"{name} cannot be synced in {_disk.Root}");
        _fileBytes = validBytes;
    }

    private void Remove(IEnumerable<(long LsnFirst, string Name)> torn)
    {
        foreach (var (_, name) in torn)
        {
            _disk.Delete(name).ThrowIfFailed($"{name} cannot be removed in {_disk.Root}");
        }
    }

    private long LengthOf(string name)
    {
        using var file = Open(name, out var fileBytes);
        return fileBytes;
    }

    /// <summary>
    /// A power cut may take the end of a file that was not synced, at a record's border, and leave the file after it; or
    /// of that one the header, which tells how long this one was.
    /// </summary>
    private bool IsFollowed((long LsnFirst, string Name) next, long bytes)
    {
        using var reader = new LedgerReader(_disk, _instance, next.Name, next.LsnFirst);
        return reader.OffsetBytes > 0 && reader.PreviousBytes == bytes;
    }

    private IDiskFile Open(string name, out long fileBytes)
    {
        _disk.TryOpen(name, out var file).ThrowIfFailed($"{name} cannot be opened in {_disk.Root}");
        file.Length(out fileBytes).ThrowIfFailed($"{name} cannot be read in {_disk.Root}");
        return file;
    }

    private static string Describe(ReadOnlySpan<byte> record)
    {
        ref readonly var head = ref LedgerSegment.HeadOf(record);
        return $"{head.Kind} of LSN {head.Lsn}, equipment {head.EquipmentIndex}, ordinal {head.Ordinal}";
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    private static void ThrowDerivedDiffers(string derived, string stored) =>
        throw new LedgerFaultException(
            $"What is derived again from the journal differs from the ledger: derived {derived}; stored {stored}. Journal or " +
            "ledger is damaged, or another version of HotPath wrote it. Verify the journal; if it is good, remove the ledger " +
            "directory and start again.");
}
