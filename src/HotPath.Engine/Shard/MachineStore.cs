using System.Runtime.CompilerServices;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>
/// The machines of one shard, by the order in which it first heard of them, and their tags. The shard thread only. It
/// is reserved for every equipment that the directory can name, so it is never full.
/// </summary>
internal sealed unsafe class MachineStore : IDisposable
{
    public const int OfOtherShard = -1;
    public const int NotSeenYet = -2;

    private const int OtherTagPowerFirst = 2;

    private readonly NativePool _pool;
    private readonly NameTables _names;
    private readonly int _shardIndex;
    private readonly int _shardCount;
    private readonly Reserved<Machine> _machines = new(EngineLimits.EquipmentCountMax);

    // By equipment: 0 = not looked at yet, -1 = another shard's, -2 = ours without a machine, else machine + 1.
    private readonly Reserved<int> _places = new(EngineLimits.EquipmentCountMax);

    public MachineStore(NativePool pool, NameTables names, int shardIndex, int shardCount)
    {
        _pool = pool;
        _names = names;
        HugePages.Advise(_machines.Items, (nuint)EngineLimits.EquipmentCountMax * Machine.SizeBytes);
        HugePages.Advise(_places.Items, (nuint)EngineLimits.EquipmentCountMax * sizeof(int));
        _shardIndex = shardIndex;
        _shardCount = shardCount;
    }

    public Machine* Items => _machines.Items;

    public int Count { get; private set; }

    /// <summary>The machine of an equipment, or <see cref="OfOtherShard"/>, or <see cref="NotSeenYet"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(int equipment)
    {
        var place = _places.Items[equipment];
        return place > 0 ? place - 1 : place == 0 ? FindWhenNew(equipment) : place;
    }

    /// <summary>The machine of an equipment, or less than 0: then <see cref="Find"/> knows more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SeenPlace(int equipment) => _places.Items[equipment] - 1;

    /// <summary>Where the place of an equipment is written, for prefetching: above 0, it is a machine's index + 1.</summary>
    public int* PlaceOf(int equipment) => &_places.Items[equipment];

    public Machine* Add(int equipment, MachineClass machineClass)
    {
        var machine = &Items[Count++];
        _places.Items[equipment] = Count;
        machine->Equipment = equipment;
        machine->Group = WatermarkGroup.None;
        machine->FloorMicros = Machine.Never;
        machine->NowMicros = Machine.Never;
        TakeParts(machine, machineClass);
        machine->Tags = (TagState*)_pool.Take((long)machineClass.Tags.Length * sizeof(TagState));
        for (var slot = 0; slot < machineClass.Tags.Length; slot++)
        {
            machine->Tags[slot] = TagState.Of(machineClass.Tags[slot].TagIndex);
        }

        return machine;
    }

    /// <summary>Fresh clocks, rule states, windows and timers for a class; the tags are the caller's.</summary>
    public void TakeParts(Machine* machine, MachineClass machineClass)
    {
        machine->Class = machineClass.Index;
        machine->Cases = (CaseClock*)_pool.Take((long)machineClass.Cases.Length * sizeof(CaseClock));
        machine->Rules = (RuleState*)_pool.Take((long)machineClass.RuleParts.Length * sizeof(RuleState));
        machine->Windows = (WindowState*)_pool.Take((long)machineClass.Windows.Length * sizeof(WindowState));
        machine->LimitPlaces = (int*)_pool.Take((long)machineClass.Limits.Length * sizeof(int));
        machine->Timers = default;
        for (var rule = 0; rule < machineClass.RuleParts.Length; rule++)
        {
            machine->Rules[rule] = new RuleState
            {
                MovedMicros = Machine.Never,
                StartedMicros = Machine.Never,
                StoppedMicros = Machine.Never,
                StateWord = machineClass.RuleParts[rule].DefaultWord,
                ReasonWord = -1,
                WinnerCase = RuleState.NoWinner,
                StopStateWord = -1,
                StopReasonWord = -1,
            };
        }
    }

