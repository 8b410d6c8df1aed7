using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard.Saving;

/// <summary>
/// One machine as it is saved. Written by the shard thread into memory that is large enough; it neither allocates nor
/// refuses.
/// </summary>
/// <remarks>
/// <code>
/// machine    = lengthBytes i32 | equipment i32 | floor i64 | now i64 | 9 counts i32 | ring u8 x 4
///              | parts in the order of the counts
/// counts     = sources, tags, remembered, waiting, cases, rules, windows, timers, gone
/// ring       = place of the next remembered reading | how many there is room for | 0 | 0
/// source     = index i32
/// tag        = index i32 | source i32 | seenAt i64 | value i64 | counter f64 | takenMax i64
///              | kind u8 | quality u8 | 1 seen, 2 has counter, 4 limits armed u8 | 0
/// remembered = at i64 | value i64 | sequence i64 | rest u64             in the order of the ring's places
/// waiting    = at i64 | value i64 | sequence i64 | tag i32 | source i32 | kind u8 | quality u8 | 0 | 0    as the heap lies
/// case       = since i64 | turned i64 | met u8 | satisfied u8 | begun u8 | verdict u8
/// rule       = word i32 | state i32 | reason i32 | winner i32 | ordinal i32 | stop state i32 | stop reason i32
///              | category u8 | announced u8 | 0 | 0 | moved i64 | started i64 | stopped i64
/// window     = tag i32 | buckets i32 | width i64 | has zscore i64 | zscore f64 | buckets x 80
/// bucket     = number i64 | count i64 | sum | mean | squares | grown | min | max | first | last f64
/// timer      = id i32 | 0 i32 | key i64                                  as the heap lies
/// gone       = word i32 | ordinal i32 | started i64 | stopped i64
/// </code>
/// Little-endian. Indexes are those of the names file; cases, rules and windows are in the order of the machine's class,
/// which follows from the rule document and the machine's name alone.
/// </remarks>
internal static unsafe class MachineRecord
{
    public const int FixedBytes = (2 * sizeof(int)) + (2 * sizeof(long)) + (10 * sizeof(int));
    public const int TagBytes = 44;
    public const int RememberedBytes = 32;
    public const int WaitingBytes = 36;
    public const int CaseBytes = 20;
    public const int RuleBytes = 56;
    public const int WindowFixedBytes = 32;
    public const int BucketBytes = 80;
    public const int TimerBytes = 16;
    public const int GoneBytes = 24;

    /// <summary>What a machine takes at most.</summary>
    public static int BytesMax(Machine* machine, MachineClass machineClass, int sourceCount)
    {
        var bytes = FixedBytes
            + (sourceCount * sizeof(int))
            + ((machineClass.Tags.Length + machine->OtherTagCount) * TagBytes)
            + (machine->RememberedCount * RememberedBytes)
            + (machine->WaitingCount * WaitingBytes)
            + (machineClass.Cases.Length * CaseBytes)
            + (machineClass.RuleParts.Length * RuleBytes)
            + (machineClass.Windows.Length * WindowFixedBytes)
            + (machine->Timers.Count * TimerBytes)
            + (machine->GoneCount * GoneBytes);
        for (var window = 0; window < machineClass.Windows.Length; window++)
        {
            bytes += machine->Windows[window].BucketCount * BucketBytes;
        }

        return bytes;
    }

    /// <returns>The length of what was written.</returns>
    public static int Write(
        byte* into, Machine* machine, MachineClass machineClass, long floorMicros, ReadOnlySpan<GroupSource> sources)
    {
        var to = new StateBytes(into + sizeof(int));
        to.Put(machine->Equipment);
        to.Put(floorMicros);
        to.Put(machine->NowMicros);
        WriteCounts(ref to, machine, machineClass, sources.Length);
        foreach (ref readonly var source in sources)
        {
            to.Put(source.Source);
        }

        WriteTags(ref to, machine, machineClass);
        WriteReadings(ref to, machine);
        WriteCases(ref to, machine, machineClass);
        WriteRules(ref to, machine, machineClass);
        WriteWindows(ref to, machine, machineClass);
        for (var timer = 0; timer < machine->Timers.Count; timer++)
        {
            to.Put(machine->Timers.Entries[timer].Id);
            to.Put(0);
            to.Put(machine->Timers.Entries[timer].Key);
        }

        for (var gone = 0; gone < machine->GoneCount; gone++)
        {
            to.Put(machine->Gone[gone].RuleWord);
            to.Put(machine->Gone[gone].Ordinal);
            to.Put(machine->Gone[gone].StartedMicros);
            to.Put(machine->Gone[gone].StoppedMicros);
        }

        var lengthBytes = sizeof(int) + to.LengthBytes;
        new StateBytes(into).Put(lengthBytes);
        return lengthBytes;
    }

