using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HotPath.Engine.Shard;

/// <summary>
/// The last 128 readings of one machine that were neither future nor duplicate: a ring in the machine's own block
/// that grows with what was received. The shard thread only.
/// </summary>
/// <remarks>
/// Only a reading that is not the newest of its tag is looked for. Machines that have had one keep two bytes of each
/// remembered reading beside the ring: four lines to look through instead of 64. They follow when they are needed, so
/// that readings which arrive in order pay nothing for them.
/// </remarks>
internal static unsafe class RememberedReadings
{
    private const int CapacityFirst = 8;
    private const int PrintsBytes = EngineLimits.RememberedReadings * sizeof(ushort);

    public static bool Holds(Machine* machine, NativePool pool, in RememberedReading reading)
    {
        if (machine->RememberedCount == 0)
        {
            return false;
        }

        PrintNew(machine, pool);
        var wanted = Vector512.Create(PrintOf(reading));
        for (var first = 0; first < machine->RememberedCount; first += Vector512<ushort>.Count)
        {
            var alike = Vector512.Equals(Vector512.Load(machine->Prints + first), wanted).ExtractMostSignificantBits();
            for (; alike != 0; alike &= alike - 1)
            {
                // Beyond the count stand prints of nothing.
                var index = first + BitOperations.TrailingZeroCount(alike);
                if (index < machine->RememberedCount && machine->Remembered[index] == reading)
                {
                    return true;
                }
            }
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(Machine* machine, NativePool pool, in RememberedReading reading)
    {
        if (machine->RememberedNext == machine->RememberedCapacity)
        {
            WrapOrGrow(machine, pool);
        }

        machine->Remembered[machine->RememberedNext++] = reading;
        machine->RememberedCount = Math.Max(machine->RememberedCount, machine->RememberedNext);
    }

    /// <summary>The same, on the long way: its print at once, while its line is in the cache.</summary>
    public static void AddWithPrint(Machine* machine, NativePool pool, in RememberedReading reading)
    {
        Add(machine, pool, reading);
        if (machine->Prints != null)
        {
            PrintNew(machine, pool);
        }
    }

    /// <summary>Where the next one will stand, unless the block grows. Not to be read.</summary>
    public static RememberedReading* Next(Machine* machine) =>
        machine->Remembered + (machine->RememberedNext & (EngineLimits.RememberedReadings - 1));

    /// <summary>Brings what <see cref="Holds"/> looks through into the cache. The processor must have SSE.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchPrints(Machine* machine)
    {
        for (var bytes = 0; bytes < PrintsBytes; bytes += 64)
        {
            Sse.Prefetch0((byte*)machine->Prints + bytes);
        }
    }

    private static void PrintNew(Machine* machine, NativePool pool)
    {
        if (machine->Prints == null)
        {
            machine->Prints = (ushort*)pool.Take(PrintsBytes);
            Print(machine, 0, machine->RememberedCount);
        }
        else
        {
            Print(machine, machine->PrintedTo, machine->RememberedNext);
        }

        machine->PrintedTo = machine->RememberedNext;
    }

    private static void Print(Machine* machine, int first, int end)
    {
        for (var index = first; index < end; index++)
        {
            machine->Prints[index] = PrintOf(machine->Remembered[index]);
        }
    }

    // Sequence numbers and event times of neighbours differ in their low bits, values in any: a product carries all of
    // them into its highest bits.
    private static ushort PrintOf(in RememberedReading reading) =>
        (ushort)(((ulong)(reading.AtMicros + reading.SequenceNumber) + reading.Rest
            ^ BitOperations.RotateLeft((ulong)reading.ValueBits, 32)) * 0x9E37_79B9_7F4A_7C15 >> 48);

    private static void WrapOrGrow(Machine* machine, NativePool pool)
    {
        var oldCapacity = machine->RememberedCapacity;
        if (oldCapacity == EngineLimits.RememberedReadings)
        {
            if (machine->Prints != null)
            {
                PrintNew(machine, pool);
                machine->PrintedTo = 0;
            }

            machine->RememberedNext = 0;
            return;
        }

        var capacity = Math.Clamp(oldCapacity * 2, CapacityFirst, EngineLimits.RememberedReadings);
        machine->Remembered = (RememberedReading*)pool.Grow(
            machine->Remembered, (long)oldCapacity * sizeof(RememberedReading), (long)capacity * sizeof(RememberedReading));
        machine->RememberedCapacity = (byte)capacity;
    }
}
