namespace HotPath.Engine.Shard;

/// <summary>
/// The last 128 readings of one machine that were neither future nor duplicate: a ring in the machine's own block
/// that grows with what was received. The shard thread only.
/// </summary>
internal static unsafe class RememberedReadings
{
    private const int CapacityFirst = 8;

    public static bool Holds(Machine* machine, in RememberedReading reading)
    {
        for (var index = 0; index < machine->RememberedCount; index++)
        {
            ref var remembered = ref machine->Remembered[index];
            if (remembered.AtMicros == reading.AtMicros && remembered == reading)
            {
                return true;
            }
        }

        return false;
    }

    public static void Add(Machine* machine, NativePool pool, in RememberedReading reading)
    {
        if (machine->RememberedNext == machine->RememberedCapacity)
        {
            WrapOrGrow(machine, pool);
        }

        machine->Remembered[machine->RememberedNext++] = reading;
        machine->RememberedCount = Math.Max(machine->RememberedCount, machine->RememberedNext);
    }

    /// <summary>Where the next one will stand, unless the block grows. Not to be read.</summary>
    public static RememberedReading* Next(Machine* machine) =>
        machine->Remembered + (machine->RememberedNext & (EngineLimits.RememberedReadings - 1));

    private static void WrapOrGrow(Machine* machine, NativePool pool)
    {
        var oldCapacity = machine->RememberedCapacity;
        if (oldCapacity == EngineLimits.RememberedReadings)
        {
            machine->RememberedNext = 0;
            return;
        }

        var capacity = Math.Clamp(oldCapacity * 2, CapacityFirst, EngineLimits.RememberedReadings);
        machine->Remembered = (RememberedReading*)pool.Grow(
            machine->Remembered, (long)oldCapacity * sizeof(RememberedReading), (long)capacity * sizeof(RememberedReading));
        machine->RememberedCapacity = (byte)capacity;
    }
}
