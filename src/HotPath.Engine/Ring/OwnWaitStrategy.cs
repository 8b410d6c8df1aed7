using HotPath.Engine.Agents;

namespace HotPath.Engine.Ring;

/// <summary>
/// For an agent that waits by itself, in the kernel: the runner turns it again at once. Any thread may call it.
/// </summary>
internal sealed class OwnWaitStrategy : WaitStrategy
{
    public override int Idle(IAgent agent, int idleTurns) => 0;

    public override void AfterWork(int done)
    {
        // What is left gathers in the kernel.
    }
}
