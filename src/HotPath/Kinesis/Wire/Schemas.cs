namespace HotPath.Kinesis.Wire;

/// <summary>The requests of all calls, member by member, with the constraints of the service's model.</summary>
internal sealed class Schemas
{
    private static readonly Member StreamArn = new("StreamARN", MemberType.String)
    {
        LengthMin = 1,
        LengthMax = 2048,
        Pattern = (Patterns.StreamArn, Patterns.IsStreamArn),
    };

    private static readonly Member OptionalStreamName = NameLike("StreamName");
    private static readonly Member StreamName = OptionalStreamName with { NotNull = true };
    private static readonly Member ExclusiveStartShardId = NameLike("ExclusiveStartShardId");
    private static readonly Member Limit = Count("Limit", 10_000);

    private static readonly Member ExplicitHashKey = new("ExplicitHashKey", MemberType.String)
    {
        Pattern = (Patterns.HashKey, Patterns.IsHashKey),
    };

    private static readonly Member PartitionKey = new("PartitionKey", MemberType.String)
    {
        NotNull = true,
        LengthMin = 1,
        LengthMax = KinesisLimits.PartitionKeyCharsMax,
    };

    private static readonly Member RetentionPeriodHours = new("RetentionPeriodHours", MemberType.Integer)
    {
        NotNull = true,
        ValueMin = 1,
        ValueMax = 168,
    };

    private readonly Dictionary<KinesisOperation, IReadOnlyList<Member>> _byOperation;

    public Schemas(KinesisLimits limits)
    {
        var data = new Member("Data", MemberType.Blob) { NotNull = true, LengthMax = limits.RecordBytesMax };
        _byOperation = new Dictionary<KinesisOperation, IReadOnlyList<Member>>
        {
            [KinesisOperation.AddTagsToStream] = [Tags, StreamName, StreamArn],
            [KinesisOperation.CreateStream] = [ShardCount with { NotNull = true }, StreamName],
            [KinesisOperation.DecreaseStreamRetentionPeriod] = [RetentionPeriodHours, StreamName, StreamArn],
            [KinesisOperation.DeleteStream] = [StreamName, StreamArn],
            [KinesisOperation.DeregisterStreamConsumer] = [StreamArn, ConsumerName, ConsumerArn],
            [KinesisOperation.DescribeLimits] = [],
            [KinesisOperation.DescribeStream] = [Limit, ExclusiveStartShardId, StreamName, StreamArn],
            [KinesisOperation.DescribeStreamConsumer] = [StreamArn, ConsumerName, ConsumerArn],
            [KinesisOperation.DescribeStreamSummary] = [StreamName, StreamArn],
            [KinesisOperation.GetRecords] =
            [
                Limit,
                new Member("ShardIterator", MemberType.String) { NotNull = true, LengthMin = 1, LengthMax = 512 },
                StreamArn,
            ],
            [KinesisOperation.GetShardIterator] =
            [
                NameLike("ShardId") with { NotNull = true },
                IteratorType("ShardIteratorType"),
                SequenceNumber("StartingSequenceNumber"),
                StreamName,
                new Member("Timestamp", MemberType.Timestamp),
                StreamArn,
            ],
            [KinesisOperation.IncreaseStreamRetentionPeriod] = [RetentionPeriodHours, StreamName, StreamArn],
            [KinesisOperation.ListShards] =
            [
                ExclusiveStartShardId,
                Count("MaxResults", 10_000),
                new Member("NextToken", MemberType.String) { LengthMin = 1 },
                new Member("StreamCreationTimestamp", MemberType.Timestamp),
                ShardFilter,
                OptionalStreamName,
                StreamArn,
            ],
            [KinesisOperation.ListStreamConsumers] =
            [
                Count("MaxResults", 10_000),
                new Member("NextToken", MemberType.String) { LengthMin = 1 },
                new Member("StreamCreationTimestamp", MemberType.Timestamp),
                StreamArn with { NotNull = true },
            ],
            [KinesisOperation.ListStreams] =
            [
                Limit, NameLike("ExclusiveStartStreamName"), new Member("NextToken", MemberType.String) { LengthMin = 1 },
            ],
            [KinesisOperation.ListTagsForStream] =
            [
                Count("Limit", 10),
                new Member("ExclusiveStartTagKey", MemberType.String) { LengthMin = 1, LengthMax = 128 },
                StreamName,
                StreamArn,
            ],
            [KinesisOperation.MergeShards] =
            [
                NameLike("ShardToMerge") with { NotNull = true },
                NameLike("AdjacentShardToMerge") with { NotNull = true },
                StreamName,
                StreamArn,
            ],
            [KinesisOperation.PutRecord] =
            [
                new Member("SequenceNumberForOrdering", MemberType.String)
                {
                    Pattern = (Patterns.SequenceNumber, Patterns.IsSequenceNumber),
                },
                PartitionKey,
                ExplicitHashKey,
                data,
                StreamName,
                StreamArn,
            ],
            [KinesisOperation.PutRecords] = [RecordsOf(data, limits), StreamName, StreamArn],
            [KinesisOperation.RegisterStreamConsumer] =
            [
                ConsumerName with { NotNull = true }, StreamArn with { NotNull = true },
            ],
            [KinesisOperation.RemoveTagsFromStream] = [TagKeys, StreamName, StreamArn],
            [KinesisOperation.SplitShard] =
            [
                new Member("NewStartingHashKey", MemberType.String)
                {
                    NotNull = true,
                    Pattern = (Patterns.HashKey, Patterns.IsHashKey),
                },
                StreamName,
                StreamArn,
                NameLike("ShardToSplit") with { NotNull = true },
            ],
            [KinesisOperation.SubscribeToShard] =
            [
                ConsumerArn with { NotNull = true },
                NameLike("ShardId") with { NotNull = true },
                new Member("StartingPosition", MemberType.Structure)
                {
                    NotNull = true,
                    Children =
                    [
                        SequenceNumber("SequenceNumber"),
                        new Member("Timestamp", MemberType.Timestamp),
                        IteratorType("Type"),
                    ],
                },
            ],
            [KinesisOperation.UpdateMaxRecordSize] =
            [
                new Member("MaxRecordSizeInKiB", MemberType.Integer) { NotNull = true, ValueMin = 1024, ValueMax = 10_240 },
                StreamArn with { NotNull = true },
            ],
            [KinesisOperation.UpdateStreamMode] =
            [
                StreamArn with { NotNull = true },
                new Member("StreamModeDetails", MemberType.Structure)
                {
                    NotNull = true,
                    Children = [new Member("StreamMode", MemberType.String) { NotNull = true, OneOf = ["PROVISIONED", "ON_DEMAND"] }],
                },
            ],
            [KinesisOperation.UpdateShardCount] =
            [
                new Member("ScalingType", MemberType.String) { NotNull = true, OneOf = ["UNIFORM_SCALING"] },
                new Member("TargetShardCount", MemberType.Integer) { NotNull = true, ValueMin = 1 },
                StreamName,
                StreamArn,
            ],
        };
    }

