using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;
using HotPath.Engine.Shard.Saving;

namespace HotPath.TestKit.Reference;

/// <summary>Some shards with their outputs and, where a save was begun, what came of it so far. One thread.</summary>
internal sealed class SavedShards : IDisposable
{
    private readonly SaveQueue[] _queues;
    private readonly List<byte[]>[] _machines;
    private readonly SavedHead?[] _heads;
    private readonly bool[] _hasEnded;

    public SavedShards(int count, NameTables names, RuleCatalog catalog)
    {
        Outputs = [.. Enumerable.Range(0, count).Select(_ => new ShardOutput())];
        Shards = [.. Outputs.Select((output, index) => new ShardProcessor(index, count, names, catalog, output))];
        _queues = [.. Outputs.Select(_ => new SaveQueue())];
        _machines = [.. Outputs.Select(_ => new List<byte[]>())];
        _heads = new SavedHead?[count];
        _hasEnded = new bool[count];
        for (var index = 0; index < count; index++)
        {
            Shards[index].Saver.Attach(_queues[index]);
        }
    }

    public ShardOutput[] Outputs { get; }

    public ShardProcessor[] Shards { get; }

    /// <summary>Every shard has saved everything.</summary>
    public bool IsSaved => _hasEnded.All(ended => ended);

    /// <summary>A rule change came before the end.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>The state that was saved, as it would stand in files.</summary>
    public (SavedHead[] Heads, List<byte[]> Machines) Saved => ([.. _heads.Select(head => head!)], [.. _machines.SelectMany(m => m)]);

    public void ForgetSaved()
    {
        IsAbandoned = false;
        Array.Clear(_hasEnded);
        foreach (var machines in _machines)
        {
            machines.Clear();
        }
    }

    /// <summary>Goes on from what others saved.</summary>
    public void Load((SavedHead[] Heads, List<byte[]> Machines) saved)
    {
        // Sources stand in the first shard's head.
        var head = saved.Heads.Single(head => head.Shard == 0);
        Array.ForEach(saved.Heads, each => Shards[0].Counters.Add(each.Counters));
        foreach (var shard in Shards)
        {
            shard.BeginLoad(head);
            foreach (var machines in saved.Machines)
            {
                shard.LoadMachines(machines);
            }

            shard.EndLoad();
        }
    }

    /// <summary>A slice of each shard.</summary>
    public void Slice(int bytesMax)
    {
        for (var index = 0; index < Shards.Length; index++)
        {
            Shards[index].Saver.Slice(bytesMax);
            Take(index);
        }
    }

    public void Dispose()
    {
        foreach (var shard in Shards)
        {
            shard.Dispose();
        }

        foreach (var output in Outputs)
        {
            output.Dispose();
        }

        foreach (var queue in _queues)
        {
            queue.Dispose();
        }
    }

    private void Take(int index)
    {
        while (_queues[index].TryTake(out var part, out var bytes))
        {
            switch (part)
            {
                case SavePart.Head:
                    _heads[index] = SavedHead.Read(bytes);
                    break;
                case SavePart.Machines:
                    _machines[index].Add(bytes.ToArray());
                    break;
                case SavePart.End:
                    _hasEnded[index] = true;
                    break;
                case SavePart.Abandoned:
                    IsAbandoned = true;
                    break;
                default:
                    throw new InvalidOperationException($"part {part}");
            }
        }
    }
}
