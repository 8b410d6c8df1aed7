using HotPath.Engine.Agents;

namespace HotPath.Engine.Ring;

/// <summary>
/// Puts silence into the order: a tick after an interval in which nobody claimed a slot. Turned by one thread. When
/// the ring is full there is no silence, and the tick is left out.
/// </summary>
internal sealed class TickAgent : IAgent
{
    private readonly Sequencer _sequencer;
    private readonly ControlInlet _control;
    private readonly IClock _clock;
    private readonly long _intervalMicros;
    private long _nextLsnSeen;
    private long _quietSinceMicros;

    public TickAgent(RingBuffer ring, IClock clock, int tickIntervalMs)
    {
        _sequencer = ring.Sequencer;
        _control = new ControlInlet(ring);
        _clock = clock;
        _intervalMicros = tickIntervalMs * 1_000L;
        _nextLsnSeen = _sequencer.NextLsn;
        _quietSinceMicros = clock.NowMicros;
    }

    public string Name => "tick";

    public int DoWork()
    {
        var nowMicros = _clock.NowMicros;
        var nextLsn = _sequencer.NextLsn;
        if (nextLsn != _nextLsnSeen)
        {
            _nextLsnSeen = nextLsn;
            _quietSinceMicros = nowMicros;
            return 0;
        }

        if (nowMicros - _quietSinceMicros < _intervalMicros)
        {
            return 0;
        }

        _quietSinceMicros = nowMicros;
        if (!_control.TryPublishTick(nowMicros, out var lsn))
        {
            return 0;
        }

        // The tick itself is no news.
        _nextLsnSeen = lsn + 1;
        return 1;
    }
}
