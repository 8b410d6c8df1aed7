using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Shard;

/// <summary>How a shard goes on from saved state, of whatever number of shards it was. Cold, before its first slot.</summary>
internal sealed unsafe partial class ShardProcessor
{
    private MachineLoader? _loader;

    /// <summary>First the clocks and sources. The rules in force then must be in the catalog.</summary>
    public void BeginLoad(SavedHead head)
    {
        Invariant.Holds(_machines.Count == 0, "state is loaded into a shard that knows nothing yet");
        if (!_catalog.TryGet(head.RuleVersion, out _rules))
        {
            throw new SavedStateException($"there is no rule version {head.RuleVersion}");
        }

        _clock = ArrivalClock.Of(head.Clock);
        _watermarks.Load(head.Watermarks);
        _loader = new MachineLoader(_pool, _names, _machines, _watermarks, _clockwork);
        _lsn = head.Lsn;
    }

    /// <summary>Then the machines that stand in these bytes and are this shard's own.</summary>
    public void LoadMachines(ReadOnlySpan<byte> machines)
    {
        while (MachineLoader.TryCut(ref machines, out var record, out var equipment))
        {
            if ((uint)equipment >= (uint)_names.Equipment.Count)
            {
                throw new SavedStateException($"equipment {equipment} has no name");
            }

            if (_machines.Find(equipment) != MachineStore.OfOtherShard)
            {
                _loader!.Load(record, _rules);
            }
        }
    }

    /// <summary>Last: the shard stands behind the marker.</summary>
    public void EndLoad()
    {
        _watermarks.EndLoad();
        _loader = null;
        Counters.Machines = _machines.Count;
        _output.Commit(_lsn);
    }
}
