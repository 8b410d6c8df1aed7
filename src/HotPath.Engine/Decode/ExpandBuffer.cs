using System.Runtime.InteropServices;

namespace HotPath.Engine.Decode;

/// <summary>
/// Where a compressed record expands to. Belongs to one decoder and its thread. Grows by doubling; what would be longer than
/// <see cref="BytesMax"/> is refused.
/// </summary>
internal sealed unsafe class ExpandBuffer : IDisposable
{
    private const int CapacityMin = 64 * 1024;

    public byte* Bytes { get; private set; }

    public int Capacity { get; private set; }

    /// <summary>What the next record may expand to, at most <see cref="EngineLimits.ExpandedBytesMax"/>.</summary>
    public int BytesMax { get; set; } = EngineLimits.ExpandedBytesMax;

    /// <summary>What may be written without more being reserved.</summary>
    public int Room => int.Min(Capacity, BytesMax);

    /// <summary>Makes room for so many bytes in all; what stands there stays.</summary>
    public bool TryReserve(long bytes)
    {
        if (bytes > BytesMax)
        {
            return false;
        }

        if (bytes <= Capacity)
        {
            return true;
        }

        Capacity = (int)long.Min(EngineLimits.ExpandedBytesMax, long.Max(CapacityMin, long.Max(bytes, 2L * Capacity)));
        Bytes = (byte*)NativeMemory.Realloc(Bytes, (nuint)Capacity);
        return true;
    }

    public void Dispose()
    {
        NativeMemory.Free(Bytes);
        Bytes = null;
        Capacity = 0;
    }
}
