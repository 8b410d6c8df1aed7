using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Streams;

/// <summary>The calls that look at streams. Any thread; the catalog orders them.</summary>
internal sealed class StreamOperations(KinesisOptions options, StreamCatalog catalog)
{
    private const int ListStreamsDefault = 100;
    private const int ListShardsDefault = 1000;
    private const int ListTagsDefault = 50;
    private const int DescribeShardsDefault = 100;

    public Refusal? ListStreams(WireValue.Map args, AnswerWriter answer)
    {
        var limit = args.NumberOf("Limit") ?? ListStreamsDefault;
        var byName = args.TextOf("ExclusiveStartStreamName");
        var names = catalog.NamesAfter(byName ?? args.TextOf("NextToken"));
        var page = names.Take(limit).ToArray();

        answer.StartMap();
        answer.Name("StreamNames");
        answer.StartList();
        foreach (var name in page)
        {
            answer.Value(name);
        }

        answer.EndList();
        answer.Member("HasMoreStreams", names.Count > limit);
        if (names.Count > limit && byName is null)
        {
            // Who goes by name, as was done before there were tokens, goes on by name.
            answer.Member("NextToken", page[^1]);
        }

        answer.EndMap();
        return null;
    }

    public Refusal? DescribeLimits(WireValue.Map args, AnswerWriter answer)
    {
        answer.StartMap();
        answer.Member("ShardLimit", options.Limits.ShardsMax);
        answer.Member("OpenShardCount", catalog.OpenShardCount);
        answer.Member("OnDemandStreamCount", 0);
        answer.Member("OnDemandStreamCountLimit", 0);
        answer.EndMap();
        return null;
    }

    public Refusal? DescribeStream(WireValue.Map args, AnswerWriter answer) => catalog.With(args.StreamName(), stream =>
    {
        var limit = args.NumberOf("Limit") ?? DescribeShardsDefault;
        var shards = After(stream.Shards, args.TextOf("ExclusiveStartShardId")).ToArray();

        answer.StartMap();
        answer.Name("StreamDescription");
        answer.StartMap();
        WriteDescription(stream, answer);
        answer.Member("HasMoreShards", shards.Length > limit);
        WriteShards(shards.Take(limit), answer);
        answer.EndMap();
        answer.EndMap();
        return null;
    });

    public Refusal? DescribeStreamSummary(WireValue.Map args, AnswerWriter answer) =>
        catalog.With(args.StreamName(), stream =>
        {
            answer.StartMap();
            answer.Name("StreamDescriptionSummary");
            answer.StartMap();
            WriteDescription(stream, answer);
            answer.Member("OpenShardCount", stream.OpenShardCount);
            answer.Member("ConsumerCount", stream.Consumers.Count);
            answer.EndMap();
            answer.EndMap();
            return null;
        });

    public Refusal? ListShards(WireValue.Map args, AnswerWriter answer)
    {
        var name = args.TextOf("StreamName");
        var token = args.TextOf("NextToken");
        if (name is null && token is null)
        {
            return Refusal.InvalidArgument("Either NextToken or StreamName should be provided.");
        }

        if (name is not null && token is not null)
        {
            return Refusal.InvalidArgument("NextToken and StreamName cannot be provided together.");
        }

        var start = ListShardsPage.First(args);
        if (token is not null && !ListShardsPage.TryParse(token, args, out start))
        {
            return Refusal.InvalidArgument("Invalid NextToken.");
        }

        return catalog.With(start.StreamName, stream =>
        {
            var shards = start.Select(stream.Shards).ToArray();
            var limit = start.MaxResults ?? ListShardsDefault;
            answer.StartMap();
            WriteShards(shards.Take(limit), answer);
            if (shards.Length > limit)
            {
                answer.Member("NextToken", start.TokenAfter(shards[limit - 1]));
            }

            answer.EndMap();
            return null;
        });
    }

    public Refusal? ListTagsForStream(WireValue.Map args, AnswerWriter answer) => catalog.With(args.StreamName(), stream =>
    {
        var limit = args.NumberOf("Limit") ?? ListTagsDefault;
        var after = args.TextOf("ExclusiveStartTagKey");
        var tags = stream.Tags.Where(tag => string.CompareOrdinal(tag.Key, after) > 0).ToArray();

        answer.StartMap();
        answer.Name("Tags");
        answer.StartList();
        foreach (var (key, value) in tags.Take(limit))
        {
            answer.StartMap();
            answer.Member("Key", key);
            answer.Member("Value", value);
            answer.EndMap();
        }

        answer.EndList();
        answer.Member("HasMoreTags", tags.Length > limit);
        answer.EndMap();
        return null;
    });

    private void WriteDescription(KinesisStream stream, AnswerWriter answer)
    {
        answer.Member("StreamName", stream.Name);
        answer.Member("StreamARN", catalog.ArnOf(stream.Name));
        answer.Member("StreamStatus", stream.Status.ToString().ToUpperInvariant());
        answer.Member("RetentionPeriodHours", stream.RetentionHours);
        answer.Name("StreamCreationTimestamp");
        answer.Timestamp(stream.CreatedSeconds * 1000);
        answer.Name("EnhancedMonitoring");
        answer.StartList();
        answer.StartMap();
        answer.Name("ShardLevelMetrics");
        answer.StartList();
        answer.EndList();
        answer.EndMap();
        answer.EndList();
        answer.Member("EncryptionType", "NONE");
    }

    private static void WriteShards(IEnumerable<StreamShard> shards, AnswerWriter answer)
    {
        answer.Name("Shards");
        answer.StartList();
        foreach (var shard in shards)
        {
            WriteShard(shard, answer);
        }

        answer.EndList();
    }

    private static void WriteShard(StreamShard shard, AnswerWriter answer)
    {
        answer.StartMap();
        answer.Member("ShardId", shard.Id);
        if (shard.ParentIndex is { } parent)
        {
            answer.Member("ParentShardId", StreamShard.IdOf(parent));
        }

        if (shard.AdjacentParentIndex is { } adjacent)
        {
            answer.Member("AdjacentParentShardId", StreamShard.IdOf(adjacent));
        }

        answer.Name("HashKeyRange");
        answer.StartMap();
        answer.Member("StartingHashKey", shard.HashKeys.StartText);
        answer.Member("EndingHashKey", shard.HashKeys.EndText);
        answer.EndMap();
        answer.Name("SequenceNumberRange");
        answer.StartMap();
        answer.Member("StartingSequenceNumber", shard.StartingSequenceNumber.ToString());
        if (shard.EndingSequenceNumber is { } ending)
        {
            answer.Member("EndingSequenceNumber", ending.ToString());
        }

        answer.EndMap();
        answer.EndMap();
    }

    private static IEnumerable<StreamShard> After(IEnumerable<StreamShard> shards, string? shardId) =>
        shards.Where(shard => string.CompareOrdinal(shard.Id, shardId) > 0);
}

/// <summary>What the calls' arguments have in common.</summary>
internal static class StreamArguments
{
    /// <summary>Present: the schema has asked for it.</summary>
    public static string StreamName(this WireValue.Map args) => args.TextOf("StreamName")!;
}
