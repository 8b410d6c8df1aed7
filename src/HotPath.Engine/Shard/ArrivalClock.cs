using HotPath.Engine.Ring;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Shard;

/// <summary>
/// The arrival clock of RULES.md: moves with the greatest receivedAt so far, stands still while the engine is down.
/// The shard thread only.
/// </summary>
internal struct ArrivalClock
{
    public const long None = Slot.NoNumber;

    private long _outageMicros;

    public ArrivalClock()
    {
    }

    /// <summary>Microseconds; None before the first receivedAt.</summary>
    public long NowMicros { get; private set; } = None;

    /// <summary>The greatest receivedAt itself, for the future guard.</summary>
    public long ReceivedMicrosMax { get; private set; } = None;

    public void Take(long receivedAtMicros, bool isStart)
    {
        if (receivedAtMicros == Slot.NoNumber)
        {
            return;
        }

        if (isStart && NowMicros != None)
        {
            _outageMicros = receivedAtMicros - NowMicros;
        }

        ReceivedMicrosMax = Math.Max(ReceivedMicrosMax, receivedAtMicros);
        NowMicros = NowMicros == None ? receivedAtMicros : Math.Max(NowMicros, receivedAtMicros - _outageMicros);
    }

    public readonly void Save(ref StateBytes to)
    {
        to.Put(NowMicros);
        to.Put(ReceivedMicrosMax);
        to.Put(_outageMicros);
    }

    public static ArrivalClock Of(SavedClock saved) => new()
    {
        NowMicros = saved.NowMicros,
        ReceivedMicrosMax = saved.ReceivedMicrosMax,
        _outageMicros = saved.OutageMicros,
    };
}
