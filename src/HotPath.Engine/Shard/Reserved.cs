using System.Runtime.InteropServices;

namespace HotPath.Engine.Shard;

/// <summary>
/// A zeroed array reserved to its limit. Pages that are never touched cost nothing: an allocation of this size is
/// mapped by the system and filled on first use. The owner's thread only.
/// </summary>
internal sealed unsafe class Reserved<T>(int countMax) : IDisposable
    where T : unmanaged
{
    public T* Items { get; private set; } = (T*)NativeMemory.AllocZeroed((nuint)countMax, (nuint)sizeof(T));

    public void Dispose()
    {
        NativeMemory.Free(Items);
        Items = null;
    }
}
