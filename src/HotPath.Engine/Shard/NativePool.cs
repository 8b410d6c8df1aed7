using System.Numerics;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Shard;

/// <summary>
/// Native memory for one shard's growing parts (waiting readings, timers, windows...), in size classes of four steps
/// per doubling, so that less than a quarter is wasted. The shard thread only. Never full: it takes chunks from the
/// system; what is given back is reused by its size class.
/// </summary>
internal sealed unsafe class NativePool : IDisposable
{
    private const int ChunkBytes = HugePages.PageBytes;
    private const int SizeClassCount = 256;
    private const int LineBytes = 64;

    // A block larger than this is taken from the system by itself, and given back to it.
    private const int PooledBytesMax = ChunkBytes / 4;

    private readonly nint* _free = (nint*)NativeMemory.AllocZeroed(SizeClassCount, (nuint)sizeof(nint));

    // Chunks and large blocks begin with a link of their own, so that keeping them allocates nothing.
    private Link* _chunks;
    private Link* _large;
    private byte* _chunkAt;
    private byte* _chunkEnd;

    /// <summary>Bytes in use, rounded as they were given out.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>A zeroed block of at least so many bytes, aligned to 16; whole cache lines begin at one.</summary>
    public void* Take(long bytes)
    {
        var sizeClass = SizeClassOf(bytes, out var roundedBytes);
        UsedBytes += roundedBytes;
        if (roundedBytes > PooledBytesMax)
        {
            return TakeLarge(roundedBytes);
        }

        var block = (byte*)_free[sizeClass];
        if (block != null)
        {
            _free[sizeClass] = *(nint*)block;
        }
        else
        {
            if (roundedBytes % LineBytes == 0)
            {
                _chunkAt = (byte*)(((nuint)_chunkAt + LineBytes - 1) & ~(nuint)(LineBytes - 1));
            }

            if (_chunkEnd - _chunkAt < roundedBytes)
            {
                AddChunk();
            }

            block = _chunkAt;
            _chunkAt += roundedBytes;
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
        if (roundedBytes > PooledBytesMax)
        {
            GiveLarge((Link*)block - 1);
            return;
        }

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
        for (var chunk = _chunks; chunk != null;)
        {
            var next = chunk->Next;
            NativeMemory.AlignedFree(chunk);
            chunk = next;
        }

        while (_large != null)
        {
            GiveLarge(_large);
        }

        _chunks = null;
        NativeMemory.Free(_free);
    }

    private void AddChunk()
    {
        var chunk = (Link*)NativeMemory.AlignedAlloc(ChunkBytes, HugePages.PageBytes);
        HugePages.Advise(chunk, ChunkBytes);
        *chunk = new Link { Next = _chunks };
        _chunks = chunk;
        _chunkAt = (byte*)(chunk + 1);
        _chunkEnd = (byte*)chunk + ChunkBytes;
    }

    private void* TakeLarge(long bytes)
    {
        var link = (Link*)NativeMemory.AllocZeroed((nuint)(bytes + sizeof(Link)));
        link->Next = _large;
        if (_large != null)
        {
            _large->Previous = link;
        }

        _large = link;
        return link + 1;
    }

    private void GiveLarge(Link* link)
    {
        if (link->Next != null)
        {
            link->Next->Previous = link->Previous;
        }

        if (link->Previous != null)
        {
            link->Previous->Next = link->Next;
        }
        else
        {
            _large = link->Next;
        }

        NativeMemory.Free(link);
    }

    // Sizes 16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320...
    private static int SizeClassOf(long bytes, out long roundedBytes)
    {
        if (bytes <= 64)
        {
            roundedBytes = Math.Max(16, (bytes + 15) & ~15L);
            return (int)(roundedBytes >> 4);
        }

        var power = BitOperations.Log2((ulong)(bytes - 1));
        var stepBytes = 1L << (power - 2);
        roundedBytes = (bytes + stepBytes - 1) / stepBytes * stepBytes;
        return (power * 4) + (int)((roundedBytes - (1L << power)) / stepBytes);
    }

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Link
    {
        public Link* Next;
        public Link* Previous;
    }
}