    private static void WriteCounts(ref StateBytes to, Machine* machine, MachineClass machineClass, int sourceCount)
    {
        to.Put(sourceCount);
        to.Put(KnownTagCount(machine, machineClass));
        to.Put((int)machine->RememberedCount);
        to.Put(machine->WaitingCount);
        to.Put(machineClass.Cases.Length);
        to.Put(machineClass.RuleParts.Length);
        to.Put(machineClass.Windows.Length);
        to.Put(machine->Timers.Count);
        to.Put(machine->GoneCount);
        to.Put(machine->RememberedNext, machine->RememberedCapacity, 0, 0);
    }

    // A tag of the class that was never heard of is as it was made.
    private static bool IsKnown(in TagState tag) => tag.TagIndex >= 0 && (tag.IsSeen || tag.TakenMicrosMax != Machine.Never);

    private static int KnownTagCount(Machine* machine, MachineClass machineClass)
    {
        var count = 0;
        for (var slot = 0; slot < machineClass.Tags.Length; slot++)
        {
            count += IsKnown(machine->Tags[slot]) ? 1 : 0;
        }

        for (var at = 0; at < machine->OtherTagCapacity; at++)
        {
            count += IsKnown(machine->OtherTags[at]) ? 1 : 0;
        }

        return count;
    }

    private static void WriteTags(ref StateBytes to, Machine* machine, MachineClass machineClass)
    {
        for (var slot = 0; slot < machineClass.Tags.Length; slot++)
        {
            WriteTag(ref to, machine->Tags[slot]);
        }

        for (var at = 0; at < machine->OtherTagCapacity; at++)
        {
            WriteTag(ref to, machine->OtherTags[at]);
        }
    }

    private static void WriteTag(ref StateBytes to, in TagState tag)
    {
        if (!IsKnown(tag))
        {
            return;
        }

        to.Put(tag.TagIndex);
        to.Put(tag.SourceIndex);
        to.Put(tag.SeenAtMicros);
        to.Put(tag.ValueBits);
        to.Put(tag.Counter);
        to.Put(tag.TakenMicrosMax);
        var marks = (tag.IsSeen ? 1 : 0) | (tag.HasCounter ? 2 : 0) | (tag.AreLimitsArmed ? 4 : 0);
        to.Put((byte)tag.ValueKind, (byte)tag.Quality, (byte)marks, 0);
    }

    private static void WriteReadings(ref StateBytes to, Machine* machine)
    {
        for (var index = 0; index < machine->RememberedCount; index++)
        {
            ref var reading = ref machine->Remembered[index];
            to.Put(reading.AtMicros);
            to.Put(reading.ValueBits);
            to.Put(reading.SequenceNumber);
            to.Put((long)reading.Rest);
        }

        for (var index = 0; index < machine->WaitingCount; index++)
        {
            var reading = WaitingReadings.At(machine, index);
            to.Put(reading.AtMicros);
            to.Put(reading.ValueBits);
            to.Put(reading.SequenceNumber);
            to.Put(reading.TagIndex);
            to.Put(reading.SourceIndex);
            to.Put((byte)reading.ValueKind, (byte)reading.Quality, 0, 0);
        }
    }

    private static void WriteCases(ref StateBytes to, Machine* machine, MachineClass machineClass)
    {
        for (var index = 0; index < machineClass.Cases.Length; index++)
        {
            ref var clock = ref machine->Cases[index];
            to.Put(clock.SinceMicros);
            to.Put(clock.TurnedMicros);
            to.Put(ByteOf(clock.IsMet), ByteOf(clock.IsSatisfied), ByteOf(clock.HasBegun), (byte)clock.When);
        }
    }

    private static void WriteRules(ref StateBytes to, Machine* machine, MachineClass machineClass)
    {
        for (var index = 0; index < machineClass.RuleParts.Length; index++)
        {
            ref var rule = ref machine->Rules[index];
            to.Put(machineClass.RuleParts[index].Word);
            to.Put(rule.StateWord);
            to.Put(rule.ReasonWord);
            to.Put(rule.WinnerCase);
            to.Put(rule.Ordinal);
            to.Put(rule.StopStateWord);
            to.Put(rule.StopReasonWord);
            to.Put((byte)rule.StopCategory, ByteOf(rule.IsAnnounced), 0, 0);
            to.Put(rule.MovedMicros);
            to.Put(rule.StartedMicros);
            to.Put(rule.StoppedMicros);
        }
    }

    private static void WriteWindows(ref StateBytes to, Machine* machine, MachineClass machineClass)
    {
        for (var index = 0; index < machineClass.Windows.Length; index++)
        {
            ref readonly var part = ref machineClass.Windows[index];
            machine->Windows[index].Save(ref to, machineClass.Tags[part.Tag].TagIndex, part.WidthMicros);
        }
    }

    private static byte ByteOf(bool value) => value ? (byte)1 : (byte)0;
}
