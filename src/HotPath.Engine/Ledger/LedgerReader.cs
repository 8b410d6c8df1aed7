using System.Runtime.InteropServices;
using HotPath.Engine.Native;

namespace HotPath.Engine.Ledger;

/// <summary>
/// A cursor over the ledger's files, from an LSN on. Belongs to one thread; may run while the writer appends.
/// At the end of what is there it says so, and finds more later. What is damaged stops it by a
/// <see cref="LedgerFaultException"/>: nobody's rows are left out unseen.
/// </summary>
internal sealed unsafe class LedgerReader : IDisposable
{
    private const int BufferBytes = 256 * 1024;

    private readonly IDisk _disk;
    private readonly bool _isOfOneFile;
    private readonly Guid _instance;
    private readonly long _lsnFirst;
    private byte* _buffer;
    private int _bufferCapacity = BufferBytes;
    private int _bufferedFrom;
    private int _bufferedTo;
    private int _peekedBytes;
    private IDiskFile? _file;
    private long _fileLsnFirst = -1;
    private long _lsnRead = -1;
    private long _toldLsnFirst = -1;
    private bool _hasHeader;
    private LedgerFaultException? _fault;

    /// <summary>A cursor over all files of a directory, at the first record of an LSN not below <paramref name="lsnFirst"/>.</summary>
    public LedgerReader(IDisk disk, Guid instance, long lsnFirst)
    {
        _disk = disk;
        _instance = instance;
        _lsnFirst = lsnFirst;
        _buffer = (byte*)NativeMemory.Alloc(BufferBytes);
    }

    /// <summary>A cursor over one file.</summary>
    internal LedgerReader(IDisk disk, Guid instance, string name, long fileLsnFirst)
    {
        _disk = disk;
        _isOfOneFile = true;
        _instance = instance;
        _lsnFirst = fileLsnFirst;
        _buffer = (byte*)NativeMemory.Alloc(BufferBytes);
        OpenFile(name, fileLsnFirst);
    }

    /// <summary>
    /// Hears of damage, and the reader goes on behind it, in the next file; null: damage stops it. For who shows what is whole
    /// and says what is missing.
    /// </summary>
    public Action<LedgerDamage>? OnDamage { get; init; }

    /// <summary>
    /// How much of the file that begins with an LSN is known to be written whole: so damage in the file that is still written
    /// is found before there is a next one. <see cref="LedgerWriter.WrittenBytesOf"/>.
    /// </summary>
    public Func<long, long> WrittenBytesOf { get; init; } = static _ => 0;

    /// <summary>Where in the current file the next record begins.</summary>
    public long OffsetBytes { get; private set; }

    /// <summary>The first LSN of the current file, which is in its name; -1 when none is open.</summary>
    public long FileLsnFirst => _fileLsnFirst;

    /// <summary>How long the file before the current one is, as this one says.</summary>
    public long PreviousBytes { get; private set; }

    /// <summary>
    /// The next record, head first, if there is one of an LSN up to <paramref name="lsnMax"/>, and goes on behind it.
    /// Valid until the next call.
    /// </summary>
    public bool TryRead(long lsnMax, out ReadOnlySpan<byte> record)
    {
        if (!TryPeek(lsnMax, out record))
        {
            return false;
        }

        Advance();
        return true;
    }

    /// <summary>As <see cref="TryRead"/>, but stays before the record. Costs nothing when it is asked again.</summary>
    public bool TryPeek(long lsnMax, out ReadOnlySpan<byte> record)
    {
        while (_peekedBytes > 0 || TryFindNext(lsnMax))
        {
            record = new ReadOnlySpan<byte>(_buffer + _bufferedFrom + LedgerSegment.PrefixBytes, _peekedBytes);
            var lsn = LedgerSegment.HeadOf(record).Lsn;
            if (lsn > lsnMax)
            {
                break;
            }

            if (lsn >= _lsnFirst)
            {
                return true;
            }

            Advance();
        }

        record = default;
        return false;
    }

    /// <summary>Goes on behind the record that was peeked.</summary>
    public void Advance()
    {
        var lengthBytes = LedgerSegment.PrefixBytes + _peekedBytes;
        _bufferedFrom += lengthBytes;
        OffsetBytes += lengthBytes;
        _peekedBytes = 0;
    }

    public void Dispose()
    {
        _file?.Dispose();
        NativeMemory.Free(_buffer);
        _buffer = null;
    }

    /// <summary>Makes the next whole record of the current file, or of the one after it, the peeked one.</summary>
    private bool TryFindNext(long lsnMax)
    {
        if (_fault is not null)
        {
            throw _fault;
        }

        if (_file is null && !TryOpenFirst(lsnMax))
        {
            return false;
        }

        while (!TryParseOrFill())
        {
            var next = Next(lsnMax);
            var writtenBytes = next is null ? WrittenBytesOf(_fileLsnFirst) : long.MaxValue;
            if (writtenBytes <= OffsetBytes)
            {
                return false;
            }

            // What stands before a next file, or before what is written, is final; but it may have grown since it was read.
            if (TryParseOrFill())
            {
                return true;
            }

            if (next is null)
            {
                TellOnce(new LedgerDamage(PathOf(_fileLsnFirst), OffsetBytes, 0, Math.Max(_lsnRead, _fileLsnFirst), lsnMax));
                return false;
            }

            GoOn(next.Value.Name, next.Value.LsnFirst);
        }

        return true;
    }

