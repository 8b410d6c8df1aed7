using System.Runtime.CompilerServices;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Compiled;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Shard;

/// <summary>
/// The short way of a reading that flips nothing: it is the newest of its tag, its machine has one source, nothing is
/// due because of it, and its value stays where no verdict changes. Most readings are like that. The shard thread
/// only. It takes a reading as <see cref="ShardProcessor"/> would on the long way, to the byte, or changes nothing.
/// </summary>
internal sealed unsafe class QuietReadings(
    NativePool pool, MachineStore machines, Watermarks watermarks, ShardSaver saver, ShardCounters counters)
{
    /// <summary>Takes a reading in. The clock has taken its arrival.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(in Slot slot, CompiledRules rules, in ArrivalClock clock)
    {
        var place = machines.SeenPlace(slot.EquipmentIndex);
        if (place < 0 || saver.IsAhead(place))
        {
            return false;
        }

        var machine = &machines.Items[place];
        if (machine->NowMicros == Machine.Never
            || !watermarks.CanMoveQuietly(machine, slot.SourceIndex, slot.EventTimeMicros, clock))
        {
            return false;
        }

        var machineClass = rules.ClassAt(machine->Class);
        var tagSlot = machineClass.SlotOf(slot.TagIndex);
        var tag = tagSlot >= 0 ? &machine->Tags[tagSlot] : machines.FindOtherTag(machine, slot.TagIndex);
        if (tag == null || slot.EventTimeMicros <= tag->TakenMicrosMax)
        {
            return false;
        }

        // Minus zero is zero.
        var bits = slot.ValueKind == ValueKind.Number && slot.ValueBits == long.MinValue ? 0 : slot.ValueBits;
        if (tagSlot >= 0 && !IsQuiet(machineClass.Tags[tagSlot], machine, tag, slot, bits))
        {
            return false;
        }

        watermarks.MoveQuietly(slot.SourceIndex, slot.EventTimeMicros, clock.NowMicros);
        Apply(machine, tag, slot, bits);
        RememberedReadings.Add(machine, pool, new RememberedReading(
            slot.EventTimeMicros,
            bits,
            slot.SequenceNumber,
            RememberedReading.RestOf(slot.TagIndex, slot.SourceIndex, slot.ValueKind, tag->Quality)));
        counters.Readings++;
        counters.Stored++;
        return true;
    }

    // Known and not stale before and after, nothing to arm, and either the same value or one between the same constants.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsQuiet(in ClassTag part, Machine* machine, TagState* tag, in Slot slot, long bits)
    {
        if (tag->KnownKind != slot.ValueKind
            || slot.Quality == Quality.Bad
            || slot.ValueKind == ValueKind.None
            || !tag->AreLimitsArmed
            || machine->NowMicros - tag->SeenAtMicros >= part.LimitMicrosMin
            || part.Windows.Count > 0)
        {
            return false;
        }

        var value = BitConverter.Int64BitsToDouble(bits);
        return bits == tag->ValueBits
            || (slot.ValueKind == ValueKind.Number && value > tag->QuietLow && value < tag->QuietHigh);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Apply(Machine* machine, TagState* tag, in Slot slot, long bits)
    {
        machine->NowMicros = slot.EventTimeMicros;
        tag->TakenMicrosMax = slot.EventTimeMicros;
        tag->SeenAtMicros = slot.EventTimeMicros;
        tag->IsSeen = true;
        tag->ValueBits = bits;
        tag->ValueKind = slot.ValueKind;
        tag->Quality = slot.ValueKind == ValueKind.None ? Quality.Bad : slot.Quality;
        tag->SourceIndex = slot.SourceIndex;
        if (tag->KnownKind == ValueKind.Number)
        {
            tag->Counter = BitConverter.Int64BitsToDouble(bits);
            tag->HasCounter = true;
        }
    }
}
