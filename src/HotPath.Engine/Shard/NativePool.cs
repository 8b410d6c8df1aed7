using System.Numerics;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Shard;

/// <summary>
/// Native memory for one shard's growing parts (waiting readings, timers, windows...), in size classes of four steps
/// per doubling, so that less than a quarter is wasted; beyond half a MiB a class is a doubling. The shard thread only.
/// Never full: it takes from its supply, and what is given back is reused by its size class.
/// </summary>
internal sealed unsafe class NativePool : IDisposable
{
    private const int SizeClassCount = 256;
    private const int LineBytes = 64;

    // Larger ones stand by themselves.
    private const int ChunkedBytesMax = MemorySupply.ChunkBytes / 4;

    private readonly nint* _free = (nint*)NativeMemory.AllocZeroed(SizeClassCount, (nuint)sizeof(nint));

    // Chunks and blocks begin with a link, so that keeping them allocates nothing.
    private Link* _taken;
    private byte* _chunkAt;
    private byte* _chunkEnd;

    /// <summary>Where chunks and large blocks come from.</summary>
    public MemorySupply Supply { get; } = new();

    /// <summary>Bytes in use, rounded as they were given out.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>A zeroed block of at least so many bytes, aligned to 16; whole cache lines begin at one.</summary>
    public void* Take(long bytes)
    {
        var sizeClass = SizeClassOf(bytes, out var roundedBytes);
        UsedBytes += roundedBytes;
        var block = (byte*)_free[sizeClass];
        if (block != null)
        {
            _free[sizeClass] = *(nint*)block;
        }
        else
        {
            block = roundedBytes > ChunkedBytesMax
                ? Keep((Link*)Supply.TakeBlock(BitOperations.Log2((ulong)roundedBytes)))
                : FromChunk(roundedBytes);
        }

        NativeMemory.Clear(block, (nuint)roundedBytes);
        return block;
    }

    /// <summary>Gives a block back. The size is the one it was taken with.</summary>
    public void Give(void* block, long bytes)
    {
        if (block == null)
        {
            return;
        }

        var sizeClass = SizeClassOf(bytes, out var roundedBytes);
        UsedBytes -= roundedBytes;
        *(nint*)block = _free[sizeClass];
        _free[sizeClass] = (nint)block;
    }

    /// <summary>A larger block with the same content; the old one is given back.</summary>
    public void* Grow(void* block, long bytes, long newBytes)
    {
        var larger = Take(newBytes);
        if (block != null)
        {
            NativeMemory.Copy(block, larger, (nuint)bytes);
            Give(block, bytes);
        }

        return larger;
    }

    public void Dispose()
    {
        while (_taken != null)
        {
            var next = _taken->Next;
            MemorySupply.Free(_taken);
            _taken = next;
        }

        NativeMemory.Free(_free);
        Supply.Dispose();
    }

    private byte* FromChunk(long roundedBytes)
    {
        if (roundedBytes % LineBytes == 0)
        {
            _chunkAt = (byte*)(((nuint)_chunkAt + LineBytes - 1) & ~(nuint)(LineBytes - 1));
        }

        if (_chunkEnd - _chunkAt < roundedBytes)
        {
            var chunk = Supply.TakeChunk();
            _chunkAt = Keep((Link*)chunk);
            _chunkEnd = chunk + MemorySupply.ChunkBytes;
        }

        var block = _chunkAt;
        _chunkAt += roundedBytes;
        return block;
    }

    /// <summary>Where the room behind the link begins.</summary>
    private byte* Keep(Link* taken)
    {
        taken->Next = _taken;
        _taken = taken;
        return (byte*)(taken + 1);
    }

    // Sizes 16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320... 512 Ki, 1 Mi, 2 Mi, 4 Mi...
    private static int SizeClassOf(long bytes, out long roundedBytes)
    {
        if (bytes <= 64)
        {
            roundedBytes = Math.Max(16, (bytes + 15) & ~15L);
            return (int)(roundedBytes >> 4);
        }

        var power = BitOperations.Log2((ulong)(bytes - 1));
        if (bytes > ChunkedBytesMax)
        {
            roundedBytes = 2L << power;
            return (power + 1) * 4;
        }

        var stepBytes = 1L << (power - 2);
        roundedBytes = (bytes + stepBytes - 1) / stepBytes * stepBytes;
        return (power * 4) + (int)((roundedBytes - (1L << power)) / stepBytes);
    }

    [StructLayout(LayoutKind.Sequential, Size = MemorySupply.BlockHeadBytes)]
    private struct Link
    {
        public Link* Next;
    }
}
