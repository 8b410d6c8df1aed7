using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace HotPath.Kinesis.Http;

/// <summary>
/// The server's memory for what comes and goes, in blocks of 64 KiB where its own are of 4 KiB: a PutRecords call of
/// 200 KB is then received in a few system calls and hops instead of fifty. Any thread. Blocks are kept up to a bound
/// and left to the collector past it.
/// </summary>
internal sealed class ReceiveMemory : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private const int BlockBytes = 64 * 1024;
    private const int IdleCountMax = 1024;

    private readonly ConcurrentQueue<Block> _idle = new();
    private int _idleCount;

    public override int MaxBufferSize => BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Engine.Invariant.Holds(minBufferSize <= BlockBytes);

        if (_idle.TryDequeue(out var block))
        {
            Interlocked.Decrement(ref _idleCount);
            return block;
        }

        return new Block(this);
    }

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    /// <summary>Lives as long as the server: the transport disposes of it per endpoint, and others go on using it.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private void GiveBack(Block block)
    {
        if (Interlocked.Increment(ref _idleCount) <= IdleCountMax)
        {
            _idle.Enqueue(block);
        }
        else
        {
            Interlocked.Decrement(ref _idleCount);
        }
    }

    /// <summary>Pinned for the sockets.</summary>
    private sealed class Block(ReceiveMemory pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

        public Memory<byte> Memory => _bytes;

        public void Dispose() => pool.GiveBack(this);
    }
}
