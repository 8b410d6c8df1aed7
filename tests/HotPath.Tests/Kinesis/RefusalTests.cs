using System.Text;
using HotPath.Kinesis;

namespace HotPath.Tests.Kinesis;

/// <summary>What clients are told, word by word.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("PutRecords", """{"Records":"x"}""", "Expected list or null")]
    [InlineData("PutRecords", """{"Records":{}}""", "Start of structure or map found where not expected.")]
    [InlineData("PutRecords", """{"Records":[1]}""", "Expected null")]
    [InlineData("PutRecords", """{"Records":[[]]}""", "Start of list found where not expected")]
    [InlineData("PutRecord", """{"StreamName":true}""", "class java.lang.Boolean can not be converted to an String")]
    [InlineData("PutRecord", """{"StreamName":23}""", "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String")]
    [InlineData("PutRecord", """{"Data":{}}""", "Start of structure or map found where not expected.")]
    [InlineData("PutRecord", """{"Data":23}""", "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to a Blob")]
    [InlineData("PutRecord", """{"Data":true}""", "class java.lang.Boolean can not be converted to a Blob")]
    [InlineData("PutRecord", """{"StreamName":"readings","PartitionKey":"k","Data":"23456"}""", "'23456' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 5")]
    [InlineData("PutRecord", """{"StreamName":"readings","PartitionKey":"k","Data":"=+/="}""", "'=+/=' can not be converted to a Blob: Invalid Base64 character: '='")]
    [InlineData("PutRecord", """{"StreamName":"readings","PartitionKey":"k","Data":"+/+="}""", "'+/+=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected")]
    [InlineData("PutRecord", """{"StreamName":"readings","PartitionKey":"k","Data":"YQ= "}""", "'YQ= ' can not be converted to a Blob: Invalid Base64 character: '='")]
    [InlineData("PutRecord", """{"StreamName":"readings","PartitionKey":"k","Data":"Y Q="}""", "'Y Q=' can not be converted to a Blob: Invalid Base64 character: ' '")]
    [InlineData("DescribeStream", """{"Limit":"1"}""", "class java.lang.String can not be converted to an Integer")]
    [InlineData("ListShards", """{"StreamCreationTimestamp":"1"}""", "class java.lang.String can not be converted to milliseconds since epoch")]
    [InlineData("AddTagsToStream", """{"Tags":1}""", "Expected map or null")]
    public async Task A_wrong_type_is_named(string operation, string body, string message)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var answer = await endpoint.CallAsync(operation, body);

        Assert.Equal(400, answer.Status);
        Assert.Equal("SerializationException", answer.Type);
        Assert.Equal(message, answer.Json.GetProperty("Message").GetString());
        Assert.Empty(endpoint.Ring.Records);
    }

    [Theory]
    [InlineData("PutRecords", "{}", "2 validation errors detected: Value null at 'records' failed to satisfy constraint: Member must not be null; Value null at 'streamName' failed to satisfy constraint: Member must not be null")]
    [InlineData("PutRecords", """{"StreamName":"a","Records":[]}""", "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("PutRecords", """{"StreamName":"a","Records":[{"PartitionKey":"k","Data":"","ExplicitHashKey":"01"}]}""", @"1 validation error detected: Value '01' at 'records.1.member.explicitHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\d{0,38})")]
    [InlineData("PutRecord", """{"StreamName":"a b","PartitionKey":"k","Data":""}""", "1 validation error detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")]
    [InlineData("PutRecord", """{"StreamName":"a","PartitionKey":"k"}""", "1 validation error detected: Value null at 'data' failed to satisfy constraint: Member must not be null")]
    [InlineData("DescribeStream", """{"StreamName":"a","Limit":0}""", "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData("UpdateShardCount", """{"StreamName":"a","TargetShardCount":2,"ScalingType":"X"}""", "1 validation error detected: Value 'X' at 'scalingType' failed to satisfy constraint: Member must satisfy enum value set: [UNIFORM_SCALING]")]
    [InlineData("AddTagsToStream", """{"StreamName":"a","Tags":{"":"v"}}""", "1 validation error detected: Value '{=v}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]")]
    public async Task A_broken_constraint_is_named(string operation, string body, string message)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var answer = await endpoint.CallAsync(operation, body);

        Assert.Equal((400, "ValidationException", message), (answer.Status, answer.Type, answer.Message));
    }

    [Theory]
    [InlineData("PutRecord", """{"StreamName":"other","PartitionKey":"k","Data":""}""", "ResourceNotFoundException", "Stream other under account 000000000000 not found.")]
    [InlineData("DescribeStreamSummary", """{"StreamName":"other"}""", "ResourceNotFoundException", "Stream other under account 000000000000 not found.")]
    [InlineData("PutRecord", """{"StreamName":"readings","PartitionKey":"k","Data":"","ExplicitHashKey":"340282366920938463463374607431768211456"}""", "InvalidArgumentException", "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was 340282366920938463463374607431768211456")]
    [InlineData("ListShards", "{}", "InvalidArgumentException", "Either NextToken or StreamName should be provided.")]
    [InlineData("ListShards", """{"StreamName":"a","NextToken":"b"}""", "InvalidArgumentException", "NextToken and StreamName cannot be provided together.")]
    [InlineData("CreateStream", """{"StreamName":"readings","ShardCount":1}""", "ResourceInUseException", "Stream readings under account 000000000000 already exists.")]
    [InlineData("SplitShard", """{"StreamName":"readings","ShardToSplit":"shardId-9","NewStartingHashKey":"2"}""", "ResourceNotFoundException", "Could not find shard shardId-000000000009 in stream readings under account 000000000000.")]
    [InlineData("MergeShards", """{"StreamName":"readings","ShardToMerge":"shardId-0","AdjacentShardToMerge":"shardId-2"}""", "InvalidArgumentException", "Shards shardId-000000000000 and shardId-000000000002 in stream readings under account 000000000000 are not an adjacent pair of shards eligible for merging")]
    public async Task What_the_streams_say_is_passed_on(string operation, string body, string type, string message)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var answer = await endpoint.CallAsync(operation, body);

        Assert.Equal((400, type, message), (answer.Status, answer.Type, answer.Message));
    }

    [Fact]
    public async Task Administration_is_denied_unless_configured()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions());

        var answer = await endpoint.CallAsync("DeleteStream", """{"StreamName":"readings"}""");

        Assert.Equal("AccessDeniedException", answer.Type);
        Assert.Equal(200, (await endpoint.CallAsync("DescribeStream", """{"StreamName":"readings"}""")).Status);
    }

    [Fact]
    public async Task A_control_character_in_data_is_no_json()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var answer = await endpoint.CallAsync(
            "PutRecords", "{\"StreamName\":\"readings\",\"Records\":[{\"Data\":\"YW\n==\",\"PartitionKey\":\"k\"}]}");

        Assert.Equal("""{"__type":"SerializationException"}""", answer.Text);
        Assert.Empty(endpoint.Ring.Records);
    }

    [Fact]
    public async Task A_bad_record_refuses_the_whole_call()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var answer = await endpoint.CallAsync(
            "PutRecords",
            """{"StreamName":"readings","Records":[{"Data":"YQ==","PartitionKey":"a"},{"Data":"YQ=","PartitionKey":"b"}]}""");

        Assert.Equal("SerializationException", answer.Type);
        Assert.Empty(endpoint.Ring.Records);
    }

    [Fact]
    public async Task Limits_of_record_call_and_count_are_kept()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions
        {
            Limits = new KinesisLimits { RecordBytesMax = 1024, RequestBytesMax = 2048, RecordsMax = 3 },
        });

        var tooLong = await endpoint.CallAsync("PutRecords", PutRecordsTests.Batch([new string('x', 1025)]));
        var tooLongWithKey = await endpoint.CallAsync("PutRecords", PutRecordsTests.Batch([new string('x', 1020)]));
        var tooMuch = await endpoint.CallAsync("PutRecords", PutRecordsTests.Batch(Enumerable.Repeat(new string('x', 1000), 3)));
        var tooMany = await endpoint.CallAsync("PutRecords", PutRecordsTests.Batch(["a", "b", "c", "d"]));

        Assert.Equal(
            "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1025 cap=1025]' at 'records.1.member.data' " +
            "failed to satisfy constraint: Member must have length less than or equal to 1024",
            tooLong.Message);
        Assert.Equal("ValidationException", tooLongWithKey.Type);
        Assert.Equal("InvalidArgumentException", tooMuch.Type);
        Assert.EndsWith("Member must have length less than or equal to 3", tooMany.Message, StringComparison.Ordinal);
        Assert.Empty(endpoint.Ring.Records);
    }

    [Theory]
    [InlineData("", 1, false)]
    [InlineData("k", 256, true)]
    [InlineData("k", 257, false)]
    [InlineData("ä", 256, true)]
    [InlineData("😀", 256, true)]
    [InlineData("😀", 257, false)]
    public async Task A_partition_key_has_1_to_256_code_points(string character, int count, bool isTaken)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var key = new StringBuilder().Insert(0, character, count);

        var answer = await endpoint.CallAsync(
            "PutRecord", $$"""{"StreamName":"readings","Data":"","PartitionKey":"{{key}}"}""");

        Assert.Equal(isTaken ? 200 : 400, answer.Status);
    }
}
