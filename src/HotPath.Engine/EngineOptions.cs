using HotPath.Engine.Native;
using HotPath.Engine.Rules;

namespace HotPath.Engine;

/// <summary>How an engine is built. Checked once by <see cref="EngineLimits.Check"/>, then copied into readonly fields.</summary>
internal sealed record EngineOptions
{
    /// <summary>Holds journal/, ledger/, snapshots/ and the lock file.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Slots of 64 bytes; a power of two. 65,536 slots = 4 MiB: larger than L2, so that dirty lines drain to L3.</summary>
    public int RingSlots { get; init; } = 1 << 16;

    public int ShardCount { get; init; } = 1;

    public JournalSync JournalSync { get; init; } = JournalSync.Batch;

    /// <summary>Policy interval: the longest time between syncs, and so the loss window of a power cut.</summary>
    public int JournalSyncIntervalMs { get; init; } = 50;

    public long JournalSegmentBytes { get; init; } = 128L * 1024 * 1024;

    public long LedgerSegmentBytes { get; init; } = Ledger.LedgerSegment.RollBytes;

    /// <summary>Whether damage in the journal stops recovery; else it is reported and stepped over.</summary>
    public bool HaltsOnJournalDamage { get; init; } = true;

    public TimeOptions Time { get; init; } = new();

    /// <summary>What a rule document may need for the machines known when it comes, all shards together.</summary>
    public long RulesMemoryBytesMax { get; init; } = RuleLimits.MachineBytesMax;

    /// <summary>So long after a snapshot comes the next, or after so many slots, whichever is first.</summary>
    public int SnapshotIntervalMs { get; init; } = 60_000;

    public long SnapshotSlots { get; init; } = 20_000_000;

    /// <summary>How long journal and ledger are kept beyond what snapshots and sinks need.</summary>
    public long JournalRetainMicros { get; init; } = 24 * 3_600_000_000L;

    /// <summary>Silence in the ring for so long puts a tick into it.</summary>
    public int TickIntervalMs { get; init; } = 100;

    /// <summary>The disk under a directory; the real one, unless a test puts one with faults in its place.</summary>
    public Func<string, IDisk> OpenDisk { get; init; } = static directory => new LibcDisk(directory);
}

/// <summary>When a journal frame counts as safe.</summary>
internal enum JournalSync
{
    /// <summary>After its fdatasync. Shards, ledger, sinks and acknowledgements wait for it.</summary>
    Batch,
    /// <summary>
    /// Shards run ahead; a power cut may take the last interval, a kill of the process what gathers for a frame
    /// (<see cref="Journal.FrameGathering.AgeMaxMicros"/>). Nothing of either was acknowledged.
    /// </summary>
    Interval,
    /// <summary>Never synced: what was acknowledged survives a kill of the process, not a power cut. For benchmarks.</summary>
    None,
}

/// <summary>The time options of RULES.md, microseconds; null = none.</summary>
internal sealed record TimeOptions
{
    public long OutOfOrdernessMicros { get; init; }

    public long? IdleTimeoutMicros { get; init; }

    public long? MaxFutureMicros { get; init; }
}
