using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Ring;

/// <summary>
/// Raw bytes of rejected records, and checkpoints of consumers, on their way from producers to the journal, in native memory up to a limit.
/// Any thread may reserve and store; who releases a handle is the only one to use it. When over the limit a
/// reservation is refused and nothing changes.
/// </summary>
internal sealed unsafe class RejectsBuffer
{
    private readonly long _bytesMax;
    private long _reservedBytes;

    public RejectsBuffer(long bytesMax = EngineLimits.RejectedBytesMax)
    {
        _bytesMax = bytesMax;
    }

    /// <summary>What went through since start.</summary>
    public RejectedCounts Published { get; } = new();

    public long ReservedBytes => Volatile.Read(ref _reservedBytes);

    public long BytesMax => _bytesMax;

    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _reservedBytes, bytes) <= _bytesMax)
        {
            return true;
        }

        Interlocked.Add(ref _reservedBytes, -bytes);
        return false;
    }

    public void Unreserve(long bytes) => Interlocked.Add(ref _reservedBytes, -bytes);

    /// <summary>What one record takes of the limit.</summary>
    public static long BytesOf(ReadOnlySpan<byte> raw) => sizeof(int) + raw.Length;

    /// <summary>Copies bytes for which room is reserved. The handle goes into the slot.</summary>
    public static long Store(ReadOnlySpan<byte> raw)
    {
        // Safe because the block is as long as what is written. Worth it: rejects never touch the managed heap.
        var block = (byte*)NativeMemory.Alloc((nuint)BytesOf(raw));
        Unsafe.WriteUnaligned(block, raw.Length);
        raw.CopyTo(new Span<byte>(block + sizeof(int), raw.Length));
        return (long)block;
    }

    public static ReadOnlySpan<byte> Read(long handle)
    {
        var block = (byte*)handle;
        return new ReadOnlySpan<byte>(block + sizeof(int), Unsafe.ReadUnaligned<int>(block));
    }

    /// <summary>Frees the bytes and their share of the limit.</summary>
    public void Release(long handle)
    {
        Unreserve(BytesOf(Read(handle)));
        NativeMemory.Free((void*)handle);
    }
}
