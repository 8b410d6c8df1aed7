using HotPath.Engine.Agents;
using HotPath.Engine.Ledger;

namespace HotPath.Engine.Shard;

/// <summary>Keeps memory ready for the shards and for what they put out, off their threads. One thread turns it.</summary>
internal sealed class MemoryPreparer(MemorySupply[] supplies, ShardOutput[] outputs) : IAgent
{
    public string Name => "memory-prepare";

    /// <summary>A piece of memory for each shard that lacks one.</summary>
    public int DoWork()
    {
        var done = 0;
        foreach (var supply in supplies)
        {
            done += supply.Prepare() ? 1 : 0;
        }

        foreach (var output in outputs)
        {
            done += output.PrepareChunk() ? 1 : 0;
        }

        return done;
    }
}