    /// <summary>Gives back what <see cref="TakeParts"/> took, from a copy of the machine. Windows keep their buckets.</summary>
    public void GiveParts(in Machine machine, MachineClass machineClass)
    {
        _pool.Give(machine.Cases, (long)machineClass.Cases.Length * sizeof(CaseClock));
        _pool.Give(machine.Rules, (long)machineClass.RuleParts.Length * sizeof(RuleState));
        _pool.Give(machine.Windows, (long)machineClass.Windows.Length * sizeof(WindowState));
        _pool.Give(machine.LimitPlaces, (long)machineClass.Limits.Length * sizeof(int));
        _pool.Give(machine.Timers.Entries, (long)machine.Timers.Capacity * sizeof(HeapEntry));
    }

    /// <summary>The state of a tag that no rule of the machine's class reads; made when it is new.</summary>
    public TagState* OtherTag(Machine* machine, int tagIndex)
    {
        var tag = FindOtherTag(machine, tagIndex);
        return tag != null ? tag : AddOtherTag(machine, TagState.Of(tagIndex));
    }

    /// <summary>The state of such a tag, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TagState* FindOtherTag(Machine* machine, int tagIndex)
    {
        var mask = machine->OtherTagCapacity - 1;
        for (var at = mask < 0 ? 0 : HomeOf(machine, tagIndex); mask >= 0; at = (at + 1) & mask)
        {
            var tag = &machine->OtherTags[at];
            if (tag->TagIndex == tagIndex)
            {
                return tag;
            }

            if (tag->TagIndex < 0)
            {
                break;
            }
        }

        return null;
    }

    /// <summary>Where the state of such a tag is to be found, for prefetching. Not to be read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TagState* HomeOfOtherTag(Machine* machine, int tagIndex) =>
        machine->OtherTags + HomeOf(machine, tagIndex);

    public TagState* AddOtherTag(Machine* machine, in TagState state)
    {
        if ((machine->OtherTagCount + 1) * 4 > machine->OtherTagCapacity * 3)
        {
            GrowOtherTags(machine);
        }

        var mask = machine->OtherTagCapacity - 1;
        var at = HomeOf(machine, state.TagIndex);
        while (machine->OtherTags[at].TagIndex >= 0)
        {
            at = (at + 1) & mask;
        }

        machine->OtherTags[at] = state;
        machine->OtherTagCount++;
        return &machine->OtherTags[at];
    }

    public void GiveTags(TagState* tags, int capacity) => _pool.Give(tags, (long)capacity * sizeof(TagState));

    public void Dispose()
    {
        _machines.Dispose();
        _places.Dispose();
    }

    private int FindWhenNew(int equipment)
    {
        var isOwn = ShardIndex.Of(_names.Equipment.Utf8(equipment), _shardCount) == _shardIndex;
        return _places.Items[equipment] = isOwn ? NotSeenYet : OfOtherShard;
    }

    private void GrowOtherTags(Machine* machine)
    {
        var (old, oldCapacity) = ((nint)machine->OtherTags, machine->OtherTagCapacity);
        machine->OtherTagPower = (byte)(oldCapacity == 0 ? OtherTagPowerFirst : machine->OtherTagPower + 1);
        machine->OtherTags = (TagState*)_pool.Take(sizeof(TagState) << machine->OtherTagPower);
        machine->OtherTagCount = 0;
        for (var at = 0; at < machine->OtherTagCapacity; at++)
        {
            machine->OtherTags[at].TagIndex = -1;
        }

        for (var at = 0; at < oldCapacity; at++)
        {
            ref var tag = ref ((TagState*)old)[at];
            if (tag.TagIndex >= 0)
            {
                AddOtherTag(machine, tag);
            }
        }

        GiveTags((TagState*)old, oldCapacity);
    }

    // By the upper bits, so that neighbours, as tags of one machine often are, spread evenly.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int HomeOf(Machine* machine, int tagIndex) =>
        (int)((uint)tagIndex * 0x9E37_79B1u >> (32 - machine->OtherTagPower));
}
