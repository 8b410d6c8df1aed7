using HotPath.Engine.Agents;

namespace HotPath.Engine.Ring;

/// <summary>
/// How a thread passes the time when its agent found nothing to do. One instance is shared by all threads of an
/// engine; any thread may call any member. Late means: no later than the next signal or <c>parkMicrosMax</c>.
/// </summary>
internal abstract class WaitStrategy
{
    /// <summary>
    /// Fewer slots than this in a turn: the reader is at the producer's heels and takes lines from it.
    /// </summary>
    public const int SmallTurn = 256;

    /// <summary>
    /// Pauses after a small turn: 64 of 25 ns let some hundred slots gather (LIMITS: 54 against 315 M/s).
    /// </summary>
    private const int PausesAfterSmallTurn = 64;

    /// <summary>
    /// Lets time pass. May turn the agent once more, so that work which came while this thread announced its sleep is
    /// not slept over.
    /// </summary>
    /// <param name="agent">The agent that found nothing.</param>
    /// <param name="idleTurns">How many turns in a row it has found nothing, from 1.</param>
    /// <returns>What such a turn did; else 0.</returns>
    public abstract int Idle(IAgent agent, int idleTurns);

    /// <summary>
    /// Whether a thread may sleep until a signal. Where none does, a publisher does not call at all: that would be a call
    /// by table for each event. Does not change.
    /// </summary>
    public virtual bool NeedsSignals => false;

    /// <summary>Something was published: wakes threads that sleep. Costs one read when none does.</summary>
    public virtual void SignalAll()
    {
        // Nobody sleeps, unless NeedsSignals.
    }

    /// <summary>
    /// After a turn that did something: keeps a fast reader from polling the line its producer is writing.
    /// </summary>
    public virtual void AfterWork(int done)
    {
        if (done < SmallTurn)
        {
            Thread.SpinWait(PausesAfterSmallTurn);
        }
    }
}
