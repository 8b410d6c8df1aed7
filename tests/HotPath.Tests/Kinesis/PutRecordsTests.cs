using System.Text;
using System.Text.Json;
using HotPath.Engine.Decode;
using HotPath.Engine.Ring;
using HotPath.Kinesis;
using HotPath.Kinesis.Streams;

namespace HotPath.Tests.Kinesis;

public sealed class PutRecordsTests
{
    [Fact]
    public async Task Records_are_published_in_order_and_numbered_by_their_lsn()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions { Streams = [new() { Shards = 1 }] });

        var answer = await endpoint.CallAsync("PutRecords", Batch(["one", "two\nlines", "three"]));

        Assert.Equal(200, answer.Status);
        Assert.Equal(["one", "two\nlines", "three"], endpoint.Ring.Records.Select(record => record.Text));
        Assert.Equal([1_000_000, 1_000_001, 1_000_003], LsnsOf(answer));
        Assert.Equal(0, answer.Json.GetProperty("FailedRecordCount").GetInt32());
    }

    [Fact]
    public async Task An_answer_waits_until_the_journal_has_passed_the_last_slot()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        endpoint.Journal.Hold();

        var call = endpoint.CallAsync("PutRecords", Batch(["one", "two\nlines"]));
        await endpoint.Journal.Awaited.Task;

        Assert.False(call.IsCompleted);
        Assert.Equal(1_000_002, endpoint.Journal.LsnAwaited);
        endpoint.Journal.Release(isDurable: true);
        Assert.Equal(200, (await call).Status);
    }

    [Fact]
    public async Task A_failed_journal_is_answered_as_internal_failure()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        endpoint.Journal.Hold();

        var call = endpoint.CallAsync("PutRecords", Batch(["one"]));
        await endpoint.Journal.Awaited.Task;
        endpoint.Journal.Release(isDurable: false);
        var answer = await call;

        Assert.Equal(500, answer.Status);
        Assert.Equal("""{"__type":"InternalFailure"}""", answer.Text);
    }

    [Theory]
    [InlineData(PublishOutcome.Full, 400, "ProvisionedThroughputExceededException")]
    [InlineData(PublishOutcome.TooLarge, 400, "InvalidArgumentException")]
    [InlineData(PublishOutcome.Closed, 503, "ServiceUnavailable")]
    internal async Task A_call_that_the_ring_does_not_take_is_refused_whole(PublishOutcome outcome, int status, string type)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        endpoint.Ring.Outcome = outcome;

        var answer = await endpoint.CallAsync("PutRecords", Batch(["one", "two"]));

        Assert.Equal(status, answer.Status);
        Assert.Equal(type, answer.Type);
        Assert.Equal(type, answer.Headers["x-amzn-ErrorType"]);
        Assert.Empty(endpoint.Ring.Records);
        Assert.Equal(0, endpoint.Counters.Records);
        Assert.Equal(outcome == PublishOutcome.Full ? 2 : 0, endpoint.Counters.RecordsThrottled);
    }

    [Fact]
    public async Task A_record_comes_with_its_stream_and_shard_as_sender()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions
        {
            Streams = [new() { Name = "plant-2", Shards = 2, TimestampUnit = TimestampUnit.Nanoseconds }],
        });

        await endpoint.CallAsync(
            "PutRecords",
            """
            {"StreamName":"plant-2","Records":[
              {"Data":"YQ==","PartitionKey":"x","ExplicitHashKey":"0"},
              {"Data":"Yg==","PartitionKey":"x","ExplicitHashKey":"340282366920938463463374607431768211455"}]}
            """);

        var origins = endpoint.Ring.Records.Select(record => record.Origin).ToArray();
        Assert.Equal(
            ["plant-2/shardId-000000000000", "plant-2/shardId-000000000001"],
            origins.Select(origin => endpoint.Names.Sources.Text(origin.SenderSourceIndex)));
        Assert.All(origins, origin => Assert.Equal("kinesis:plant-2", endpoint.Names.Listeners.Text(origin.Listener)));
        Assert.All(origins, origin => Assert.Equal(TimestampUnit.Nanoseconds, origin.TimestampUnit));
        Assert.All(origins, origin => Assert.Equal(endpoint.Clock.NowMicros, origin.ReceivedAtMicros));
    }

    [Fact]
    public async Task Members_may_come_in_any_order_with_escapes_nulls_and_strangers()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var answer = await endpoint.CallAsync(
            "PutRecords",
            """
            { "Records" : [ {"Unknown":{"a":[1]},"PartitionKey":"pre\u0073s","Data":"Pz8\/Pz8\/","ExplicitHashKey":null},
              {"Data":"Pj4\u002BPg==", "PartitionKey":"\u00e4"} ], "StreamId":null, "Extra":[1,{}], "Stream\u004eame":"readings" }
            """);

        Assert.Equal(200, answer.Status);
        Assert.Equal(["??????", ">>>>"], endpoint.Ring.Records.Select(record => record.Text));
    }

    [Fact]
    public async Task A_stream_may_be_named_by_its_arn()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        const string Arn = "arn:aws:kinesis:us-east-1:000000000000:stream/readings";

        var byArn = await endpoint.CallAsync(
            "PutRecord", $$"""{"StreamARN":"{{Arn}}","Data":"YQ==","PartitionKey":"k"}""");
        var disagreeing = await endpoint.CallAsync(
            "PutRecord", $$"""{"StreamARN":"{{Arn}}","StreamName":"others","Data":"YQ==","PartitionKey":"k"}""");

        Assert.Equal(200, byArn.Status);
        Assert.Equal("InvalidArgumentException", disagreeing.Type);
        Assert.Single(endpoint.Ring.Records);
    }

    [Fact]
    public async Task PutRecord_answers_number_and_shard_and_takes_a_number_for_ordering()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var first = await endpoint.CallAsync(
            "PutRecord", """{"StreamName":"readings","Data":"YQ==","PartitionKey":"k"}""");
        var number = first.Json.GetProperty("SequenceNumber").GetString();
        var second = await endpoint.CallAsync(
            "PutRecord",
            $$"""{"StreamName":"readings","Data":"YQ==","PartitionKey":"k","SequenceNumberForOrdering":"{{number}}"}""");
        var invented = await endpoint.CallAsync(
            "PutRecord",
            """{"StreamName":"readings","Data":"YQ==","PartitionKey":"k","SequenceNumberForOrdering":"1234567890123456789012345678901234567890123"}""");

        var future = new SequenceNumber(1, 0, 1, (endpoint.Clock.NowMicros / 1_000_000) + 1);
        var early = await endpoint.CallAsync(
            "PutRecord",
            $$"""{"StreamName":"readings","Data":"YQ==","PartitionKey":"k","SequenceNumberForOrdering":"{{future}}"}""");

        Assert.Equal("InvalidArgumentException", early.Type);
        Assert.Equal(2, first.Json.EnumerateObject().Count());
        Assert.Matches("^shardId-00000000000[0-3]$", first.Json.GetProperty("ShardId").GetString());
        Assert.Equal(200, second.Status);
        Assert.Equal(
            "ExclusiveMinimumSequenceNumber 1234567890123456789012345678901234567890123 used in PutRecord on stream readings under account 000000000000 is invalid.",
            invented.Message);
    }

    [Fact]
    public async Task The_counters_tell_records_readings_and_outcomes()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        await endpoint.CallAsync("PutRecords", Batch(["one", "two\nlines"]));
        await endpoint.CallAsync("PutRecords", "{}");

        Assert.Equal(1, endpoint.Counters.Calls(KinesisOperation.PutRecords, CallOutcome.Answered));
        Assert.Equal(1, endpoint.Counters.Calls(KinesisOperation.PutRecords, CallOutcome.Invalid));
        Assert.Equal(2, endpoint.Counters.Records);
        Assert.Equal(3, endpoint.Counters.ReadingsAccepted);
        Assert.Equal("onetwo\nlines".Length, endpoint.Counters.DataBytes);
        Assert.Equal(0, endpoint.Counters.CallsUnderWay);
    }

    [Fact]
    public async Task Five_hundred_records_are_answered_with_the_announced_length()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var texts = Enumerable.Range(0, 500).Select(index => $"record {index}").ToArray();

        var answer = await endpoint.CallAsync("PutRecords", Batch(texts));

        Assert.Equal(Enumerable.Range(0, 500).Select(index => 1_000_000L + index), LsnsOf(answer).Order());
        Assert.Equal(answer.Body.Length, int.Parse(answer.Headers["Content-Length"]));
    }

    [Fact]
    public async Task Records_of_a_shard_follow_each_other_without_a_gap_in_the_order_of_the_call()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();

        var answer = await endpoint.CallAsync("PutRecords", Batch(Enumerable.Range(0, 100).Select(index => $"record {index}")));

        var shards = LsnsOf(answer)
            .Zip(answer.Json.GetProperty("Records").EnumerateArray(), (lsn, record) => (Lsn: lsn, Shard: record.GetProperty("ShardId").GetString()))
            .GroupBy(record => record.Shard, record => record.Lsn)
            .Select(shard => shard.ToArray())
            .ToArray();
        Assert.True(shards.Length > 1);
        Assert.All(shards, lsns => Assert.Equal(Enumerable.Range(0, lsns.Length).Select(at => lsns[0] + at), lsns));
    }

    internal static string Batch(IEnumerable<string> texts, string stream = "readings") => JsonSerializer.Serialize(new
    {
        StreamName = stream,
        Records = texts.Select((text, index) => new
        {
            Data = Encoding.UTF8.GetBytes(text),
            PartitionKey = $"machine-{index % 7}",
        }),
    });

    private static IEnumerable<long> LsnsOf(Answered answer) =>
        answer.Json.GetProperty("Records").EnumerateArray().Select(record =>
        {
            Assert.True(SequenceNumber.TryParse(record.GetProperty("SequenceNumber").GetString()!, out var number));
            Assert.Equal(StreamShard.IdOf(number.ShardIndex), record.GetProperty("ShardId").GetString());
            return number.Lsn;
        });
}
