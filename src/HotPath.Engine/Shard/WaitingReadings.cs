namespace HotPath.Engine.Shard;

/// <summary>
/// The readings of one machine that wait for its watermark: a heap by event time in the machine's own block. It grows
/// to the limit of RULES.md; the caller releases the oldest past it. The shard thread only.
/// </summary>
internal static unsafe class WaitingReadings
{
    private const int CapacityFirst = 2;

    public static void Add(Machine* machine, NativePool pool, in WaitingReading reading)
    {
        if (machine->WaitingCount == machine->WaitingCapacity)
        {
            var capacity = Math.Max(CapacityFirst, machine->WaitingCapacity * 2);
            machine->Waiting = (WaitingReading*)pool.Grow(
                machine->Waiting,
                (long)machine->WaitingCapacity * sizeof(WaitingReading),
                (long)capacity * sizeof(WaitingReading));
            machine->WaitingCapacity = capacity;
        }

        var heap = machine->Waiting;
        var place = machine->WaitingCount++;
        while (place > 0)
        {
            var parent = (place - 1) >> 1;
            if (heap[parent].AtMicros <= reading.AtMicros)
            {
                break;
            }

            heap[place] = heap[parent];
            place = parent;
        }

        heap[place] = reading;
    }

    /// <summary>Takes the oldest. Not to be called when there is none.</summary>
    public static WaitingReading Take(Machine* machine)
    {
        var heap = machine->Waiting;
        var oldest = heap[0];
        var count = --machine->WaitingCount;
        var last = heap[count];
        var place = 0;
        while (true)
        {
            var child = (place * 2) + 1;
            if (child >= count)
            {
                break;
            }

            if (child + 1 < count && heap[child + 1].AtMicros < heap[child].AtMicros)
            {
                child++;
            }

            if (heap[child].AtMicros >= last.AtMicros)
            {
                break;
            }

            heap[place] = heap[child];
            place = child;
        }

        heap[place] = last;
        return oldest;
    }
}
