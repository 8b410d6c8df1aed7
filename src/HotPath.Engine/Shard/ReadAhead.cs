using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>
/// Brings what the next readings will touch into the cache: three steps, a block of slots apart, each needing what the
/// one before has brought: place; machine; tag, remembered readings, group. The shard thread only.
/// </summary>
/// <remarks>
/// A step goes over its whole block in a loop of its own: a prefetch waits for its translation when the page is not in
/// the TLB, and a short loop lets the processor wait for many of them at once. Safe because a prefetch never faults,
/// and what is read itself was written. Worth it: RuleScaling, 100,000 and 1,000,000 machines.
/// </remarks>
internal readonly unsafe struct ReadAhead(MachineStore machines, Watermarks watermarks)
{
    public const int BlockSlots = 16;
    private const int LineBytes = 64;

    /// <summary>Before the first block of a batch.</summary>
    public void Begin(ReadOnlySpan<Slot> slots, CompiledRules rules)
    {
        if (Sse.IsSupported)
        {
            Places(slots, 0, 3 * BlockSlots);
            Machines(slots, 0, 2 * BlockSlots);
            Parts(slots, 0, BlockSlots, rules);
        }
    }

    /// <summary>Before the block at an index is worked on.</summary>
    public void Go(ReadOnlySpan<Slot> slots, int index, CompiledRules rules)
    {
        if (Sse.IsSupported)
        {
            Places(slots, index + (3 * BlockSlots), index + (4 * BlockSlots));
            Machines(slots, index + (2 * BlockSlots), index + (3 * BlockSlots));
            Parts(slots, index + BlockSlots, index + (2 * BlockSlots), rules);
        }
    }

    private void Places(ReadOnlySpan<Slot> slots, int first, int end)
    {
        for (var index = first; index < Math.Min(end, slots.Length); index++)
        {
            if (slots[index].EquipmentIndex >= 0)
            {
                Sse.Prefetch0(machines.PlaceOf(slots[index].EquipmentIndex));
            }
        }
    }

    private void Machines(ReadOnlySpan<Slot> slots, int first, int end)
    {
        for (var index = first; index < Math.Min(end, slots.Length); index++)
        {
            if (TryMachine(slots[index], out var machine))
            {
                Sse.Prefetch0(machine);
                if (watermarks.OutOfOrdernessMicros > 0)
                {
                    // It will wait: what waits is found by the others.
                    Whole(machine);
                }
            }
        }
    }

    private void Parts(ReadOnlySpan<Slot> slots, int first, int end, CompiledRules rules)
    {
        for (var index = first; index < Math.Min(end, slots.Length); index++)
        {
            if (TryMachine(slots[index], out var machine))
            {
                var tagIndex = slots[index].TagIndex;
                var tag = rules.ClassAt(machine->Class).SlotOf(tagIndex);
                Sse.Prefetch0(tag >= 0 ? &machine->Tags[tag] : MachineStore.HomeOfOtherTag(machine, tagIndex));
                Sse.Prefetch0(RememberedReadings.Next(machine));
                watermarks.Prefetch(machine->Group, slots[index].SourceIndex);
                if (watermarks.OutOfOrdernessMicros > 0)
                {
                    Sse.Prefetch0(machine->Waiting.Entries + machine->WaitingCount);
                    RememberedReadings.PrefetchPrints(machine);
                }
            }
        }
    }

    /// <summary>All lines of a machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Whole(Machine* machine)
    {
        Sse.Prefetch0(machine);
        Sse.Prefetch0((byte*)machine + LineBytes);
        Sse.Prefetch0((byte*)machine + (2 * LineBytes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryMachine(in Slot slot, out Machine* machine)
    {
        var place = slot.Kind == SlotKind.Reading ? machines.SeenPlace(slot.EquipmentIndex) : MachineStore.OfOtherShard;
        machine = machines.Items + place;
        return place >= 0;
    }
}
