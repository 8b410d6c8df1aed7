using HotPath.Engine.Shard;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Shard;

public sealed unsafe class NativePoolTests(ITestOutputHelper output)
{
    private const long LargestBytes = 3 << 20;

    /// <summary>Blocks of all sizes, taken and given back at random while a second thread prepares: none shares a byte with another.</summary>
    [Fact]
    public void Blocks_are_zeroed_and_never_overlap_while_memory_is_prepared_beside()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        using var pool = new NativePool();
        using var isStopping = new CancellationTokenSource();
        var preparing = new Thread(() => PrepareUntil(pool.Supply, isStopping.Token));
        preparing.Start();
        var blocks = new List<(nint At, int Bytes, byte Mark)>();
        for (var turn = 0; turn < 20_000; turn++)
        {
            if (blocks.Count > 0 && random.Next(100) < 45)
            {
                var index = random.Next(blocks.Count);
                var (at, bytes, mark) = blocks[index];
                Assert.Equal(-1, new ReadOnlySpan<byte>((void*)at, bytes).IndexOfAnyExcept(mark));
                pool.Give((void*)at, bytes);
                blocks[index] = blocks[^1];
                blocks.RemoveAt(blocks.Count - 1);
            }
            else if (blocks.Count < 400)
            {
                var bytes = 1 + (int)(LargestBytes >> random.Next(22) >> (random.Next(8) == 0 ? 0 : 4));
                var block = new Span<byte>(pool.Take(bytes), bytes);
                Assert.Equal(-1, block.IndexOfAnyExcept((byte)0));
                var mark = (byte)random.Next(1, 256);
                block.Fill(mark);
                fixed (byte* at = block)
                {
                    blocks.Add(((nint)at, bytes, mark));
                }
            }
        }

        isStopping.Cancel();
        preparing.Join();
        foreach (var (at, bytes, mark) in blocks)
        {
            Assert.Equal(-1, new ReadOnlySpan<byte>((void*)at, bytes).IndexOfAnyExcept(mark));
            pool.Give((void*)at, bytes);
        }

        Assert.Equal(0, pool.UsedBytes);
    }

    /// <summary>A list that doubles finds its next block ready, each time that the cold thread had its turn between.</summary>
    [Fact]
    public void Prepared_memory_is_taken_and_what_was_not_ready_is_counted()
    {
        using var pool = new NativePool();
        pool.Take(64);
        Assert.Equal(1, pool.Supply.UnpreparedCount);

        void* list = null;
        for (var bytes = 1L << 15; bytes <= 1 << 26; bytes *= 2)
        {
            while (pool.Supply.Prepare())
            {
            }

            list = pool.Grow(list, list == null ? 0 : bytes / 2, bytes);
            ((byte*)list)[bytes - 1] = 1;
        }

        Assert.Equal(1, pool.Supply.UnpreparedCount);
        Assert.Equal((1 << 26) + 64, pool.UsedBytes);

        // No turn between: the ready ones do for a while, then the pool helps itself.
        for (var taken = 0; taken < 100; taken++)
        {
            *(byte*)pool.Take(1 << 20) = 1;
        }

        Assert.True(pool.Supply.UnpreparedCount > 1);
    }

    [Fact]
    public void Large_blocks_that_were_given_back_are_used_again()
    {
        using var pool = new NativePool();
        var first = (nint)pool.Take(1_500_000);
        *(byte*)first = 1;
        pool.Give((void*)first, 1_500_000);

        var second = (nint)pool.Take(2_000_000);

        Assert.Equal(first, second);
        Assert.Equal(0, *(byte*)second);
    }

    private static void PrepareUntil(MemorySupply supply, CancellationToken isStopping)
    {
        while (!isStopping.IsCancellationRequested)
        {
            if (!supply.Prepare())
            {
                Thread.Yield();
            }
        }
    }
}
