using System.Runtime.InteropServices;

namespace HotPath.Engine.Native;

/// <summary>
/// Bytes outside the managed heap that one owner fills again and again; they grow when asked and never shrink.
/// Belongs to its owner's thread.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int PageBytes = 4096;

    private byte* _bytes;

    public NativeBuffer(int capacityBytes)
    {
        EnsureCapacity(capacityBytes);
    }

    public int CapacityBytes { get; private set; }

    public byte* Pointer => _bytes;

    // Safe because the memory is as long as the capacity says. Worth it: JournalBench, aligned, never moved.
    public Span<byte> Span => new(_bytes, CapacityBytes);

    /// <summary>Keeps the content.</summary>
    public void EnsureCapacity(int bytes)
    {
        if (bytes > CapacityBytes)
        {
            _bytes = (byte*)NativeMemory.AlignedRealloc(_bytes, (nuint)bytes, PageBytes);
            CapacityBytes = bytes;
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_bytes);
        _bytes = null;
        CapacityBytes = 0;
    }
}
