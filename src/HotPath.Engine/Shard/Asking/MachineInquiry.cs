using System.Runtime.InteropServices;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard.Asking;

/// <summary>
/// Everything that is armed on one machine, its tags and its sources, as they stand between two slots. Bounded: what goes
/// beyond the arrays is counted and left out.
/// </summary>
/// <param name="equipment">The machine's index.</param>
internal sealed unsafe class MachineInquiry(int equipment) : ShardQuestion
{
    public const int TagsMax = 1024;
    public const int TimersMax = 1024;
    public const int SourcesMax = 256;

    private readonly ArmedTimer[] _timers = new ArmedTimer[TimersMax];
    private readonly TagFact[] _tags = new TagFact[TagsMax];
    private readonly int[] _sources = new int[SourcesMax];
    private int _timersTold;
    private int _tagsTold;

    /// <summary>The shard has heard of the machine.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>By which the indexes in timers are to be read.</summary>
    public MachineClass? Class { get; private set; }

    public long WatermarkMicros { get; private set; }

    /// <summary>The source that holds the watermark back; -1 = all are idle.</summary>
    public int Holder { get; private set; } = -1;

    /// <summary>The last instant that was evaluated; <see cref="Machine.Never"/> = none yet.</summary>
    public long NowMicros { get; private set; }

    /// <summary>The arrival clock, which the progress of sources is compared with.</summary>
    public long ArrivalMicros { get; private set; }

    public int WaitingCount { get; private set; }

    public int TagCount { get; private set; }

    public int TimerCount { get; private set; }

    public int SourceCount { get; private set; }

    public ReadOnlySpan<ArmedTimer> Timers => _timers.AsSpan(0, _timersTold);

    public ReadOnlySpan<TagFact> Tags => _tags.AsSpan(0, _tagsTold);

    public ReadOnlySpan<int> Sources => _sources.AsSpan(0, Math.Min(SourceCount, SourcesMax));

    public override bool Answer(in AskedShard shard)
    {
        var place = shard.Machines.SeenPlace(equipment);
        ArrivalMicros = shard.ArrivalMicros;
        IsKnown = place >= 0;
        if (!IsKnown)
        {
            return true;
        }

        var machine = &shard.Machines.Items[place];
        var machineClass = shard.Rules.ClassAt(machine->Class);
        Class = machineClass;
        WatermarkMicros = shard.Watermarks.Of(machine, out var holder);
        Holder = holder;
        NowMicros = machine->NowMicros;
        WaitingCount = machine->WaitingCount;
        TellSources(shard.Watermarks.SourcesOf(machine));
        TellTags(machine, machineClass);
        TellTimers(machine, machineClass);
        return true;
    }

    private void TellSources(ReadOnlySpan<GroupSource> sources)
    {
        SourceCount = sources.Length;
        for (var index = 0; index < Math.Min(sources.Length, SourcesMax); index++)
        {
            _sources[index] = sources[index].Source;
        }
    }

    private void TellTags(Machine* machine, MachineClass machineClass)
    {
        for (var slot = 0; slot < machineClass.Tags.Length; slot++)
        {
            TellTag(machine->Tags[slot], isRead: true);
        }

        for (var at = 0; at < machine->OtherTagCapacity; at++)
        {
            TellTag(machine->OtherTags[at], isRead: false);
        }
    }

    private void TellTag(in TagState tag, bool isRead)
    {
        if (tag.TagIndex < 0 || !tag.IsSeen)
        {
            return;
        }

        TagCount++;
        if (_tagsTold < TagsMax)
        {
            _tags[_tagsTold++] = new TagFact
            {
                TagIndex = tag.TagIndex,
                SourceIndex = tag.SourceIndex,
                SeenAtMicros = tag.SeenAtMicros,
                ValueBits = tag.ValueBits,
                ValueKind = tag.ValueKind,
                Quality = tag.Quality,
                IsRead = isRead,
            };
        }
    }

    private void TellTimers(Machine* machine, MachineClass machineClass)
    {
        for (var place = 0; place < machine->Timers.Count; place++)
        {
            var entry = machine->Timers.Entries[place];
            var (sort, index) = (MachineTimers.SortOf(entry.Id), MachineTimers.IndexOf(entry.Id));

            // A bucket of a window that expires is no change of anything that somebody waits for.
            if (sort == TimerSort.Window)
            {
                continue;
            }

            TimerCount++;
            if (_timersTold < TimersMax)
            {
                _timers[_timersTold++] = TimerOf(machine, machineClass, sort, index, entry.Key);
            }
        }
    }

    private static ArmedTimer TimerOf(Machine* machine, MachineClass machineClass, TimerSort sort, int index, long keyMicros) => sort switch
    {
        TimerSort.Case => new ArmedTimer(
            sort, index, keyMicros, machine->Cases[index].SinceMicros, machine->Cases[index].IsMet),

        // A staleness moves on with its tag, and its key stays behind.
        TimerSort.Limit when machine->Tags[machineClass.Limits[index].Tag].SeenAtMicros is var seenMicros => new ArmedTimer(
            sort, index, seenMicros + machineClass.Limits[index].WidthMicros, seenMicros, false),
        _ => new ArmedTimer(sort, index, keyMicros, machine->Rules[index].StartedMicros, false),
    };
}

/// <summary>Something that happens by itself when the machine's watermark gets there.</summary>
/// <param name="Sort">What; never a window.</param>
/// <param name="Index">Of the case, limit or rule in the machine's class.</param>
/// <param name="AtMicros">When, in event time.</param>
/// <param name="SinceMicros">When the case flipped, the tag was seen, the downtime began.</param>
/// <param name="IsMet">Of a case: its condition is met and it is held back; else it is over and kept up.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ArmedTimer(TimerSort Sort, int Index, long AtMicros, long SinceMicros, bool IsMet);

/// <summary>The last reading of a tag that was applied.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct TagFact
{
    public int TagIndex;
    public int SourceIndex;
    public long SeenAtMicros;
    public long ValueBits;
    public ValueKind ValueKind;
    public Quality Quality;

    /// <summary>Some rule of the machine reads it.</summary>
    public bool IsRead;
}
