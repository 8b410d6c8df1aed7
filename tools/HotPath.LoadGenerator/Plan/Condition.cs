namespace HotPath.LoadGenerator.Plan;

/// <summary>What the machine says that it does: the values of the tag machine_state.</summary>
internal enum Activity : byte
{
    Running,
    Stopped,
    Starved,
    Setup,
    Cleaning,
}

/// <summary>Where the temperature stands against the demo's limits of 75 and 80 degrees.</summary>
internal enum Thermal : byte
{
    /// <summary>Below 70 degrees.</summary>
    Cool,

    /// <summary>Between the limits: starts no warning and ends none.</summary>
    Warm,

    /// <summary>Above 80 degrees at a pressure above 3.2 bar.</summary>
    Hot,
}

/// <summary>All that the readings of one scan depend on, but for noise and the counter.</summary>
internal readonly record struct Condition
{
    public Activity Activity { get; init; }

    /// <summary>Index into <see cref="Words.Faults"/>; 0 = no fault.</summary>
    public byte Fault { get; init; }

    /// <summary>Index into <see cref="Words.Products"/>.</summary>
    public byte Product { get; init; }

    public Thermal Thermal { get; init; }

    /// <summary>The temperature comes with bad quality.</summary>
    public bool SensorFault { get; init; }

    /// <summary>The inspection finds rejects: the tag ok is false.</summary>
    public bool Rejecting { get; init; }

    /// <summary>Bottles come out: speed is not 0 and the counter counts.</summary>
    public bool Producing { get; init; }
}
