using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>
/// Brings what the next machines of those that are due will touch into the cache, as <see cref="ReadAhead"/> does for
/// readings: machine; the oldest reading that waits and what stands behind it; its tag. The shard thread only.
/// </summary>
/// <remarks>
/// With readings out of order a source gets on seldom and far, and then hundreds of machines are due, each with some
/// reading that came long ago. Worth it: RuleScaling, disorder.
/// </remarks>
internal readonly unsafe struct DueAhead(MachineStore machines)
{
    private const int StepMachines = 4;

    /// <summary>Before the first machine of a list.</summary>
    public void Begin(ReadOnlySpan<long> inOrder, CompiledRules rules)
    {
        if (Sse.IsSupported && inOrder.Length > 1)
        {
            for (var index = 0; index < 3 * StepMachines; index++)
            {
                Machine(inOrder, index);
            }

            for (var index = 0; index < 2 * StepMachines; index++)
            {
                Oldest(inOrder, index);
            }

            for (var index = 0; index < StepMachines; index++)
            {
                Tag(inOrder, index, rules);
            }
        }
    }

    /// <summary>Before the machine at an index is worked on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Go(ReadOnlySpan<long> inOrder, int index, CompiledRules rules)
    {
        if (Sse.IsSupported)
        {
            Machine(inOrder, index + (3 * StepMachines));
            Oldest(inOrder, index + (2 * StepMachines));
            Tag(inOrder, index + StepMachines, rules);
        }
    }

    private void Machine(ReadOnlySpan<long> inOrder, int index)
    {
        if (index < inOrder.Length)
        {
            ReadAhead.Whole(machines.Items + (int)inOrder[index]);
        }
    }

    private void Oldest(ReadOnlySpan<long> inOrder, int index)
    {
        if (index < inOrder.Length)
        {
            var machine = machines.Items + (int)inOrder[index];
            if (machine->WaitingCount > 0)
            {
                Sse.Prefetch0(machine->Waiting.Entries);
                Sse.Prefetch0(machine->Waiting.Entries + machine->WaitingCount - 1);
                Sse.Prefetch0(machine->WaitingParts + machine->OldestPlace);
            }
        }
    }

    private void Tag(ReadOnlySpan<long> inOrder, int index, CompiledRules rules)
    {
        if (index < inOrder.Length)
        {
            var machine = machines.Items + (int)inOrder[index];
            if (machine->WaitingCount > 0)
            {
                var tagIndex = machine->WaitingParts[machine->OldestPlace].TagIndex;
                var slot = rules.ClassAt(machine->Class).SlotOf(tagIndex);
                Sse.Prefetch0(slot >= 0 ? &machine->Tags[slot] : MachineStore.HomeOfOtherTag(machine, tagIndex));
            }
        }
    }
}