    private static Member ConsumerName => NameLike("ConsumerName");

    private static Member ConsumerArn => new("ConsumerARN", MemberType.String)
    {
        LengthMin = 1,
        LengthMax = 2048,
        Pattern = (Patterns.ConsumerArn, Patterns.IsConsumerArn),
    };

    private static Member ShardCount => Count("ShardCount", 100_000);

    private static Member Tags => new("Tags", MemberType.MapOfString)
    {
        NotNull = true,
        LengthMin = 1,
        LengthMax = 10,
        ItemLengths = (1, 128),
        ValueLengths = (0, 256),
    };

    private static Member TagKeys => new("TagKeys", MemberType.ListOfString)
    {
        NotNull = true,
        LengthMin = 1,
        LengthMax = 10,
        ItemLengths = (1, 128),
    };

    private static Member ShardFilter => new("ShardFilter", MemberType.Structure)
    {
        Children =
        [
            new Member("Type", MemberType.String)
            {
                NotNull = true,
                OneOf =
                [
                    "AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP",
                ],
            },
            NameLike("ShardId"),
            new Member("Timestamp", MemberType.Timestamp),
        ],
    };

    /// <returns>Null and the arguments that count, or what is wrong with them: first types, then constraints.</returns>
    public Refusal? Check(KinesisOperation operation, WireValue body, out WireValue.Map args)
    {
        var members = _byOperation[operation];
        if (body is not WireValue.Map map)
        {
            args = WireValue.Map.Empty;
            return Refusal.TypeError("Start of list found where not expected");
        }

        var wrongType = TypeCheck.Check(map, members, out args);
        if (wrongType is not null)
        {
            return wrongType;
        }

        NameByArn(args);
        return ValueCheck.Check(args, members);
    }

    /// <summary>A stream may be given by its ARN alone: its name is the end of it.</summary>
    private static void NameByArn(WireValue.Map args)
    {
        if (args.TextOf("StreamARN") is { } arn && args.TextOf("StreamName") is null && Patterns.IsStreamArn(arn))
        {
            var members = (Dictionary<string, WireValue>)args.Members;
            members["StreamName"] = new WireValue.Text(arn[(arn.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        }
    }

    private static Member RecordsOf(Member data, KinesisLimits limits) => new("Records", MemberType.ListOfStructure)
    {
        NotNull = true,
        LengthMin = 1,
        LengthMax = limits.RecordsMax,
        ItemText = "com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@c965e310",
        Children = [PartitionKey, ExplicitHashKey, data],
    };

    private static Member NameLike(string name) => new(name, MemberType.String)
    {
        LengthMin = 1,
        LengthMax = KinesisLimits.StreamNameCharsMax,
        Pattern = (Patterns.StreamName, Patterns.IsStreamName),
    };

    private static Member SequenceNumber(string name) => new(name, MemberType.String)
    {
        Pattern = (Patterns.SequenceNumber, Patterns.IsSequenceNumber),
    };

    private static Member IteratorType(string name) => new(name, MemberType.String)
    {
        NotNull = true,
        OneOf = ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"],
    };

    private static Member Count(string name, int max) => new(name, MemberType.Integer) { ValueMin = 1, ValueMax = max };
}