    /// <summary>The second fill is for a record larger than the buffer, whose length only the first one shows.</summary>
    private bool TryParseOrFill() =>
        TryParse() || (TryFill() && TryParse()) || (RecordBytesWanted() > _bufferedTo && TryFill() && TryParse());

    private bool TryParse()
    {
        var buffered = new ReadOnlySpan<byte>(_buffer + _bufferedFrom, _bufferedTo - _bufferedFrom);
        if (!LedgerSegment.TryReadRecord(buffered, out var record))
        {
            return false;
        }

        _peekedBytes = record.Length;
        _lsnRead = LedgerSegment.HeadOf(record).Lsn;
        return true;
    }

    /// <summary>Reads on from the current offset, with room for at least one record.</summary>
    private bool TryFill()
    {
        if (!_hasHeader)
        {
            return false;
        }

        var wantedBytes = RecordBytesWanted();
        if (wantedBytes > _bufferCapacity)
        {
            _bufferCapacity = wantedBytes;
            _buffer = (byte*)NativeMemory.Realloc(_buffer, (nuint)wantedBytes);
        }

        _bufferedFrom = 0;
        Check(_file!.Read(new Span<byte>(_buffer, _bufferCapacity), OffsetBytes, out _bufferedTo));
        return _bufferedTo > 0;
    }

    private int RecordBytesWanted()
    {
        if (_bufferedTo - _bufferedFrom < LedgerSegment.PrefixBytes + LedgerRecordHead.SizeBytes)
        {
            return BufferBytes;
        }

        var lengthBytes = MemoryMarshal.Read<int>(
            new ReadOnlySpan<byte>(_buffer + _bufferedFrom + LedgerSegment.PrefixBytes, sizeof(int)));
        // A length that the file cannot hold is damage, found by the checksum; it must not make the buffer grow.
        var isPossible = lengthBytes > 0 && OffsetBytes + lengthBytes + LedgerSegment.PrefixBytes <= FileBytes();
        return isPossible ? Math.Max(BufferBytes, lengthBytes + LedgerSegment.PrefixBytes) : BufferBytes;
    }

    /// <summary>
    /// To the next file, which says how long this one was. One without a header has been read up to byte 0 when the file
    /// behind it says so. Files that were removed on purpose while the reader stood still are missing, not damaged.
    /// </summary>
    private void GoOn(string name, long lsnFirst)
    {
        var (readLsnFirst, readBytes) = (_fileLsnFirst, OffsetBytes);
        OpenFile(name, lsnFirst);
        if (!_hasHeader || PreviousBytes == readBytes || LedgerRetention.LowWaterLsn(_disk) >= lsnFirst)
        {
            return;
        }

        Tell(new LedgerDamage(PathOf(readLsnFirst), readBytes, PreviousBytes, Math.Max(_lsnRead, readLsnFirst), lsnFirst - 1));
    }

    /// <summary>As long as the file is written it may be asked for again and again.</summary>
    private void TellOnce(LedgerDamage damage)
    {
        if (_toldLsnFirst != _fileLsnFirst)
        {
            _toldLsnFirst = _fileLsnFirst;
            Tell(damage);
        }
    }

    private void Tell(LedgerDamage damage)
    {
        if (OnDamage is null)
        {
            throw _fault = damage.ToFault();
        }

        OnDamage(damage);
    }

    private string PathOf(long fileLsnFirst) => Path.Combine(_disk.Root, LedgerSegment.NameOf(fileLsnFirst));

    private bool TryOpenFirst(long lsnMax)
    {
        if (_isOfOneFile)
        {
            return false;
        }

        var segments = LedgerSegment.List(_disk);
        var last = segments.FindLastIndex(segment => segment.LsnFirst <= _lsnFirst);
        var index = Math.Max(last, 0);
        if (index >= segments.Count || segments[index].LsnFirst > lsnMax)
        {
            return false;
        }

        OpenFile(segments[index].Name, segments[index].LsnFirst);
        return true;
    }

    private (long LsnFirst, string Name)? Next(long lsnMax)
    {
        if (_isOfOneFile)
        {
            return null;
        }

        var segments = LedgerSegment.List(_disk);
        var index = segments.FindIndex(segment => segment.LsnFirst > _fileLsnFirst);
        return index >= 0 && segments[index].LsnFirst <= lsnMax ? segments[index] : null;
    }

    private long FileBytes()
    {
        Check(_file!.Length(out var lengthBytes));
        return lengthBytes;
    }

    private void Check(DiskError error)
    {
        // The message is made only when it is told.
        if (!error.IsNone)
        {
            error.ThrowIfFailed($"The ledger cannot be read in {_disk.Root}");
        }
    }

    private void OpenFile(string name, long lsnFirst)
    {
        _disk.TryOpen(name, out var file).ThrowIfFailed($"The ledger's file {name} cannot be opened in {_disk.Root}");
        _file?.Dispose();
        _file = file;
        Span<byte> header = stackalloc byte[LedgerSegment.HeaderBytes];
        file.Read(header, 0, out var headerBytes).ThrowIfFailed($"The ledger's file {name} cannot be read in {_disk.Root}");
        _fileLsnFirst = lsnFirst;
        _bufferedFrom = _bufferedTo = 0;
        // A file with a bad header reads as empty: recovery cuts it away.
        _hasHeader = LedgerSegment.TryReadHeader(header[..headerBytes], _instance, lsnFirst, out var previousBytes);
        PreviousBytes = previousBytes;
        OffsetBytes = _hasHeader ? LedgerSegment.HeaderBytes : 0;
    }
}
