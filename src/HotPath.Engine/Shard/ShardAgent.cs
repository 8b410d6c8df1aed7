using HotPath.Engine.Agents;
using HotPath.Engine.Ledger;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Shard;

/// <summary>
/// Turns one shard: hands it what the ring has for it, batch by batch. One thread turns it. While the ledger is too far
/// behind it takes nothing, so that the ring, and with it the producers, wait. Between batches it saves a slice of its state
/// when a snapshot is under way, and answers a slice of what it is asked.
/// </summary>
internal sealed class ShardAgent(int shardIndex, RingReader reader, ShardProcessor processor, ShardOutput output) : IAgent
{
    // 4,096 slots are 256 KiB: a batch stays in L2 while it is processed, and the ring gets its room back soon.
    private const int BatchSlotsMax = 4096;

    public string Name { get; } = $"shard-{shardIndex}";

    /// <summary>The last LSN this shard has processed. Any thread may ask.</summary>
    public long PositionLsn => reader.Position.Value;

    public BatchCpu Cpu { get; } = new();

    public int DoWork()
    {
        var aside = processor.Saver.Slice() + processor.AnswerSlice();
        if (output.IsOverLimit)
        {
            return aside;
        }

        var slots = reader.Peek(BatchSlotsMax, out var lsnFirst);
        if (slots.IsEmpty)
        {
            return aside;
        }

        Cpu.Begin();
        processor.Process(slots, lsnFirst);
        reader.Release(slots.Length);
        Cpu.End();
        return slots.Length;
    }
}
