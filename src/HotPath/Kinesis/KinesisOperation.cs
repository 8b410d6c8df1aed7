using System.Collections.Frozen;

namespace HotPath.Kinesis;

/// <summary>The calls this endpoint knows. The names are the API's.</summary>
internal enum KinesisOperation
{
    /// <summary>None that is known: only in counters.</summary>
    Unknown,
    AddTagsToStream,
    CreateStream,
    DecreaseStreamRetentionPeriod,
    DeleteStream,
    DeregisterStreamConsumer,
    DescribeLimits,
    DescribeStream,
    DescribeStreamConsumer,
    DescribeStreamSummary,
    GetRecords,
    GetShardIterator,
    IncreaseStreamRetentionPeriod,
    ListShards,
    ListStreamConsumers,
    ListStreams,
    ListTagsForStream,
    MergeShards,
    PutRecord,
    PutRecords,
    RegisterStreamConsumer,
    RemoveTagsFromStream,
    SplitShard,
    SubscribeToShard,
    UpdateMaxRecordSize,
    UpdateShardCount,
    UpdateStreamMode,
}

/// <summary>Reads the <c>X-Amz-Target</c> header: <c>Kinesis_20131202.PutRecords</c>.</summary>
internal static class KinesisTarget
{
    private const string ServiceName = "Kinesis_20131202";

    private static readonly FrozenDictionary<string, KinesisOperation> Operations = Enum.GetValues<KinesisOperation>()
        .Where(operation => operation != KinesisOperation.Unknown)
        .ToFrozenDictionary(operation => $"{ServiceName}.{operation}", StringComparer.Ordinal);

    public static KinesisOperation Parse(string? target) =>
        target is not null && Operations.TryGetValue(target, out var operation) ? operation : KinesisOperation.Unknown;

    /// <summary>Whether a service and an operation are named at all, known or not.</summary>
    public static bool NamesServiceAndOperation(string? target)
    {
        var dot = target?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        return dot > 0 && dot + 1 < target!.Length && target[dot + 1] != '.';
    }
}
