using HotPath.Engine.Agents;
using HotPath.Engine.Native;

namespace HotPath.Engine.Ring;

/// <summary>
/// Spins, then yields, then sleeps until a signal: for machines with fewer cores than threads. Any thread may call it.
/// </summary>
/// <remarks>See <see cref="Doorbell"/> for why no signal is lost and why a publisher pays nothing while nobody sleeps.</remarks>
internal sealed class ParkingWaitStrategy : WaitStrategy, IDisposable
{
    private const int SpinTurns = 20;
    private const int YieldTurns = 40;

    private readonly Doorbell _doorbell;
    private readonly int _parkMicrosMax;
    private readonly bool _ownsDoorbell;

    /// <param name="parkMicrosMax">The longest sleep, for agents that also watch a clock.</param>
    public ParkingWaitStrategy(int parkMicrosMax = 1_000)
        : this(new Doorbell(), parkMicrosMax)
    {
        _ownsDoorbell = true;
    }

    /// <param name="doorbell">Somebody else's, which outlives this.</param>
    /// <param name="parkMicrosMax">The longest sleep, for agents that also watch a clock.</param>
    public ParkingWaitStrategy(Doorbell doorbell, int parkMicrosMax = 1_000)
    {
        _doorbell = doorbell;
        _parkMicrosMax = parkMicrosMax;
    }

    public override int Idle(IAgent agent, int idleTurns)
    {
        if (idleTurns < SpinTurns)
        {
            Thread.SpinWait(4);
            return 0;
        }

        if (idleTurns < YieldTurns)
        {
            Thread.Yield();
            return 0;
        }

        return Park(agent);
    }

    public override bool NeedsSignals => true;

    public override void SignalAll() => _doorbell.Ring();

    public void Dispose()
    {
        if (_ownsDoorbell)
        {
            _doorbell.Dispose();
        }
    }

    /// <summary>A sleeping reader lets slots gather by itself.</summary>
    public override void AfterWork(int done)
    {
        // Turns straight on: the pause of the spinning strategies would be spent on a shared core.
    }

    private int Park(IAgent agent)
    {
        var ticket = _doorbell.Announce();
        var done = agent.DoWork();
        if (done == 0)
        {
            _doorbell.Sleep(ticket, _parkMicrosMax);
        }

        _doorbell.Withdraw();
        return done;
    }
}
