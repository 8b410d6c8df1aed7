using HotPath.Engine.Ledger;
using HotPath.Engine.Rules.Compiled;
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

    /// <summary>
    /// Tells the state of every rule that ever moved on a machine. Cold, before the shard's thread starts: for those who
    /// show states and were not there when they came about.
    /// </summary>
    public void TellStates(Action<MachineStatus> tell)
    {
        for (var place = 0; place < _machines.Count; place++)
        {
            var machine = &_machines.Items[place];
            var machineClass = _rules.ClassAt(machine->Class);
            for (var rule = 0; rule < machineClass.RuleParts.Length; rule++)
            {
                if (machine->Rules[rule].MovedMicros != Machine.Never)
                {
                    tell(StatusOf(machine->Equipment, machineClass, rule, machine->Rules[rule]));
                }
            }
        }
    }

    private static MachineStatus StatusOf(int equipment, MachineClass machineClass, int rule, in RuleState state)
    {
        ref readonly var part = ref machineClass.RuleParts[rule];
        DowntimeBody? open = state.StopCategory == DowntimeCategory.None || !state.IsAnnounced ? null : new DowntimeBody
        {
            AtMicros = state.MovedMicros,
            StartMicros = state.StartedMicros,
            EndMicros = DowntimeBody.NoEnd,
            RuleWord = part.Word,
            StateWord = state.StopStateWord,
            ReasonWord = state.StopReasonWord,
            Ordinal = state.Ordinal,
            Revision = 1,
            Category = state.StopCategory,
        };
        return new MachineStatus(
            equipment, part.Word, state.StateWord, state.ReasonWord, state.MovedMicros,
            machineClass.Rules.CategoryOf(part.DocumentIndex, state.StateWord), open);
    }
}
