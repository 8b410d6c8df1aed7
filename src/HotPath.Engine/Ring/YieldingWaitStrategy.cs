using HotPath.Engine.Agents;

namespace HotPath.Engine.Ring;

/// <summary>Spins for some turns, then lets other threads run between turns. Any thread may call it.</summary>
internal sealed class YieldingWaitStrategy : WaitStrategy
{
    /// <summary>About 3 us of turns before the first sched_yield, which costs 0.5 us itself.</summary>
    private const int SpinTurns = 100;

    public override int Idle(IAgent agent, int idleTurns)
    {
        if (idleTurns < SpinTurns)
        {
            Thread.SpinWait(1);
        }
        else
        {
            Thread.Yield();
        }

        return 0;
    }
}
