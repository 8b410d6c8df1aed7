using System.Buffers.Binary;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard.Saving;

/// <summary>
/// Makes machines of what <see cref="MachineRecord"/> wrote, in a shard that has none yet. Cold; one thread. What does not
/// fit the rules in force is a <see cref="SavedStateException"/>, and the shard is of no further use.
/// </summary>
internal sealed unsafe class MachineLoader(
    NativePool pool, NameTables names, MachineStore machines, Watermarks watermarks, MachineClockwork clockwork)
{
    /// <summary>Cuts the next machine off; false at the end.</summary>
    public static bool TryCut(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> record, out int equipment)
    {
        record = default;
        equipment = -1;
        if (rest.IsEmpty)
        {
            return false;
        }

        var lengthBytes = rest.Length < MachineRecord.FixedBytes ? 0 : BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (lengthBytes < MachineRecord.FixedBytes || lengthBytes > rest.Length)
        {
            throw new SavedStateException($"a machine of {lengthBytes} bytes among {rest.Length}");
        }

        record = rest[..lengthBytes];
        rest = rest[lengthBytes..];
        equipment = BinaryPrimitives.ReadInt32LittleEndian(record[sizeof(int)..]);
        return true;
    }

    public void Load(ReadOnlySpan<byte> record, CompiledRules rules)
    {
        var from = new StateReader(record);
        _ = from.Int();
        var equipment = Index(from.Int(), names.Equipment);
        if (machines.Find(equipment) != MachineStore.NotSeenYet)
        {
            throw new SavedStateException($"equipment {equipment} is there already, or of another shard");
        }

        var machineClass = rules.ClassOf(names.Equipment.Utf8(equipment));
        clockwork.Prepare(machineClass);
        var machine = machines.Add(equipment, machineClass);
        machine->FloorMicros = from.Long();
        machine->NowMicros = from.Long();
        var sourceCount = from.Count(sizeof(int));
        var tagCount = from.Count(MachineRecord.TagBytes);
        var rememberedCount = from.Count(MachineRecord.RememberedBytes);
        var waitingCount = from.Count(MachineRecord.WaitingBytes);
        Require(from.Int() == machineClass.Cases.Length, "its cases are not those of the rules");
        Require(from.Int() == machineClass.RuleParts.Length, "its rules are not those of the document");
        Require(from.Int() == machineClass.Windows.Length, "its windows are not those of the rules");
        var timerCount = from.Count(MachineRecord.TimerBytes);
        var goneCount = from.Count(MachineRecord.GoneBytes);
        var ring = from.Cut(sizeof(int));
        var sources = from.Cut(sourceCount * sizeof(int));
        LoadTags(ref from, machine, machineClass, tagCount);
        LoadRemembered(ref from, machine, rememberedCount, ring[0], ring[1]);
        LoadWaiting(ref from, machine, waitingCount);
        LoadCases(ref from, machine, machineClass);
        LoadRules(ref from, machine, machineClass);
        for (var window = 0; window < machineClass.Windows.Length; window++)
        {
            ref readonly var part = ref machineClass.Windows[window];
            machine->Windows[window].Load(ref from, pool, machineClass.Tags[part.Tag].TagIndex, part.WidthMicros);
        }

        LoadTimers(ref from, machine, machineClass, timerCount);
        LoadGone(ref from, machine, goneCount);
        Require(from.IsAtEnd, "there are bytes behind it");

        // Last: its group orders it by what is due next.
        watermarks.LoadMachine(machine, sources);
    }

    private static void Require(bool isRight, string problem)
    {
        if (!isRight)
        {
            throw new SavedStateException("a machine cannot be loaded: " + problem);
        }
    }

    private static int Index(int index, NameDirectory directory)
    {
        Require((uint)index < (uint)directory.Count, $"{directory.Sort} {index} has no name");
        return index;
    }

    private void LoadTags(ref StateReader from, Machine* machine, MachineClass machineClass, int count)
    {
        for (var read = 0; read < count; read++)
        {
            var tag = new TagState
            {
                TagIndex = Index(from.Int(), names.Tags),
                SourceIndex = from.Int(),
                SeenAtMicros = from.Long(),
                ValueBits = from.Long(),
                Counter = from.Double(),
                TakenMicrosMax = from.Long(),
            };
            var marks = from.Cut(sizeof(int));
            tag.ValueKind = (ValueKind)marks[0];
            tag.Quality = (Quality)marks[1];
            tag.IsSeen = (marks[2] & 1) != 0;
            tag.HasCounter = (marks[2] & 2) != 0;
            tag.AreLimitsArmed = (marks[2] & 4) != 0;
            var slot = machineClass.SlotOf(tag.TagIndex);
            if (slot >= 0)
            {
                machine->Tags[slot] = tag;
            }
            else
            {
                machines.AddOtherTag(machine, tag);
            }
        }
    }

    private void LoadRemembered(ref StateReader from, Machine* machine, int count, byte next, byte capacity)
    {
        Require(
            count <= capacity && next <= capacity && capacity <= EngineLimits.RememberedReadings, "its remembered readings");
        machine->Remembered = capacity == 0
            ? null
            : (RememberedReading*)pool.Take((long)capacity * sizeof(RememberedReading));
        machine->RememberedCapacity = capacity;
        machine->RememberedCount = (byte)count;
        machine->RememberedNext = next;
        for (var index = 0; index < count; index++)
        {
            machine->Remembered[index] =
                new RememberedReading(from.Long(), from.Long(), from.Long(), (ulong)from.Long());
        }
    }

    // In the order of the saved heap each finds its place at once.
    private void LoadWaiting(ref StateReader from, Machine* machine, int count)
    {
        for (var index = 0; index < count; index++)
        {
            var reading = new WaitingReading
            {
                AtMicros = from.Long(),
                ValueBits = from.Long(),
                SequenceNumber = from.Long(),
                TagIndex = Index(from.Int(), names.Tags),
                SourceIndex = Index(from.Int(), names.Sources),
            };
            var marks = from.Cut(sizeof(int));
            reading.ValueKind = (ValueKind)marks[0];
            reading.Quality = (Quality)marks[1];
            WaitingReadings.Add(machine, pool, reading);
        }
    }

    private static void LoadCases(ref StateReader from, Machine* machine, MachineClass machineClass)
    {
        for (var index = 0; index < machineClass.Cases.Length; index++)
        {
            ref var clock = ref machine->Cases[index];
            clock.SinceMicros = from.Long();
            clock.TurnedMicros = from.Long();
            var marks = from.Cut(sizeof(int));
            clock.IsMet = marks[0] != 0;
            clock.IsSatisfied = marks[1] != 0;
            clock.HasBegun = marks[2] != 0;
            clock.When = (Kleene)marks[3];
        }
    }

    private static void LoadRules(ref StateReader from, Machine* machine, MachineClass machineClass)
    {
        for (var index = 0; index < machineClass.RuleParts.Length; index++)
        {
            ref var rule = ref machine->Rules[index];
            Require(from.Int() == machineClass.RuleParts[index].Word, "its rules stand in another order");
            rule.StateWord = from.Int();
            rule.ReasonWord = from.Int();
            rule.WinnerCase = from.Int();
            rule.Ordinal = from.Int();
            rule.StopStateWord = from.Int();
            rule.StopReasonWord = from.Int();
            var marks = from.Cut(sizeof(int));
            rule.StopCategory = (DowntimeCategory)marks[0];
            rule.IsAnnounced = marks[1] != 0;
            rule.MovedMicros = from.Long();
            rule.StartedMicros = from.Long();
            rule.StoppedMicros = from.Long();
        }
    }

    private void LoadTimers(ref StateReader from, Machine* machine, MachineClass machineClass, int count)
    {
        for (var read = 0; read < count; read++)
        {
            var id = from.Int();
            _ = from.Int();
            var index = MachineTimers.IndexOf(id);
            var indexEnd = MachineTimers.SortOf(id) switch
            {
                TimerSort.Case => machineClass.Cases.Length,
                TimerSort.Limit => machineClass.Limits.Length,
                TimerSort.Window => machineClass.Windows.Length,
                TimerSort.MicroStop => machineClass.RuleParts.Length,
                _ => 0,
            };
            Require(index < indexEnd, $"a timer {id} of nothing");
            MachineTimers.Arm(machine, pool, MachineTimers.SortOf(id), index, from.Long());
        }
    }

    private void LoadGone(ref StateReader from, Machine* machine, int count)
    {
        machine->Gone = count == 0 ? null : (GoneRule*)pool.Take((long)count * sizeof(GoneRule));
        machine->GoneCount = count;
        for (var index = 0; index < count; index++)
        {
            machine->Gone[index] = new GoneRule
            {
                RuleWord = Index(from.Int(), names.Words),
                Ordinal = from.Int(),
                StartedMicros = from.Long(),
                StoppedMicros = from.Long(),
            };
        }
    }
}
