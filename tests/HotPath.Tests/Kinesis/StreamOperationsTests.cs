using System.Text.Json;
using HotPath.Kinesis;

namespace HotPath.Tests.Kinesis;

public sealed class StreamOperationsTests
{
    [Fact]
    public async Task Describe_tells_what_producers_look_for()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var answer = await endpoint.CallAsync("DescribeStream", """{"StreamName":"readings","Limit":1}""");
        var description = answer.Json.GetProperty("StreamDescription");

        Assert.Equal("ACTIVE", description.GetProperty("StreamStatus").GetString());
        Assert.Equal("arn:aws:kinesis:us-east-1:000000000000:stream/readings", description.GetProperty("StreamARN").GetString());
        Assert.True(description.GetProperty("HasMoreShards").GetBoolean());
        Assert.Equal("shardId-000000000000", ShardIds(description).Single());
        Assert.Equal(
            (endpoint.Clock.NowMicros / 1_000_000) - 3, description.GetProperty("StreamCreationTimestamp").GetDouble());

        var summary = (await endpoint.CallAsync("DescribeStreamSummary", """{"StreamName":"readings"}""")).Json
            .GetProperty("StreamDescriptionSummary");
        Assert.Equal(4, summary.GetProperty("OpenShardCount").GetInt32());
    }

    [Fact]
    public async Task ListShards_is_read_page_by_page_with_the_token_alone()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var first = await endpoint.CallAsync("ListShards", """{"StreamName":"readings","MaxResults":3}""");
        var token = first.Json.GetProperty("NextToken").GetString();
        var second = await endpoint.CallAsync("ListShards", $$"""{"NextToken":"{{token}}"}""");

        Assert.Equal(3, ShardIds(first.Json).Count());
        Assert.Equal("shardId-000000000003", ShardIds(second.Json).Single());
        Assert.False(second.Json.TryGetProperty("NextToken", out _));
        Assert.Equal("Invalid NextToken.", (await endpoint.CallAsync("ListShards", """{"NextToken":"x"}""")).Message);
    }

    [Fact]
    public async Task A_split_and_a_merge_close_parents_and_only_open_shards_take_records()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions
        {
            AllowAdministration = true,
            Streams = [new() { Shards = 1 }],
        });

        var split = await endpoint.CallAsync(
            "SplitShard",
            """{"StreamName":"readings","ShardToSplit":"shardId-0","NewStartingHashKey":"170141183460469231731687303715884105728"}""");
        var low = await PutAsync(endpoint, "0");
        var high = await PutAsync(endpoint, "340282366920938463463374607431768211455");
        var merge = await endpoint.CallAsync(
            "MergeShards", """{"StreamName":"readings","ShardToMerge":"shardId-1","AdjacentShardToMerge":"shardId-2"}""");
        var merged = await PutAsync(endpoint, "0");
        var again = await endpoint.CallAsync(
            "MergeShards", """{"StreamName":"readings","ShardToMerge":"shardId-1","AdjacentShardToMerge":"shardId-2"}""");

        Assert.Equal((200, 0), (split.Status, split.Body.Length));
        Assert.Equal(200, merge.Status);
        Assert.Equal(("shardId-000000000001", "shardId-000000000002", "shardId-000000000003"), (low, high, merged));
        Assert.Equal("InvalidArgumentException", again.Type);

        var shards = (await endpoint.CallAsync("ListShards", """{"StreamName":"readings"}""")).Json.GetProperty("Shards");
        Assert.Equal(4, shards.GetArrayLength());
        Assert.Equal("shardId-000000000000", shards[1].GetProperty("ParentShardId").GetString());
        Assert.Equal("shardId-000000000002", shards[3].GetProperty("AdjacentParentShardId").GetString());
        Assert.True(shards[0].GetProperty("SequenceNumberRange").TryGetProperty("EndingSequenceNumber", out _));
        Assert.False(shards[3].GetProperty("SequenceNumberRange").TryGetProperty("EndingSequenceNumber", out _));
        var latest = await endpoint.CallAsync(
            "ListShards", """{"StreamName":"readings","ShardFilter":{"Type":"AT_LATEST"}}""");
        Assert.Equal("shardId-000000000003", ShardIds(latest.Json).Single());
    }

    [Fact]
    public async Task A_transition_takes_the_configured_time_of_the_engines_clock()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions
        {
            AllowAdministration = true,
            StreamTransitionMs = 500,
        });

        await endpoint.CallAsync("CreateStream", """{"StreamName":"more","ShardCount":1}""");
        Assert.Equal("CREATING", await StatusAsync(endpoint, "more"));
        Assert.Equal("ResourceNotFoundException", (await endpoint.CallAsync(
            "PutRecords", PutRecordsTests.Batch(["a"], "more"))).Type);

        endpoint.Clock.NowMicros += 500_000;
        Assert.Equal(200, (await endpoint.CallAsync("PutRecords", PutRecordsTests.Batch(["a"], "more"))).Status);
        Assert.Equal("ACTIVE", await StatusAsync(endpoint, "more"));

        await endpoint.CallAsync("DeleteStream", """{"StreamName":"more"}""");
        Assert.Equal("DELETING", await StatusAsync(endpoint, "more"));
        endpoint.Clock.NowMicros += 500_000;
        Assert.Equal("""{"StreamNames":["readings"],"HasMoreStreams":false}""", (await endpoint.CallAsync("ListStreams", "{}")).Text);
    }

    [Fact]
    public async Task The_shard_count_is_changed_at_once_or_refused()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var more = await endpoint.CallAsync(
            "UpdateShardCount", """{"StreamName":"readings","TargetShardCount":6,"ScalingType":"UNIFORM_SCALING"}""");
        var tooMany = await endpoint.CallAsync(
            "UpdateShardCount", """{"StreamName":"readings","TargetShardCount":13,"ScalingType":"UNIFORM_SCALING"}""");
        var limits = await endpoint.CallAsync("DescribeLimits", "{}");

        Assert.Equal((4, 6), (
            more.Json.GetProperty("CurrentShardCount").GetInt32(), more.Json.GetProperty("TargetShardCount").GetInt32()));
        Assert.Equal("LimitExceededException", tooMany.Type);
        Assert.Equal(6, limits.Json.GetProperty("OpenShardCount").GetInt32());
        Assert.Equal(200, (await endpoint.CallAsync("PutRecords", PutRecordsTests.Batch(["a", "b", "c", "d", "e", "f", "g"]))).Status);
    }

    [Fact]
    public async Task Tags_and_retention_are_kept()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        await endpoint.CallAsync("AddTagsToStream", """{"StreamName":"readings","Tags":{"b":"2","a":"1","c":"3"}}""");
        await endpoint.CallAsync("RemoveTagsFromStream", """{"StreamName":"readings","TagKeys":["b"]}""");
        var tags = await endpoint.CallAsync("ListTagsForStream", """{"StreamName":"readings"}""");
        await endpoint.CallAsync("IncreaseStreamRetentionPeriod", """{"StreamName":"readings","RetentionPeriodHours":48}""");
        var lower = await endpoint.CallAsync(
            "IncreaseStreamRetentionPeriod", """{"StreamName":"readings","RetentionPeriodHours":25}""");

        Assert.Equal(
            """{"Tags":[{"Key":"a","Value":"1"},{"Key":"c","Value":"3"}],"HasMoreTags":false}""", tags.Text);
        Assert.StartsWith("Requested retention period (25 hours)", lower.Message, StringComparison.Ordinal);
    }

    private static async Task<string?> PutAsync(EndpointUnderTest endpoint, string hashKey) => (await endpoint.CallAsync(
        "PutRecord",
        $$"""{"StreamName":"readings","Data":"","PartitionKey":"k","ExplicitHashKey":"{{hashKey}}"}"""))
        .Json.GetProperty("ShardId").GetString();

    private static async Task<string?> StatusAsync(EndpointUnderTest endpoint, string stream) =>
        (await endpoint.CallAsync("DescribeStream", $$"""{"StreamName":"{{stream}}"}"""))
            .Json.GetProperty("StreamDescription").GetProperty("StreamStatus").GetString();

    private static IEnumerable<string?> ShardIds(JsonElement element) =>
        element.GetProperty("Shards").EnumerateArray().Select(shard => shard.GetProperty("ShardId").GetString());
}
