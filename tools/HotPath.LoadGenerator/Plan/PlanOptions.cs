namespace HotPath.LoadGenerator.Plan;

/// <summary>
/// What the readings of a run are a function of. The same options give the same readings, byte for byte.
/// </summary>
internal sealed record PlanOptions
{
    /// <summary>The longest step at which the demo's limit for silence, 30 s, is not met by an ordinary scan.</summary>
    public const int StepMillisMax = 10_000;

    /// <summary>In the closing scene nothing happens, so that long steps are enough.</summary>
    public const int ClosingStepMillis = 10_000;

    public ulong Seed { get; init; } = 1;

    public int EquipmentCount { get; init; } = 48;

    public int TagCount { get; init; } = Signals.StandardTagCount;

    /// <summary>Event time of the first scan, milliseconds since the epoch.</summary>
    public long StartMillis { get; init; }

    /// <summary>Event time between two scans of a machine.</summary>
    public int StepMillis { get; init; } = 1_000;

    /// <summary>
    /// The greatest event time by which a scan may arrive behind another of its gateway; below it strictly.
    /// </summary>
    public int DisorderMillis { get; init; }

    /// <summary>Probability that a piece of a scan is sent twice.</summary>
    public double DuplicateShare { get; init; }

    /// <summary>The encoding can say bad quality (InfluxDB's cannot).</summary>
    public bool SensorFaults { get; init; } = true;

    /// <summary>Scans of each machine before the closing scene; long.MaxValue = until told to close.</summary>
    public long ScanCount { get; init; } = long.MaxValue;

    /// <summary>
    /// Event time of the closing scene: longer than every hold of the demo rules and the lateness allowed.
    /// </summary>
    public int SettleMillis { get; init; } = 120_000;

    public int ClosingScans => 1 + (SettleMillis / ClosingStepMillis);
}
