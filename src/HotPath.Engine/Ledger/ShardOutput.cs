using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HotPath.Engine.Native;

namespace HotPath.Engine.Ledger;

/// <summary>
/// The queue of ledger records from one shard (the only writer) to the ledger (the only reader), in native chunks.
/// Never full in the middle of an LSN: it grows by chunks; <see cref="IsOverLimit"/> tells the shard to take no
/// further slots until the ledger has caught up. Empty chunks go back to the writer; a third, cold thread keeps some ready.
/// </summary>
internal sealed unsafe class ShardOutput : IDisposable
{
    private const int ChunkBytes = 1 << 20;
    private const int ChunksReady = 2;
    private const int ChunksKept = 16;

    private long _positionLsn = -1;
    private long _writtenBytes;
    private long _readBytes;

    // Writer side.
    private Chunk* _writing;
    private int _writingAt;

    // Reader side.
    private Chunk* _reading;
    private int _readingAt;

    private readonly ReadyMemory _chunks = new(sizeof(Chunk) + ChunkBytes, sizeof(Chunk), ChunksReady, ChunksKept);

    public ShardOutput()
    {
        _writing = FreshChunk(ChunkBytes);
        _reading = _writing;
    }

    /// <summary>The shard has processed every slot up to here, and everything they caused is in the queue.</summary>
    public long PositionLsn => Volatile.Read(ref _positionLsn);

    /// <summary>Bytes that wait for the ledger.</summary>
    public long BacklogBytes => Volatile.Read(ref _writtenBytes) - Volatile.Read(ref _readBytes);

    /// <summary>Chunks that were not ready when the writer needed them. Any thread may ask.</summary>
    public long UnpreparedCount => _chunks.UnpreparedCount;

    public bool IsOverLimit => BacklogBytes > EngineLimits.ShardOutputBytesMax;

    /// <summary>
    /// Writer: room for one record of a head and <paramref name="bodyBytes"/>; the head is filled in, the body is
    /// zeroed. Becomes visible with <see cref="Commit"/>.
    /// </summary>
    public Span<byte> Append(long lsn, int equipmentIndex, int ordinal, LedgerRecordKind kind, int bodyBytes)
    {
        var lengthBytes = (LedgerRecordHead.SizeBytes + bodyBytes + 7) & ~7;
        if (_writingAt + lengthBytes > _writing->CapacityBytes)
        {
            AppendChunkWhenFull(lengthBytes);
        }

        var record = _writing->Bytes + _writingAt;
        // Safe because the record lies within the chunk, checked above. Worth it: one copy less per record.
        Unsafe.InitBlockUnaligned(record, 0, (uint)lengthBytes);
        ref var head = ref Unsafe.AsRef<LedgerRecordHead>(record);
        head.LengthBytes = lengthBytes;
        head.EquipmentIndex = equipmentIndex;
        head.Lsn = lsn;
        head.Ordinal = ordinal;
        head.Kind = kind;
        _writingAt += lengthBytes;
        return new Span<byte>(record + LedgerRecordHead.SizeBytes, bodyBytes);
    }

    /// <summary>Writer: makes visible what was appended, then the position.</summary>
    public void Commit(long positionLsn)
    {
        var added = _writingAt - _writing->CommittedBytes;
        if (added > 0)
        {
            // The bytes of the records stand before the reader sees the new end.
            Volatile.Write(ref _writing->CommittedBytes, _writingAt);
            Volatile.Write(ref _writtenBytes, _writtenBytes + added);
        }

        // The records stand before the position that promises them.
        Volatile.Write(ref _positionLsn, positionLsn);
    }

    /// <summary>Reader: the next record, whole (head first), or false when there is none now.</summary>
    public bool TryPeek(out ReadOnlySpan<byte> record)
    {
        while (true)
        {
            // The next pointer is read first: if it is set, CommittedBytes is final.
            var next = (Chunk*)Volatile.Read(ref _reading->Next);
            if (_readingAt < Volatile.Read(ref _reading->CommittedBytes))
            {
                var at = _reading->Bytes + _readingAt;
                record = new ReadOnlySpan<byte>(at, Unsafe.AsRef<LedgerRecordHead>(at).LengthBytes);
                return true;
            }

            if (next == null)
            {
                record = default;
                return false;
            }

            Recycle(_reading);
            _reading = next;
            _readingAt = 0;
        }
    }

    /// <summary>Reader: goes on behind the record that was peeked.</summary>
    public void Advance(int lengthBytes)
    {
        _readingAt += lengthBytes;
        Volatile.Write(ref _readBytes, _readBytes + lengthBytes);
    }

    /// <summary>The cold thread: one more chunk, when fewer than wanted are ready.</summary>
    public bool PrepareChunk() => _chunks.Prepare();

    public void Dispose()
    {
        for (var chunk = _reading; chunk != null;)
        {
            var next = (Chunk*)chunk->Next;
            NativeMemory.AlignedFree(chunk);
            chunk = next;
        }

        _chunks.Dispose();
        _reading = _writing = null;
    }

    private void AppendChunkWhenFull(int lengthBytes)
    {
        // Records in the old chunk that are not committed yet become visible with it; they are whole, and the reader
        // takes only LSNs up to the position.
        var added = _writingAt - _writing->CommittedBytes;
        Volatile.Write(ref _writing->CommittedBytes, _writingAt);
        Volatile.Write(ref _writtenBytes, _writtenBytes + added);

        var chunk = FreshChunk(Math.Max(ChunkBytes, lengthBytes));
        Volatile.Write(ref _writing->Next, (nint)chunk);
        _writing = chunk;
        _writingAt = 0;
    }

    private void Recycle(Chunk* chunk)
    {
        if (chunk->CapacityBytes == ChunkBytes)
        {
            _chunks.Give(chunk);
        }
        else
        {
            NativeMemory.AlignedFree(chunk);
        }
    }

    /// <summary>A record that is longer than a chunk gets one of its own.</summary>
    private Chunk* FreshChunk(int capacityBytes)
    {
        var chunk = capacityBytes == ChunkBytes
            ? (Chunk*)_chunks.Take()
            : (Chunk*)NativeMemory.AlignedAlloc((nuint)(sizeof(Chunk) + capacityBytes), (nuint)sizeof(Chunk));
        chunk->CapacityBytes = capacityBytes;
        chunk->CommittedBytes = 0;
        chunk->Next = 0;
        return chunk;
    }

    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct Chunk
    {
        public nint Next;
        public int CapacityBytes;
        public int CommittedBytes;

        public readonly byte* Bytes => (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in this)) + sizeof(Chunk);
    }
}
