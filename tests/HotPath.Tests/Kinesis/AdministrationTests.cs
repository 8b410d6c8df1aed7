using System.Text;
using System.Text.Json;
using HotPath.Kinesis;

namespace HotPath.Tests.Kinesis;

/// <summary>Who may change streams, and what of a stream can be changed.</summary>
public sealed class AdministrationTests
{
    private const string Arn = "arn:aws:kinesis:us-east-1:000000000000:stream/readings";

    [Theory]
    [InlineData("AddTagsToStream", """{"StreamName":"readings","Tags":{"a":"b"}}""")]
    [InlineData("CreateStream", """{"StreamName":"more","ShardCount":1}""")]
    [InlineData("DecreaseStreamRetentionPeriod", """{"StreamName":"readings","RetentionPeriodHours":24}""")]
    [InlineData("IncreaseStreamRetentionPeriod", """{"StreamName":"readings","RetentionPeriodHours":48}""")]
    [InlineData("MergeShards", """{"StreamName":"readings","ShardToMerge":"shardId-0","AdjacentShardToMerge":"shardId-1"}""")]
    [InlineData("RemoveTagsFromStream", """{"StreamName":"readings","TagKeys":["a"]}""")]
    [InlineData("SplitShard", """{"StreamName":"readings","ShardToSplit":"shardId-0","NewStartingHashKey":"77"}""")]
    [InlineData("UpdateMaxRecordSize", $$"""{"StreamARN":"{{Arn}}","MaxRecordSizeInKiB":1024}""")]
    [InlineData("UpdateShardCount", """{"StreamName":"readings","TargetShardCount":5,"ScalingType":"UNIFORM_SCALING"}""")]
    [InlineData("UpdateStreamMode", $$$"""{"StreamARN":"{{{Arn}}}","StreamModeDetails":{"StreamMode":"PROVISIONED"}}""")]
    [InlineData("DeleteStream", """{"StreamName":"readings"}""")]
    public async Task What_changes_streams_is_denied_unless_it_is_configured(string operation, string body)
    {
        await using var closed = await EndpointUnderTest.StartAsync(new KinesisOptions());
        await using var open = await EndpointUnderTest.StartAsync();

        var denied = await closed.CallAsync(operation, body);
        var done = await open.CallAsync(operation, body);

        Assert.Equal((400, "AccessDeniedException"), (denied.Status, denied.Type));
        Assert.Contains($"kinesis:{operation}", denied.Message, StringComparison.Ordinal);
        Assert.True(done.Status == 200, done.Text);
        Assert.Equal(operation == "UpdateShardCount", done.Body.Length > 0);
    }

    [Fact]
    public async Task A_stream_may_have_smaller_records_than_all_are_allowed()
    {
        const int MiB = 1024 * 1024;
        using var directory = new HotPath.TestKit.TemporaryDirectory();
        var options = new KinesisOptions
        {
            AllowAdministration = true,
            StatePath = directory.Combine("streams.json"),
            Limits = new KinesisLimits { RecordBytesMax = 4 * MiB },
        };
        await using (var endpoint = await EndpointUnderTest.StartAsync(options))
        {
            Assert.Equal(200, (await PutAsync(endpoint, 3 * MiB)).Status);
            Assert.Equal(200, (await endpoint.CallAsync("UpdateMaxRecordSize", $$"""{"StreamARN":"{{Arn}}","MaxRecordSizeInKiB":2048}""")).Status);
            Assert.Equal(
                "LimitExceededException",
                (await endpoint.CallAsync("UpdateMaxRecordSize", $$"""{"StreamARN":"{{Arn}}","MaxRecordSizeInKiB":5000}""")).Type);
            Assert.Equal("ValidationException", (await PutAsync(endpoint, 3 * MiB)).Type);
        }

        await using var again = await EndpointUnderTest.StartAsync(options);
        Assert.Equal("ValidationException", (await PutAsync(again, 3 * MiB)).Type);
        Assert.Equal(200, (await PutAsync(again, MiB)).Status);
    }

    [Fact]
    public async Task There_is_one_mode_of_streams()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var refused = await endpoint.CallAsync(
            "UpdateStreamMode", $$$"""{"StreamARN":"{{{Arn}}}","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}""");

        Assert.Equal("InvalidArgumentException", refused.Type);
    }

    private static Task<Answered> PutAsync(EndpointUnderTest endpoint, int bytes) => endpoint.CallAsync(
        "PutRecord", JsonSerializer.Serialize(new { StreamName = "readings", PartitionKey = "k", Data = Encoding.ASCII.GetBytes(new string('x', bytes)) }));
}
