namespace HotPath.LoadGenerator.Plan;

/// <summary>A stretch of a machine's plan in which nothing changes but noise and the counter.</summary>
internal readonly record struct Phase
{
    public long FirstScan { get; init; }

    public long ScanCount { get; init; }

    public Condition Condition { get; init; }

    /// <summary>False: the gateway is cut off from the machine, and nothing of this stretch is sent.</summary>
    public bool Heard { get; init; }

    /// <summary>The counter at the scan before the first.</summary>
    public uint CounterBefore { get; init; }

    public uint UnitsPerScan { get; init; }

    public long EndScan => FirstScan + ScanCount;

    public uint CounterAt(long scan) => CounterBefore + (UnitsPerScan * (uint)(scan - FirstScan + 1));
}
