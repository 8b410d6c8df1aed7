using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Ring;

/// <summary>
/// Decoded slots of one datagram batch or one call, and the raw bytes of what could not be decoded, before they are
/// published at once. Belongs to one producer thread at a time. Grows up to its maximum in native memory;
/// <see cref="IsFull"/> says that it may not grow further.
/// </summary>
internal sealed unsafe class StagingBlock : IDisposable
{
    private readonly int _slotCountMax;
    private Slot* _slots;
    private int _slotCapacity;
    private byte* _raw;
    private int _rawCapacity;
    private int _rawCount;
    private bool _hasCheckpoint;

    public StagingBlock(int slotCapacity, int slotCountMax)
    {
        Invariant.Holds(slotCapacity >= 1 && slotCapacity <= slotCountMax);

        _slotCountMax = slotCountMax;
        _slotCapacity = slotCapacity;
        _slots = (Slot*)NativeMemory.AlignedAlloc((nuint)slotCapacity * Slot.SizeBytes, Slot.SizeBytes);
    }

    public int Count { get; private set; }

    /// <summary>How many of the slots are rejected ones.</summary>
    public int RejectedCount { get; private set; }

    public bool IsFull => Count == _slotCountMax;

    /// <summary>Raw bytes of rejected slots that it holds.</summary>
    public int RawBytes => _rawCount;

    /// <summary>The most slots it can hold.</summary>
    public int CountMax => _slotCountMax;

    // Safe because Count never exceeds the capacity that _slots was allocated with. Worth it: no copy per slot.
    public Span<Slot> Slots => new(_slots, Count);

    /// <summary>The next slot, with undefined content: every field must be written. Not to be called when full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Slot Add()
    {
        ref var slot = ref Next();
        Count++;
        return ref slot;
    }

    /// <summary>As <see cref="Add"/>, of a slot that counts only once it is taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Slot Next()
    {
        if (Count == _slotCapacity)
        {
            GrowWhenFull();
        }

        return ref _slots[Count];
    }

    /// <summary>The slot that <see cref="Next"/> gave is filled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeNext() => Count++;

    /// <summary>Whether slots of this block have bytes of their own: rejected ones, or a checkpoint.</summary>
    public bool HasAttachments => RejectedCount != 0 || _hasCheckpoint;

    /// <summary>
    /// Begins an empty block with the checkpoint that will tell how far it goes; what it says is known once the block is
    /// full: <see cref="EndCheckpoint"/>. It comes first so that a journal that ends within the block shows how much of
    /// it there is.
    /// </summary>
    public void BeginCheckpoint(long receivedAtMicros)
    {
        Invariant.Holds(Count == 0);

        Add() = Slot.Of(SlotKind.Checkpoint, receivedAtMicros);
    }

    /// <summary>Says what the checkpoint at the begin of this block is: the bytes of a <see cref="CheckpointRecord"/>.</summary>
    public void EndCheckpoint(ReadOnlySpan<byte> record)
    {
        Invariant.Holds(!_hasCheckpoint && Count > 0 && _slots[0].Kind == SlotKind.Checkpoint);

        _slots[0].ValueBits = AddRaw(record);
        _hasCheckpoint = true;
    }

    /// <summary>Takes back what was staged after <paramref name="count"/> (a record that turned out bad as a whole).</summary>
    public void CutBackTo(int count)
    {
        for (var index = count; index < Count; index++)
        {
            if (_slots[index].Kind == SlotKind.Rejected)
            {
                RejectedCount--;
            }
        }

        Count = count;
    }

    /// <summary>Takes slots out of the middle: what is behind them moves up.</summary>
    public void Remove(int first, int count)
    {
        Invariant.Holds(first >= 0 && count >= 0 && first + count <= Count);

        var removed = Slots.Slice(first, count);
        foreach (ref readonly var slot in removed)
        {
            RejectedCount -= slot.Kind == SlotKind.Rejected ? 1 : 0;
        }

        Slots[(first + count)..].CopyTo(Slots[first..]);
        Count -= count;
    }

    /// <summary>
    /// Stages a rejected record or reading with its raw bytes (cut at the limit).
    /// </summary>
    public void AddRejected(ReadOnlySpan<byte> raw, RejectReason reason, int sourceIndex, ushort listener, long receivedAtMicros)
    {
        var at = AddRaw(raw[..Math.Min(raw.Length, EngineLimits.RejectedRecordBytesMax)]);
        Add() = Slot.Of(SlotKind.Rejected, receivedAtMicros) with
        {
            RejectReason = reason,
            ValueBits = at,
            SourceIndex = sourceIndex,
            Listener = listener,
        };
        RejectedCount++;
    }

    /// <summary>The bytes of a rejected slot or checkpoint of this block.</summary>
    public ReadOnlySpan<byte> RawOf(in Slot slot)
    {
        var at = (int)slot.ValueBits;
        return new ReadOnlySpan<byte>(_raw + at + sizeof(int), Unsafe.ReadUnaligned<int>(_raw + at));
    }

    public void Clear()
    {
        Count = 0;
        RejectedCount = 0;
        _rawCount = 0;
        _hasCheckpoint = false;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_slots);
        NativeMemory.Free(_raw);
        _slots = null;
        _raw = null;
    }

    private void GrowWhenFull()
    {
        Invariant.Holds(_slotCapacity < _slotCountMax);

        _slotCapacity = Math.Min(_slotCapacity * 2, _slotCountMax);
        _slots = (Slot*)NativeMemory.AlignedRealloc(_slots, (nuint)_slotCapacity * Slot.SizeBytes, Slot.SizeBytes);
    }

    /// <returns>Where the length and the bytes behind it begin.</returns>
    private int AddRaw(ReadOnlySpan<byte> bytes)
    {
        var at = _rawCount;
        EnsureRaw(_rawCount + sizeof(int) + bytes.Length);
        Unsafe.WriteUnaligned(_raw + at, bytes.Length);
        bytes.CopyTo(new Span<byte>(_raw + at + sizeof(int), bytes.Length));
        _rawCount += sizeof(int) + bytes.Length;
        return at;
    }

    private void EnsureRaw(int bytes)
    {
        if (bytes > _rawCapacity)
        {
            _rawCapacity = Math.Max(bytes, Math.Max(4096, _rawCapacity * 2));
            _raw = (byte*)NativeMemory.Realloc(_raw, (nuint)_rawCapacity);
        }
    }
}
