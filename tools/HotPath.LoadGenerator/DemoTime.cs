namespace HotPath.LoadGenerator;

/// <summary>
/// The time options under which <c>hotpath demo</c> and the generator agree. The truth is exact for every
/// outOfOrderness from the disorder (at least 1 ms) to half of the settling time, as long as no gateway is silent for
/// idleTimeout while readings are sent; and only until idleTimeout after the end: from then on silence is in the
/// service's own clock, and after <see cref="Truth.DemoRules.StaleMicros"/> more the machines are without connection.
/// </summary>
public static class DemoTime
{
    /// <summary>Stands in `time.outOfOrderness`.</summary>
    public const string OutOfOrderness = "5s";

    public const string IdleTimeout = "30s";

    public const string MaxFuture = "1h";

    /// <summary>What the generator is asked for: below <see cref="OutOfOrderness"/>.</summary>
    public const string Disorder = "2s";
}
