using HotPath.Engine.Agents;

namespace HotPath.Engine.Shard;

/// <summary>Keeps memory ready for the shards, off their threads. One thread turns it.</summary>
internal sealed class MemoryPreparer(MemorySupply[] supplies) : IAgent
{
    public string Name => "memory-prepare";

    /// <summary>A piece of memory for each shard that lacks one.</summary>
    public int DoWork()
    {
        var done = 0;
        foreach (var supply in supplies)
        {
            done += supply.DoWork();
        }

        return done;
    }
}
