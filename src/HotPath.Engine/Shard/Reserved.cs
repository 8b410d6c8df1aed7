using System.Runtime.InteropServices;

namespace HotPath.Engine.Shard;

/// <summary>
/// A zeroed array reserved to its limit. Pages that are never touched cost nothing: an allocation of this size is
/// mapped by the system and filled on first use. It begins at a cache line. The owner's thread only.
/// </summary>
internal sealed unsafe class Reserved<T> : IDisposable
    where T : unmanaged
{
    private const int LineBytes = 64;

    private void* _block;

    public Reserved(int countMax)
    {
        _block = NativeMemory.AllocZeroed(((nuint)countMax * (nuint)sizeof(T)) + LineBytes);
        Items = (T*)(((nuint)_block + LineBytes - 1) & ~(nuint)(LineBytes - 1));
    }

    public T* Items { get; private set; }

    public void Dispose()
    {
        NativeMemory.Free(_block);
        _block = null;
        Items = null;
    }
}
