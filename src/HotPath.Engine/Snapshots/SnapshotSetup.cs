using HotPath.Engine.Agents;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Snapshots;

/// <summary>What a snapshot agent works with.</summary>
internal sealed record SnapshotSetup
{
    public required Guid Instance { get; init; }

    public required IClock Clock { get; init; }

    public required NameTables Names { get; init; }

    public required RingBuffer Ring { get; init; }

    public required ControlInlet Control { get; init; }

    public required Checkpoints Checkpoints { get; init; }

    public required ShardSaver[] Savers { get; init; }

    /// <summary>How far the journal is durable, or under policy none written.</summary>
    public required Func<long> DurableLsn { get; init; }

    public required LedgerWriter Ledger { get; init; }

    public required Func<long, LedgerReader> NewLedgerReader { get; init; }

    public required SnapshotStore Store { get; init; }

    /// <summary>The documents in force anywhere from one LSN to another, oldest first.</summary>
    public required Func<long, long, List<RulesInForce>> RulesBetween { get; init; }

    public required Action<long> ForgetRulesBelow { get; init; }

    public required Retention Retention { get; init; }

    public required long IntervalMicros { get; init; }

    /// <summary>Slots after which one is taken before the interval is over.</summary>
    public required long SlotsMax { get; init; }
}
