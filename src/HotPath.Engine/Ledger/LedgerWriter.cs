using System.Runtime.InteropServices;
using HotPath.Engine.Agents;
using Microsoft.Win32.SafeHandles;

namespace HotPath.Engine.Ledger;

/// <summary>
/// The ledger stage: merges the outputs of all shards by (LSN, equipment, ordinal) into append-only files.
/// One thread turns it. When a write fails it keeps what it holds, reports <see cref="Fault"/>, and tries again at the
/// next turn; shards are held back by their outputs meanwhile.
/// </summary>
/// <remarks>
/// After a crash what stands whole on disk is kept: <see cref="Open"/> reads it, and records that the shards derive
/// again are compared with it instead of being written. A difference means that the outputs are no function of the
/// journal any more, and stops the process.
/// </remarks>
internal sealed unsafe class LedgerWriter : IAgent, IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly string _directory;
    private readonly Guid _instance;
    private readonly ShardOutput[] _outputs;
    private byte* _buffer;
    private int _bufferCapacity = BufferBytes;
    private int _buffered;
    private LedgerReader? _stored;
    private SafeFileHandle? _file;
    private long _fileBytes;
    private long _lsnLast = -1;
    private long _completeLsn = -1;
    private long _recordCount;

    private LedgerWriter(string directory, Guid instance, ShardOutput[] outputs)
    {
        _directory = directory;
        _instance = instance;
        _outputs = outputs;
        _buffer = (byte*)NativeMemory.Alloc(BufferBytes);
    }

    public string Name => "ledger";

    /// <summary>Everything that slots up to here caused can be read by a <see cref="LedgerReader"/>. Any thread may ask.</summary>
    public long CompleteLsn => Volatile.Read(ref _completeLsn);

    /// <summary>Records so far, those compared with the stored ones included. Any thread may ask.</summary>
    public long RecordCount => Volatile.Read(ref _recordCount);

    /// <summary>The last write that failed, or null while all is well. Any thread may ask.</summary>
    public IOException? Fault { get; private set; }

    /// <summary>Bytes cut from the end of the stored ledger because they were not whole.</summary>
    public long TornBytes { get; private set; }

    /// <summary>
    /// Opens the ledger of a data directory for appending. What is stored beyond <paramref name="lsnMax"/> (the end of the
    /// journal) is cut: nothing may be announced that the journal does not hold.
    /// </summary>
    /// <param name="directory">Is created when absent.</param>
    /// <param name="instance">The journal's instance; files of another one are refused.</param>
    /// <param name="outputs">One for each shard.</param>
    /// <param name="lsnFirst">The first LSN that the shards will process; stored records from here on are compared.</param>
    /// <param name="lsnMax">The last LSN of the journal.</param>
    public static LedgerWriter Open(string directory, Guid instance, ShardOutput[] outputs, long lsnFirst, long lsnMax)
    {
        System.IO.Directory.CreateDirectory(directory);
        var writer = new LedgerWriter(directory, instance, outputs);
        writer.CutBack(lsnMax);
        writer._stored = new LedgerReader(directory, instance, lsnFirst);
        return writer;
    }

    public int DoWork()
    {
        // Read before the queues are emptied: what caused these positions is in the queues by then.
        var position = PositionMin();
        var taken = 0;
        var isDrained = false;
        while (_buffered < BufferBytes && !isDrained)
        {
            var output = Least(position, out var record);
            isDrained = output is null;
            if (output is null || !TryTake(record))
            {
                break;
            }

            output.Advance(record.Length);
            taken++;
        }

        if (_buffered > 0 && !TryFlush())
        {
            return 0;
        }

        _recordCount += taken;
        if (isDrained && position > _completeLsn)
        {
            // Readers that see the position see the records written before it.
            Volatile.Write(ref _completeLsn, position);
            taken++;
        }

        return taken;
    }

    /// <summary>Whether everything that is stored has been derived again. False only during recovery.</summary>
    public bool IsComparing => _stored is not null;

    public void Dispose()
    {
        _stored?.Dispose();
        _file?.Dispose();
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
            if (output.TryPeek(out var record) && (least is null || IsBefore(record, leastRecord)))
            {
                least = output;
                leastRecord = record;
            }
        }

        return least is not null && LedgerSegment.HeadOf(leastRecord).Lsn <= position ? least : null;
    }

    /// <summary>Compares the record with the stored one, or buffers it; false when it must be flushed first.</summary>
    private bool TryTake(ReadOnlySpan<byte> record)
    {
        if (_stored is not null)
        {
            if (TryCompare(record))
            {
                return true;
            }

            _stored.Dispose();
            _stored = null;
        }

        var lsn = LedgerSegment.HeadOf(record).Lsn;
        if (_file is null || (_fileBytes + _buffered > LedgerSegment.RollBytes && lsn != _lsnLast))
        {
            if (_buffered > 0 || !TryRoll(lsn))
            {
                return false;
            }
        }

        Buffer(record, lsn);
        return true;
    }

    private static bool IsBefore(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        ref readonly var a = ref LedgerSegment.HeadOf(left);
        ref readonly var b = ref LedgerSegment.HeadOf(right);
        return a.Lsn != b.Lsn ? a.Lsn < b.Lsn
            : a.EquipmentIndex != b.EquipmentIndex ? a.EquipmentIndex < b.EquipmentIndex
            : a.Ordinal < b.Ordinal;
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
            ThrowDerivedDiffers(record, stored);
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
        try
        {
            RandomAccess.Write(_file!, new ReadOnlySpan<byte>(_buffer, _buffered), _fileBytes);
            _fileBytes += _buffered;
            _buffered = 0;
            Fault = null;
            return true;
        }
        catch (IOException fault)
        {
            Fault = fault;
            return false;
        }
    }

    private bool TryRoll(long lsnFirst)
    {
        try
        {
            var path = LedgerSegment.PathOf(_directory, lsnFirst);
            var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> header = stackalloc byte[LedgerSegment.HeaderBytes];
            LedgerSegment.WriteHeader(header, _instance, lsnFirst);
            RandomAccess.Write(file, header, 0);
            _file?.Dispose();
            _file = file;
            _fileBytes = LedgerSegment.HeaderBytes;
            Fault = null;
            return true;
        }
        catch (IOException fault)
        {
            Fault = fault;
            return false;
        }
    }

    private void GrowWhenFull(int lengthBytes)
    {
        _bufferCapacity = Math.Max(_bufferCapacity * 2, _buffered + lengthBytes);
        _buffer = (byte*)NativeMemory.Realloc(_buffer, (nuint)_bufferCapacity);
    }

    /// <summary>Keeps the longest valid prefix of whole records up to an LSN, and goes on behind it.</summary>
    private void CutBack(long lsnMax)
    {
        var segments = LedgerSegment.List(_directory);
        for (var index = 0; index < segments.Count; index++)
        {
            var (lsnFirst, path) = segments[index];
            using var reader = new LedgerReader(path, _instance, lsnFirst, lsnFirst);
            while (lsnFirst <= lsnMax && reader.TryRead(lsnMax, out var record))
            {
                _lsnLast = LedgerSegment.HeadOf(record).Lsn;
            }

            var validBytes = reader.OffsetBytes;
            var fileBytes = new FileInfo(path).Length;
            if (validBytes == fileBytes && index < segments.Count - 1)
            {
                continue;
            }

            TornBytes += fileBytes - validBytes;
            foreach (var (_, later) in segments.Skip(index + 1))
            {
                TornBytes += new FileInfo(later).Length;
                File.Delete(later);
            }

            if (validBytes <= LedgerSegment.HeaderBytes)
            {
                // Nothing of it counts; the file before it is full, so the next record makes a new one.
                File.Delete(path);
                return;
            }

            _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.SetLength(_file, validBytes);
            _fileBytes = validBytes;
            return;
        }
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    private static void ThrowDerivedDiffers(ReadOnlySpan<byte> derived, ReadOnlySpan<byte> stored)
    {
        var a = LedgerSegment.HeadOf(derived);
        var b = LedgerSegment.HeadOf(stored);
        throw new LedgerFaultException(
            "What is derived again from the journal differs from the ledger: derived " +
            $"{a.Kind} of LSN {a.Lsn}, equipment {a.EquipmentIndex}, ordinal {a.Ordinal}; stored {b.Kind} of LSN {b.Lsn}, " +
            $"equipment {b.EquipmentIndex}, ordinal {b.Ordinal}. Journal or ledger is damaged, or another version of HotPath " +
            "wrote it. Verify the journal; if it is good, remove the ledger directory and start again.");
    }
}
