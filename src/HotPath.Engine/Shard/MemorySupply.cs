using System.Runtime.InteropServices;

namespace HotPath.Engine.Shard;

/// <summary>
/// Memory that is ready before a shard needs it: a cold thread takes it from the system and touches it, so that a burst
/// of new machines costs the shard neither a call of the system nor a page fault. Two threads: one calls
/// <see cref="DoWork"/>, the shard's takes. What is not ready in time the shard takes from the system itself, counted.
/// </summary>
internal sealed unsafe class MemorySupply : IDisposable
{
    public const int ChunkBytes = HugePages.PageBytes;

    /// <summary>The least block that stands by itself: 1 MiB; others are its doublings.</summary>
    public const int BlockPowerMin = 20;

    /// <summary>Every block begins with so many bytes for its taker.</summary>
    public const int BlockHeadBytes = 64;

    private const int BlockPowerMax = 40;

    /// <summary>16 MiB are two thousand machines with 20 tags and 10 rules.</summary>
    private const int ChunksReady = 8;

    /// <summary>How many doublings beyond the largest block taken one is ready.</summary>
    private const int PowersAhead = 2;

    /// <summary>As many as can come to the same size within a slot: who is due, in which order, the heap of a group.</summary>
    private const int BlocksReadyOfPower = 3;

    private readonly nint[] _chunks = new nint[ChunksReady];
    private readonly nint[] _blocks = new nint[(BlockPowerMax - BlockPowerMin + 1) * BlocksReadyOfPower];
    private int _powerTaken = BlockPowerMin - PowersAhead;
    private long _unpreparedCount;

    /// <summary>Chunks and blocks that were not ready when the shard needed them. Any thread may ask.</summary>
    public long UnpreparedCount => Volatile.Read(ref _unpreparedCount);

    /// <summary>One step of the cold thread: what is missing is made ready.</summary>
    public int DoWork()
    {
        if (TryFill(_chunks, ChunkBytes))
        {
            return 1;
        }

        var powerLast = Math.Min(Volatile.Read(ref _powerTaken) + PowersAhead, BlockPowerMax);
        for (var power = BlockPowerMin; power <= powerLast; power++)
        {
            if (TryFill(BlocksOf(power), BlockBytes(power)))
            {
                return 1;
            }
        }

        return 0;
    }

    /// <summary>The shard's thread: zeroed, aligned to its size.</summary>
    public byte* TakeChunk() => Take(_chunks, ChunkBytes);

    /// <summary>The shard's thread: 2^power zeroed bytes behind a head, aligned to a cache line.</summary>
    public byte* TakeBlock(int power)
    {
        Volatile.Write(ref _powerTaken, Math.Max(_powerTaken, power));
        return Take(BlocksOf(power), BlockBytes(power));
    }

    /// <summary>Gives a chunk or a block back to the system.</summary>
    public static void Free(void* memory) => NativeMemory.AlignedFree(memory);

    public void Dispose()
    {
        foreach (var memory in (Span<nint>)[.. _chunks, .. _blocks])
        {
            Free((void*)memory);
        }
    }

    private Span<nint> BlocksOf(int power) => _blocks.AsSpan((power - BlockPowerMin) * BlocksReadyOfPower, BlocksReadyOfPower);

    private static nuint BlockBytes(int power) => ((nuint)1 << power) + BlockHeadBytes;

    private byte* Take(Span<nint> places, nuint bytes)
    {
        foreach (ref var place in places)
        {
            var memory = Interlocked.Exchange(ref place, 0);
            if (memory != 0)
            {
                return (byte*)memory;
            }
        }

        Volatile.Write(ref _unpreparedCount, _unpreparedCount + 1);
        return FromSystem(bytes);
    }

    private static bool TryFill(Span<nint> places, nuint bytes)
    {
        foreach (ref var place in places)
        {
            if (Volatile.Read(ref place) == 0)
            {
                Volatile.Write(ref place, (nint)FromSystem(bytes));
                return true;
            }
        }

        return false;
    }

    private static byte* FromSystem(nuint bytes)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc(bytes, (nuint)(bytes == ChunkBytes ? ChunkBytes : BlockHeadBytes));
        HugePages.Advise(memory, bytes);
        NativeMemory.Clear(memory, bytes);
        return memory;
    }
}
