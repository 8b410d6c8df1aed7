using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Truth;

/// <summary>
/// What is known about a machine from this event time until the next segment: nothing changes in between.
/// </summary>
internal readonly record struct Segment
{
    public long FromMicros { get; init; }

    public Condition Condition { get; init; }

    /// <summary>No tag has been heard for <see cref="DemoRules.StaleMicros"/>.</summary>
    public bool Stale { get; init; }

    /// <summary>The counter has not grown within the window of <see cref="DemoRules.OutputWindowMicros"/>.</summary>
    public bool Dry { get; init; }
}
