using HotPath.Engine.Agents;

namespace HotPath.Engine.Ring;

/// <summary>
/// For agents to whom milliseconds do not matter: sleeps at once and for a set time, and costs publishers nothing, not even
/// a look. Any thread may call it.
/// </summary>
/// <param name="napMs">How long it sleeps; an agent that is asked to end does so no later.</param>
internal sealed class NappingWaitStrategy(int napMs = 5) : WaitStrategy
{
    public override int Idle(IAgent agent, int idleTurns)
    {
        Thread.Sleep(napMs);
        return 0;
    }

    public override void AfterWork(int done)
    {
        // Who is given so much time between its turns shares its core.
    }
}
