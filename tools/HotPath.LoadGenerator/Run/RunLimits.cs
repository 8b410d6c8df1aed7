using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Run;

/// <summary>When a run ends, and up to which event time it may go. Shared by all feeds; any thread may ask.</summary>
internal sealed class RunLimits
{
    private readonly TimeProvider _time;
    private readonly PlanOptions _plan;
    private readonly TimeSpan _duration;
    private readonly long _startTicks;
    private volatile bool _stopped;

    public RunLimits(PlanOptions plan, TimeSpan duration, TimeProvider time)
    {
        _plan = plan;
        _duration = duration;
        _time = time;
        _startTicks = time.GetTimestamp();
    }

    public TimeSpan Elapsed => _time.GetElapsedTime(_startTicks);

    public bool TimeIsUp => _stopped || Elapsed >= _duration;

    /// <summary>
    /// The closing scene still fits between this event time and now: nothing is ever sent from the future.
    /// </summary>
    public long EventMillisMax =>
        _time.GetUtcNow().ToUnixTimeMilliseconds() - ((long)_plan.ClosingScans * PlanOptions.ClosingStepMillis);

    public void Stop() => _stopped = true;
}
