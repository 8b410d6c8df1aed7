namespace HotPath.TestKit.Simulation;

/// <summary>What one simulated run is made of; everything else follows from the seed.</summary>
internal sealed record SimulationOptions
{
    public required int Seed { get; init; }

    /// <summary>Broken on purpose, to be caught.</summary>
    public SimulationControl Control { get; init; }
}

/// <summary>Negative controls: what is broken on purpose.</summary>
internal enum SimulationControl
{
    None,
    /// <summary>The disk says that it has synced, and has not.</summary>
    LyingDisk,
    /// <summary>Calls are acknowledged when they are in the ring, before they are durable.</summary>
    EarlyAcknowledgement,
    /// <summary>The sink forgets that a table holds a flush when it is not told so.</summary>
    ForgetfulSink,
    /// <summary>Bits turn in snapshots, and their checksums fit nevertheless.</summary>
    ForgedSnapshot,
    /// <summary>Journal and ledger are kept for the snapshots alone, not for the sink.</summary>
    ForgetfulRetention,
}

/// <summary>Something that must never be was seen. The message begins with the seed.</summary>
internal sealed class SimulationFinding(int seed, string what, Exception? cause = null)
    : Exception($"HOTPATH_SEED={seed}: {what}", cause);

/// <summary>What a run went through.</summary>
internal sealed record SimulationReport
{
    public long Steps { get; set; }

    public long SimulatedMicros { get; set; }

    public long Slots { get; set; }

    public long CallsAcknowledged { get; set; }

    public long DatagramsLost { get; set; }

    public long Kills { get; set; }

    public long PowerCuts { get; set; }

    /// <summary>Syncs, writes and the like that were made to fail.</summary>
    public long DiskFailures { get; set; }

    public long DiskFullEpisodes { get; set; }

    public long BitFlips { get; set; }

    public long SinkFailures { get; set; }

    /// <summary>Snapshots that restarts began from.</summary>
    public long SnapshotsUsed { get; set; }

    /// <summary>Snapshots in which a bit was turned.</summary>
    public long SnapshotsDamaged { get; set; }

    /// <summary>Snapshots that starts did not believe.</summary>
    public long SnapshotsPassedOver { get; set; }

    /// <summary>Runs at whose end the journal no longer reached back to its begin.</summary>
    public long RunsWithRemovals { get; set; }

    /// <summary>Rows compared with the reference model.</summary>
    public long ReferenceRows { get; set; }

    public void Add(SimulationReport other)
    {
        Steps += other.Steps;
        SimulatedMicros += other.SimulatedMicros;
        Slots += other.Slots;
        CallsAcknowledged += other.CallsAcknowledged;
        DatagramsLost += other.DatagramsLost;
        Kills += other.Kills;
        PowerCuts += other.PowerCuts;
        DiskFailures += other.DiskFailures;
        DiskFullEpisodes += other.DiskFullEpisodes;
        BitFlips += other.BitFlips;
        SinkFailures += other.SinkFailures;
        SnapshotsUsed += other.SnapshotsUsed;
        SnapshotsDamaged += other.SnapshotsDamaged;
        SnapshotsPassedOver += other.SnapshotsPassedOver;
        RunsWithRemovals += other.RunsWithRemovals;
        ReferenceRows += other.ReferenceRows;
    }
}
