using System.Runtime.InteropServices;

namespace HotPath.Engine.Shard.Saving;

/// <summary>
/// Saved state on its way from one shard (the only writer) to the thread that puts it on disk (the only reader), in
/// native chunks. <see cref="HasRoom"/> tells the shard whether it may go on saving in turn; what must be saved at once,
/// because it is about to change, goes in whatever waits, so the queue grows at most to the size of the state.
/// </summary>
internal sealed unsafe class SaveQueue : IDisposable
{
    /// <summary>What LZ4 takes at once, and what a shard saves in one turn.</summary>
    public const int ChunkBytes = 256 * 1024;

    private const long BacklogBytesMax = 4L * 1024 * 1024;

    // Of one size, kept for reuse: 4 MiB, what waits in turn.
    private const int SparesMax = 16;

    private long _publishedBytes;
    private long _takenBytes;
    private int _spareCount;
    private nint _spares;

    // Writer side: the chunk being filled, and the last one published.
    private SaveChunk* _filling;
    private SaveChunk* _last;

    // Reader side: the chunk taken last; its successor is the next.
    private SaveChunk* _taken;

    public SaveQueue()
    {
        _last = _taken = NewChunk(0);
    }

    /// <summary>Writer: whether what waits is little enough to save further machines in turn.</summary>
    public bool HasRoom => BacklogBytes < BacklogBytesMax;

    /// <summary>Bytes that wait for the reader. Either side may ask.</summary>
    public long BacklogBytes => Volatile.Read(ref _publishedBytes) - Volatile.Read(ref _takenBytes);

    /// <summary>Writer: room for so many bytes, in one piece. <see cref="Advance"/> must follow.</summary>
    public byte* Reserve(int bytes)
    {
        if (_filling == null || _filling->UsedBytes + bytes > _filling->CapacityBytes)
        {
            PublishFilled(SavePart.Machines);
            _filling = TakeChunk(bytes);
        }

        return _filling->Bytes + _filling->UsedBytes;
    }

    /// <summary>Writer: so many bytes were written where <see cref="Reserve"/> said.</summary>
    public void Advance(int bytes) => _filling->UsedBytes += bytes;

    /// <summary>Writer: what was written since the last publishing is a part of its own, though it may be empty.</summary>
    public void Publish(SavePart part)
    {
        if (part != SavePart.Machines && (_filling == null || _filling->UsedBytes == 0))
        {
            _filling = _filling == null ? TakeChunk(0) : _filling;
        }

        PublishFilled(part);
    }

    /// <summary>Reader: the next chunk, valid until the next call.</summary>
    public bool TryTake(out SavePart part, out ReadOnlySpan<byte> bytes)
    {
        var next = (SaveChunk*)Volatile.Read(ref _taken->Next);
        if (next == null)
        {
            part = default;
            bytes = default;
            return false;
        }

        Recycle(_taken);
        _taken = next;
        part = next->Part;
        bytes = new ReadOnlySpan<byte>(next->Bytes, next->UsedBytes);
        Volatile.Write(ref _takenBytes, _takenBytes + next->CapacityBytes);
        return true;
    }

    public void Dispose()
    {
        for (var chunk = _taken; chunk != null;)
        {
            var next = (SaveChunk*)chunk->Next;
            NativeMemory.Free(chunk);
            chunk = next;
        }

        for (var spare = (SaveChunk*)_spares; spare != null;)
        {
            var next = (SaveChunk*)spare->Next;
            NativeMemory.Free(spare);
            spare = next;
        }

        NativeMemory.Free(_filling);
        _filling = _last = _taken = null;
        _spares = 0;
    }

    private void PublishFilled(SavePart part)
    {
        if (_filling == null)
        {
            return;
        }

        _filling->Part = part;
        Volatile.Write(ref _publishedBytes, _publishedBytes + _filling->CapacityBytes);

        // The bytes stand before the link that shows them.
        Volatile.Write(ref _last->Next, (nint)_filling);
        _last = _filling;
        _filling = null;
    }

    private SaveChunk* TakeChunk(int bytes)
    {
        if (bytes > ChunkBytes)
        {
            return NewChunk(bytes);
        }

        // The writer takes the whole list and puts back what it does not need: nobody else ever takes, so that no
        // chunk can come back while it is looked at.
        var spare = (SaveChunk*)Interlocked.Exchange(ref _spares, 0);
        if (spare == null)
        {
            return NewChunk(ChunkBytes);
        }

        for (var rest = (SaveChunk*)spare->Next; rest != null;)
        {
            var next = (SaveChunk*)rest->Next;
            Push(rest);
            rest = next;
        }

        Interlocked.Decrement(ref _spareCount);
        spare->UsedBytes = 0;
        spare->Next = 0;
        return spare;
    }

    private void Recycle(SaveChunk* chunk)
    {
        if (chunk->CapacityBytes == ChunkBytes && Volatile.Read(ref _spareCount) < SparesMax)
        {
            Interlocked.Increment(ref _spareCount);
            Push(chunk);
        }
        else
        {
            NativeMemory.Free(chunk);
        }
    }

    private void Push(SaveChunk* chunk)
    {
        nint head;
        do
        {
            head = Volatile.Read(ref _spares);
            chunk->Next = head;
        }
        while (Interlocked.CompareExchange(ref _spares, (nint)chunk, head) != head);
    }

    private static SaveChunk* NewChunk(int capacityBytes)
    {
        var chunk = (SaveChunk*)NativeMemory.Alloc((nuint)(sizeof(SaveChunk) + capacityBytes));
        *chunk = new SaveChunk { CapacityBytes = capacityBytes };
        return chunk;
    }

    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct SaveChunk
    {
        public nint Next;
        public int CapacityBytes;
        public int UsedBytes;
        public SavePart Part;

        public readonly byte* Bytes =>
            (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(
                ref System.Runtime.CompilerServices.Unsafe.AsRef(in this)) + sizeof(SaveChunk);
    }
}

/// <summary>What a chunk of saved state holds. The values stand in snapshots: never renumber.</summary>
internal enum SavePart
{
    None = 0,

    /// <summary>The begin of a shard's state: clocks, options, sources (<see cref="SavedHead"/>).</summary>
    Head = 1,

    /// <summary>Whole machines, one behind the other (<see cref="MachineRecord"/>).</summary>
    Machines = 2,

    /// <summary>The shard has saved everything; machines may stand before it.</summary>
    End = 3,

    /// <summary>The shard gave up: the rules changed meanwhile. Nothing of this state counts.</summary>
    Abandoned = 4,
}
