using System.Diagnostics;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Udp;

/// <summary>
/// The ring's consumer: takes every slot and checks that each machine's sequence numbers rise, so that with the right
/// count no reading is missing, doubled or out of place. Turned by one thread.
/// </summary>
internal sealed class SlotCheck(RingReader reader) : IAgent
{
    private const int SlotsMax = 4_096;

    private readonly long[] _last = new long[EngineLimits.EquipmentCountMax];
    private long _startTicks;
    private long _taken;
    private long _perSecondMax = long.MaxValue;

    public string Name => "consumer";

    public long Readings { get; private set; }

    public long OutOfPlace { get; private set; }

    /// <summary>Between runs only: forgets what was, and takes so many slots a second from now on.</summary>
    public void Begin(long perSecondMax = long.MaxValue)
    {
        Array.Fill(_last, -1);
        Readings = OutOfPlace = _taken = 0;
        _startTicks = Stopwatch.GetTimestamp();
        Volatile.Write(ref _perSecondMax, perSecondMax);
    }

    /// <summary>Any thread: the sender has ended, take the rest as fast as it goes.</summary>
    public void Hurry() => Volatile.Write(ref _perSecondMax, long.MaxValue);

    public int DoWork()
    {
        var perSecond = Volatile.Read(ref _perSecondMax);
        var due = perSecond == long.MaxValue
            ? SlotsMax
            : (int)Math.Clamp((Stopwatch.GetElapsedTime(_startTicks).TotalSeconds * perSecond) - _taken, 0, SlotsMax);
        var slots = due == 0 ? default : reader.Peek(due, out _);
        foreach (ref readonly var slot in slots)
        {
            if (slot.Kind != SlotKind.Reading)
            {
                continue;
            }

            ref var last = ref _last[slot.EquipmentIndex];
            OutOfPlace += slot.SequenceNumber > last ? 0 : 1;
            last = slot.SequenceNumber;
            Readings++;
        }

        reader.Release(slots.Length);
        _taken += slots.Length;
        return slots.Length;
    }
}
