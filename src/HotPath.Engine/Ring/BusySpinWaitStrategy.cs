using HotPath.Engine.Agents;

namespace HotPath.Engine.Ring;

/// <summary>Never gives the core away: the shortest delay, one core per thread. Any thread may call it.</summary>
internal sealed class BusySpinWaitStrategy : WaitStrategy
{
    public override int Idle(IAgent agent, int idleTurns)
    {
        Thread.SpinWait(1);
        return 0;
    }
}
