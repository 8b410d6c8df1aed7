using System.Runtime.InteropServices;
using HotPath.Engine.Native;

namespace HotPath.Engine.Shard;

/// <summary>
/// Memory that is ready before a shard needs it: a cold thread takes it from the system and touches it, so that a burst
/// of new machines costs the shard neither a call of the system nor a page fault. Two threads: one calls
/// <see cref="Prepare"/>, the shard's takes.
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

    private readonly ReadyMemory _chunks = new(ChunkBytes, ChunkBytes, ChunksReady, ChunksReady);
    private readonly ReadyMemory[] _blocks = [.. Enumerable.Range(BlockPowerMin, BlockPowerMax - BlockPowerMin + 1)
        .Select(power => new ReadyMemory((1L << power) + BlockHeadBytes, BlockHeadBytes, BlocksReadyOfPower, BlocksReadyOfPower))];

    private int _powerTaken = BlockPowerMin - PowersAhead;

    /// <summary>Chunks and blocks that were not ready when the shard needed them. Any thread may ask.</summary>
    public long UnpreparedCount => _chunks.UnpreparedCount + _blocks.Sum(block => block.UnpreparedCount);

    /// <summary>One step of the cold thread; false when everything is ready.</summary>
    public bool Prepare()
    {
        if (_chunks.Prepare())
        {
            return true;
        }

        var powerLast = Math.Min(Volatile.Read(ref _powerTaken) + PowersAhead, BlockPowerMax);
        for (var power = BlockPowerMin; power <= powerLast; power++)
        {
            if (_blocks[power - BlockPowerMin].Prepare())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The shard's thread: a chunk of any content, aligned to its size.</summary>
    public byte* TakeChunk() => _chunks.Take();

    /// <summary>The shard's thread: 2^power bytes of any content behind a head, aligned to a cache line.</summary>
    public byte* TakeBlock(int power)
    {
        Volatile.Write(ref _powerTaken, Math.Max(_powerTaken, power));
        return _blocks[power - BlockPowerMin].Take();
    }

    /// <summary>Gives a chunk or a block back to the system.</summary>
    public static void Free(void* memory) => NativeMemory.AlignedFree(memory);

    public void Dispose()
    {
        _chunks.Dispose();
        foreach (var block in _blocks)
        {
            block.Dispose();
        }
    }
}
