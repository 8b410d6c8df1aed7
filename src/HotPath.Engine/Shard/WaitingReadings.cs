using System.Runtime.InteropServices;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Shard;

/// <summary>
/// The readings of one machine that wait for its watermark: a heap of event times, and beside it what the readings hold,
/// which stays where it is while the heap moves. Both grow to the limit of RULES.md; the caller releases the oldest past
/// it. The shard thread only.
/// </summary>
/// <remarks>
/// The entries behind the heap's count hold the places that are free, so that a list of those costs nothing. Four
/// children share a line: with 600 readings that wait, taking one reads five lines of the heap.
/// </remarks>
internal static unsafe class WaitingReadings
{
    private const int CapacityFirst = 4;

    public static void Add(Machine* machine, NativePool pool, in WaitingReading reading)
    {
        ref var heap = ref machine->Waiting;
        if (heap.Count == heap.Capacity)
        {
            Grow(machine, pool);
        }

        var place = heap.Entries[heap.Count].Id;
        machine->WaitingParts[place] = new WaitingPart
        {
            ValueBits = reading.ValueBits,
            SequenceNumber = reading.SequenceNumber,
            TagIndex = reading.TagIndex,
            SourceIndex = reading.SourceIndex,
            ValueKind = reading.ValueKind,
            Quality = reading.Quality,
        };
        HeapOrder<NoPlaces>.Insert(ref heap, pool, reading.AtMicros, place, default);
        Note(machine);
    }

    /// <summary>Takes the oldest. Not to be called when there is none.</summary>
    public static WaitingReading Take(Machine* machine)
    {
        ref var heap = ref machine->Waiting;
        var oldest = At(machine, 0);
        var place = heap.Entries[0].Id;
        HeapOrder<NoPlaces>.Remove(ref heap, 0, default);
        heap.Entries[heap.Count].Id = place;
        Note(machine);
        return oldest;
    }

    /// <summary>One of those that wait, in no order but that the first is the oldest.</summary>
    public static WaitingReading At(Machine* machine, int index)
    {
        ref var entry = ref machine->Waiting.Entries[index];
        ref var part = ref machine->WaitingParts[entry.Id];
        return new WaitingReading
        {
            AtMicros = entry.Key,
            ValueBits = part.ValueBits,
            SequenceNumber = part.SequenceNumber,
            TagIndex = part.TagIndex,
            SourceIndex = part.SourceIndex,
            ValueKind = part.ValueKind,
            Quality = part.Quality,
        };
    }

    private static void Note(Machine* machine)
    {
        machine->WaitingCount = machine->Waiting.Count;
        machine->OldestPlace = machine->Waiting.Entries[0].Id;
    }

    private static void Grow(Machine* machine, NativePool pool)
    {
        ref var heap = ref machine->Waiting;
        var capacity = Math.Max(CapacityFirst, heap.Capacity * 2);
        heap.Entries = (HeapEntry*)pool.Grow(
            heap.Entries, (long)heap.Capacity * sizeof(HeapEntry), (long)capacity * sizeof(HeapEntry));
        machine->WaitingParts = (WaitingPart*)pool.Grow(
            machine->WaitingParts, (long)heap.Capacity * sizeof(WaitingPart), (long)capacity * sizeof(WaitingPart));
        for (var place = heap.Capacity; place < capacity; place++)
        {
            heap.Entries[place].Id = place;
        }

        heap.Capacity = capacity;
    }

    private readonly struct NoPlaces : IHeapPlaces
    {
        public void Set(int id, int placePlusOne)
        {
            // Nobody looks for one of them.
        }
    }
}

/// <summary>A reading that waits for its machine's watermark.</summary>
internal struct WaitingReading
{
    public long AtMicros;
    public long ValueBits;
    public long SequenceNumber;
    public int TagIndex;
    public int SourceIndex;
    public ValueKind ValueKind;
    public Quality Quality;
}

/// <summary>What it holds beside its event time: half a cache line.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal struct WaitingPart
{
    public long ValueBits;
    public long SequenceNumber;
    public int TagIndex;
    public int SourceIndex;
    public ValueKind ValueKind;
    public Quality Quality;
}
