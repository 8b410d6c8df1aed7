using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using HotPath.Engine.Native;

namespace HotPath.Engine.Ledger;

/// <summary>
/// The end of the ledger: gathers records and writes them to its newest file, and to the next one when that is full. The
/// ledger's thread appends; another, cold one syncs beside it. When a write fails it keeps what it holds, and the caller tries
/// again.
/// </summary>
internal sealed unsafe class LedgerAppender : IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly IDisk _disk;
    private readonly Guid _instance;
    private readonly long _rollBytes;
    private byte* _buffer = (byte*)NativeMemory.Alloc(BufferBytes);
    private int _bufferCapacity = BufferBytes;
    private int _buffered;
    private IDiskFile? _file;

    // Written and perhaps not synced: no longer the ledger's thread's, which goes on in the next file.
    private readonly ConcurrentQueue<IDiskFile> _filled = new();

    // What readers may rely on: so much of the file of this LSN is written whole. See WrittenBytesOf for their order.
    private long _fileLsnFirst;
    private long _fileBytes;
    private long _lsnLast;
    private int _errorNumber;

    /// <param name="disk">The ledger's directory.</param>
    /// <param name="instance">The journal's.</param>
    /// <param name="opening">Where it goes on; the file becomes the appender's.</param>
    /// <param name="rollBytes">A file takes no further LSN once it is larger.</param>
    public LedgerAppender(IDisk disk, Guid instance, LedgerOpening opening, long rollBytes)
    {
        _disk = disk;
        _instance = instance;
        _rollBytes = rollBytes;
        _file = opening.File;
        _fileLsnFirst = opening.FileLsnFirst;
        _fileBytes = opening.FileBytes;
        _lsnLast = opening.LsnLast;
    }

    /// <summary>As much is gathered as is worth a write.</summary>
    public bool IsFull => _buffered >= BufferBytes;

    /// <summary>What the disk said when a write failed; none while all is well. Any thread may ask.</summary>
    public DiskError LastError => new(Volatile.Read(ref _errorNumber));

    /// <summary>
    /// How much of the file that begins with an LSN is written whole, if it is the one that is written now; else 0. Any thread
    /// may ask.
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

    /// <summary>Gathers a record; false when what was gathered must be flushed first, or no file can be made.</summary>
    public bool TryAppend(ReadOnlySpan<byte> record, long lsn)
    {
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

    /// <summary>Writes what was gathered; false when the disk refuses.</summary>
    public bool TryFlush()
    {
        if (_buffered == 0)
        {
            return true;
        }

        if (!IsWritten(_file!.Write(new ReadOnlySpan<byte>(_buffer, _buffered), _fileBytes)))
        {
            return false;
        }

        Volatile.Write(ref _fileBytes, _fileBytes + _buffered);
        _buffered = 0;
        return true;
    }

    /// <summary>
    /// Makes everything durable that was written when it was called. One cold thread, beside the ledger's. After an error
    /// nothing is known of what was not durable, and no later call tells.
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
        _file?.Dispose();
        while (_filled.TryDequeue(out var filled))
        {
            filled.Dispose();
        }

        NativeMemory.Free(_buffer);
        _buffer = null;
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
}
