using System.Runtime.InteropServices;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Compiled;
using HotPath.Engine.Shard;

namespace HotPath.Benchmarks.Rules;

/// <summary>
/// The straightforward engine: each reading evaluates every rule of its machine, and compares what it says with what it
/// said before. It runs the same compiled conditions as the shard processor, so that only the fan-out differs. For
/// rules of one group of one case without hold; readings in order. One thread; no allocation after it was made.
/// </summary>
internal sealed unsafe class PerRuleEngine : IDisposable
{
    private readonly NativePool _pool = new();
    private readonly ExpressionStack _expressions;
    private readonly MachineClass _class;
    private readonly Machine* _machines;
    private readonly int* _states;

    public PerRuleEngine(MachineClass machineClass, int machineCount)
    {
        _class = machineClass;
        _expressions = new ExpressionStack(_pool);
        _expressions.Prepare(machineClass);
        _machines = (Machine*)NativeMemory.AllocZeroed((nuint)machineCount, (nuint)sizeof(Machine));
        _states = (int*)NativeMemory.AllocZeroed((nuint)machineCount * (nuint)machineClass.RuleParts.Length, sizeof(int));
        for (var machine = 0; machine < machineCount; machine++)
        {
            _machines[machine].Tags = (TagState*)_pool.Take((long)machineClass.Tags.Length * sizeof(TagState));
            for (var rule = 0; rule < machineClass.RuleParts.Length; rule++)
            {
                _states[(machine * machineClass.RuleParts.Length) + rule] = machineClass.RuleParts[rule].DefaultWord;
            }
        }
    }

    /// <summary>All transitions so far.</summary>
    public TransitionSum Transitions { get; } = new();

    public void Take(ReadOnlySpan<Slot> slots, long lsnFirst)
    {
        for (var index = 0; index < slots.Length; index++)
        {
            Take(slots[index], lsnFirst + index);
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_machines);
        NativeMemory.Free(_states);
        _pool.Dispose();
    }

    private void Take(in Slot slot, long lsn)
    {
        var machine = &_machines[slot.EquipmentIndex];
        ref var tag = ref machine->Tags[_class.SlotOf(slot.TagIndex)];
        tag.IsSeen = true;
        tag.SeenAtMicros = slot.EventTimeMicros;
        tag.ValueKind = slot.ValueKind;
        tag.ValueBits = slot.ValueBits;
        tag.Quality = slot.Quality;
        var states = _states + (slot.EquipmentIndex * _class.RuleParts.Length);
        for (var rule = 0; rule < _class.RuleParts.Length; rule++)
        {
            ref readonly var part = ref _class.RuleParts[rule];
            ref readonly var ruleCase = ref _class.Cases[part.CaseFirst];
            ref readonly var group = ref _class.Groups[part.GroupFirst];
            var state = _expressions.Run(_class, ruleCase.When, machine, slot.EventTimeMicros) switch
            {
                Kleene.True => ruleCase.StateWord,
                Kleene.False => group.ElseWord >= 0 ? group.ElseWord : part.DefaultWord,
                _ => group.UnknownWord >= 0 ? group.UnknownWord : part.DefaultWord,
            };
            if (state != states[rule])
            {
                states[rule] = state;
                Transitions.Add(lsn, slot.EquipmentIndex, part.Word, state, slot.EventTimeMicros);
            }
        }
    }
}
