namespace HotPath.Engine.Shard;

/// <summary>What a timer of a machine is for.</summary>
internal enum TimerSort
{
    /// <summary>A case's hold or clear; the id is the case's index.</summary>
    Case = 0,

    /// <summary>A tag gets stale; the id is the limit's index.</summary>
    Limit = 1,

    /// <summary>A bucket of a window expires; the id is the window's index.</summary>
    Window = 2,

    /// <summary>A downtime reaches the micro-stop limit; the id is the rule's index.</summary>
    MicroStop = 3,
}

/// <summary>
/// The timers of one machine: a heap in its own block, at most one timer for each case, limit, window and rule. A
/// key may be earlier than the timer is, so that what only ever moves later need not be moved. The shard thread only.
/// </summary>
internal static unsafe class MachineTimers
{
    private const int SortShift = 29;
    private const int IndexMask = (1 << SortShift) - 1;

    public static TimerSort SortOf(int id) => (TimerSort)((uint)id >> SortShift);

    public static int IndexOf(int id) => id & IndexMask;

    /// <summary>Sets the timer to an instant, wherever it stood.</summary>
    public static void Arm(Machine* machine, NativePool pool, TimerSort sort, int index, long atMicros)
    {
        var place = PlaceOf(machine, sort, index);
        var places = new Places(machine);
        if (*place == 0)
        {
            HeapOrder<Places>.Insert(ref machine->Timers, pool, atMicros, ((int)sort << SortShift) | index, places);
        }
        else if (machine->Timers.Entries[*place - 1].Key != atMicros)
        {
            HeapOrder<Places>.Change(ref machine->Timers, *place - 1, atMicros, places);
        }
    }

    /// <summary>Sets a timer that only ever moves later: if it stands already, its key is early enough.</summary>
    public static void ArmIfNone(Machine* machine, NativePool pool, TimerSort sort, int index, long atMicros)
    {
        if (*PlaceOf(machine, sort, index) == 0)
        {
            Arm(machine, pool, sort, index, atMicros);
        }
    }

    public static void Disarm(Machine* machine, TimerSort sort, int index)
    {
        var place = *PlaceOf(machine, sort, index);
        if (place != 0)
        {
            HeapOrder<Places>.Remove(ref machine->Timers, place - 1, new Places(machine));
        }
    }

    private static int* PlaceOf(Machine* machine, TimerSort sort, int index) => sort switch
    {
        TimerSort.Case => &machine->Cases[index].TimerPlace,
        TimerSort.Limit => &machine->LimitPlaces[index],
        TimerSort.Window => &machine->Windows[index].TimerPlace,
        _ => &machine->Rules[index].TimerPlace,
    };

    private readonly struct Places(Machine* machine) : IHeapPlaces
    {
        public void Set(int id, int placePlusOne) => *PlaceOf(machine, SortOf(id), IndexOf(id)) = placePlusOne;
    }
}
