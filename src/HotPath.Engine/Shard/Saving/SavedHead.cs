using HotPath.Engine.Ring;

namespace HotPath.Engine.Shard.Saving;

/// <summary>
/// What a shard's state begins with: where it was taken, the clocks, the options and rules in force, the sources.
/// Everything but the shard's place is the same in every shard. Immutable; cold.
/// </summary>
/// <remarks>
/// <code>
/// format i32 | shard i32 | shardCount i32 | sourceCount i32 | lsn i64 | ruleVersion i64
/// clock now i64 | greatest receivedAt i64 | outage i64 | last pass i64 | isAllDoubtful i64
/// outOfOrderness i64 | idleTimeout i64 | maxFuture i64          (microseconds; -2^63 = none)
/// readings, stored, late, duplicate, future, transitions, downtimes, waiting overflows of this shard i64
/// source: index i64 | progress i64 | heard i64                  sourceCount times
/// </code>
/// Little-endian. Indexes are those of the names file.
/// </remarks>
internal sealed record SavedHead
{
    public const int CurrentFormat = 1;
    public const int FixedBytes = (4 * sizeof(int)) + (18 * sizeof(long));
    public const int SourceBytes = 3 * sizeof(long);

    public required int Shard { get; init; }

    public required int ShardCount { get; init; }

    /// <summary>The marker: every slot up to here has been processed.</summary>
    public required long Lsn { get; init; }

    public required long RuleVersion { get; init; }

    public required SavedClock Clock { get; init; }

    public required SavedWatermarks Watermarks { get; init; }

    /// <summary>What the shard had counted, machines apart.</summary>
    public required ShardCounters Counters { get; init; }

    public static int BytesOf(int sourceCount) => FixedBytes + (sourceCount * SourceBytes);

    public static SavedHead Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes);
        var format = reader.Int();
        if (format != CurrentFormat)
        {
            throw new SavedStateException($"format {format} is not {CurrentFormat}: another version of HotPath wrote it");
        }

        var (shard, shardCount, sourceCount) = (reader.Int(), reader.Int(), reader.Int());
        var (lsn, ruleVersion) = (reader.Long(), reader.Long());
        var clock = new SavedClock(reader.Long(), reader.Long(), reader.Long());
        var (passMicros, isAllDoubtful) = (reader.Long(), reader.Long() != 0);
        var options = new TimeOptions
        {
            OutOfOrdernessMicros = reader.Long(),
            IdleTimeoutMicros = Optional(reader.Long()),
            MaxFutureMicros = Optional(reader.Long()),
        };
        var counters = new ShardCounters
        {
            Readings = reader.Long(),
            Stored = reader.Long(),
            Late = reader.Long(),
            Duplicate = reader.Long(),
            Future = reader.Long(),
            Transitions = reader.Long(),
            Downtimes = reader.Long(),
            WaitingOverflows = reader.Long(),
        };
        var sources = new SavedSource[sourceCount is >= 0 and <= EngineLimits.SourceCountMax ? sourceCount : 0];
        for (var at = 0; at < sources.Length; at++)
        {
            sources[at] = new SavedSource((int)reader.Long(), reader.Long(), reader.Long());
        }

        return new SavedHead
        {
            Shard = shard,
            ShardCount = shardCount,
            Lsn = lsn,
            RuleVersion = ruleVersion,
            Clock = clock,
            Counters = counters,
            Watermarks = new SavedWatermarks(passMicros, isAllDoubtful, options, sources),
        };
    }

    private static long? Optional(long micros) => micros == Slot.NoNumber ? null : micros;
}

/// <summary>The arrival clock.</summary>
internal readonly record struct SavedClock(long NowMicros, long ReceivedMicrosMax, long OutageMicros);

/// <summary>What all watermarks depend on.</summary>
internal sealed record SavedWatermarks(long PassMicros, bool IsAllDoubtful, TimeOptions Options, SavedSource[] Sources);

/// <summary>One source: how far it is, and when it was heard last on the arrival clock.</summary>
internal readonly record struct SavedSource(int Source, long ProgressMicros, long HeardMicros);
