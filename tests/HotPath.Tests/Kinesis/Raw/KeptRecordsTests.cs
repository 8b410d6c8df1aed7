using System.Collections.Concurrent;
using System.Formats.Cbor;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.Engine.Native;
using HotPath.Kinesis;
using HotPath.Kinesis.Raw;
using HotPath.TestKit;
using HotPath.TestKit.Disk;

namespace HotPath.Tests.Kinesis.Raw;

/// <summary>Streams of readings whose records are kept: put, and read again as they came, through the endpoint itself.</summary>
public sealed class KeptRecordsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_record_is_read_in_its_shard_with_the_number_that_PutRecords_answered()
    {
        await using var endpoint = await StartAsync();
        var answered = new List<(string Shard, string Number, string Data)>();
        for (var call = 0; call < 5; call++)
        {
            answered.AddRange(await PutAsync(endpoint, [.. Enumerable.Range(0, 40).Select(at => $"{call} {at}")]));
        }

        var read = new List<(string Shard, string Number, string Data)>();
        for (var shard = 0; shard < 4; shard++)
        {
            read.AddRange(await ReadAsync(endpoint, "readings", shard, limit: 7));
        }

        Assert.Equal(answered.Order(), read.Order());
        Assert.Equal(4, answered.Select(record => record.Shard).Distinct().Count());
    }

    [Fact]
    public async Task A_record_of_the_Java_SDK_is_read_as_bytes_with_its_time_in_milliseconds()
    {
        await using var endpoint = await StartAsync(shards: 1);
        var writer = new CborWriter();
        writer.WriteStartMap(3);
        writer.WriteTextString("StreamName");
        writer.WriteTextString("readings");
        writer.WriteTextString("PartitionKey");
        writer.WriteTextString("ключ");
        writer.WriteTextString("Data");
        writer.WriteByteString([0xFF, 0x00, 0x80]);
        writer.WriteEndMap();
        using var put = EndpointUnderTest.Request("PutRecord", writer.Encode(), EndpointUnderTest.CborType);
        Assert.Equal(200, (await endpoint.SendAsync(put)).Status);
        var iterator = await IteratorAsync(endpoint, "readings", 0, "TRIM_HORIZON");
        writer.Reset();
        writer.WriteStartMap(1);
        writer.WriteTextString("ShardIterator");
        writer.WriteTextString(iterator);
        writer.WriteEndMap();
        using var get = EndpointUnderTest.Request("GetRecords", writer.Encode(), EndpointUnderTest.CborType);

        var answer = new CborReader((await endpoint.SendAsync(get)).Body);
        answer.ReadStartMap();
        Assert.Equal("Records", answer.ReadTextString());
        answer.ReadStartArray();
        answer.ReadStartMap();
        Assert.Equal("ApproximateArrivalTimestamp", answer.ReadTextString());
        Assert.Equal(CborTag.UnixTimeSeconds, answer.ReadTag());
        Assert.Equal(1_767_323_045_000, answer.ReadInt64());
        Assert.Equal("Data", answer.ReadTextString());
        Assert.Equal([0xFF, 0x00, 0x80], answer.ReadByteString());
        Assert.Equal("PartitionKey", answer.ReadTextString());
        Assert.Equal("ключ", answer.ReadTextString());
    }

    /// <summary>Java writes tag 1 and milliseconds, older ones milliseconds or a thousand of each alone; the others seconds.</summary>
    [Theory]
    [InlineData(true, true, 1e3)]
    [InlineData(true, false, 1e3)]
    [InlineData(true, false, 1e6)]
    [InlineData(true, false, 1)]
    [InlineData(false, false, 1)]
    [InlineData(false, false, 1e3)]
    [InlineData(false, false, 1e6)]
    public async Task By_any_clients_way_of_telling_a_time_reading_begins_with_that_time(bool isCbor, bool isTagged, double perSecond)
    {
        await using var endpoint = await StartAsync(shards: 1);
        await PutAsync(endpoint, ["before"]);
        endpoint.Clock.NowMicros += 10_500_000;
        await PutAsync(endpoint, ["then"]);
        var time = endpoint.Clock.NowMicros / 1e6 * perSecond;
        var writer = new CborWriter();
        writer.WriteStartMap(4);
        foreach (var (name, value) in new[] { ("StreamName", "readings"), ("ShardId", "shardId-000000000000"), ("ShardIteratorType", "AT_TIMESTAMP") })
        {
            writer.WriteTextString(name);
            writer.WriteTextString(value);
        }

        writer.WriteTextString("Timestamp");
        if (isTagged)
        {
            writer.WriteTag(CborTag.UnixTimeSeconds);
        }

        if (perSecond > 1)
        {
            writer.WriteInt64((long)time);
        }
        else
        {
            writer.WriteDouble(time);
        }

        writer.WriteEndMap();
        using var request = EndpointUnderTest.Request("GetShardIterator", writer.Encode(), EndpointUnderTest.CborType);
        string iterator;
        if (isCbor)
        {
            var answer = new CborReader((await endpoint.SendAsync(request)).Body);
            answer.ReadStartMap();
            Assert.Equal("ShardIterator", answer.ReadTextString());
            iterator = answer.ReadTextString();
        }
        else
        {
            iterator = await IteratorAsync(
                endpoint, "readings", 0, "AT_TIMESTAMP", string.Create(CultureInfo.InvariantCulture, $",\"Timestamp\":{(decimal)time}"));
        }

        Assert.Equal(["then"], (await ReadOnAsync(endpoint, "", iterator, 10)).Select(record => record.Data));
    }

    [Fact]
    public async Task After_a_restart_reading_goes_on_with_iterators_and_numbers_of_before()
    {
        var options = Options(2);
        IReadOnlyList<(string Shard, string Number, string Data)> answered;
        string iterator;
        await using (var first = await EndpointUnderTest.StartAsync(options))
        {
            answered = await PutAsync(first, [.. Enumerable.Range(0, 30).Select(at => $"{at}")]);
            iterator = await IteratorAsync(first, "readings", 0, "TRIM_HORIZON");
        }

        await using var second = await EndpointUnderTest.StartAsync(options, lsnNext: 1_000_030);
        var ofFirst = answered.Where(record => record.Shard == "shardId-000000000000").ToArray();
        var page = await second.CallAsync("GetRecords", $$"""{"ShardIterator":"{{iterator}}"}""");
        Assert.Equal(ofFirst.Select(record => record.Data), page.Json.GetProperty("Records").EnumerateArray().Select(DataOf));
        for (var at = 0; at < ofFirst.Length; at++)
        {
            var after = await IteratorAsync(second, "readings", 0, "AFTER_SEQUENCE_NUMBER", $",\"StartingSequenceNumber\":\"{ofFirst[at].Number}\"");
            Assert.Equal(ofFirst.Skip(at + 1), await ReadOnAsync(second, "shardId-000000000000", after, 5));
        }
    }

    [Fact]
    public async Task Split_and_merged_under_calls_each_record_is_read_once_in_the_shard_that_answered()
    {
        await using var endpoint = await StartAsync(shards: 2);
        var answered = new ConcurrentBag<(string Shard, string Number, string Data)>();
        using var stop = new CancellationTokenSource();
        var putting = Enumerable.Range(0, 4).Select(async caller =>
        {
            for (var call = 0; !stop.IsCancellationRequested; call++)
            {
                foreach (var record in await PutAsync(endpoint, [.. Enumerable.Range(0, 10).Select(at => $"{caller} {call} {at}")]))
                {
                    answered.Add(record);
                }
            }
        }).ToArray();
        for (var round = 0; round < 12; round++)
        {
            await PutsAsync(answered, (round + 1) * 40);
            var target = round % 2 == 0 ? 4 : 2;
            var reshard = await endpoint.CallAsync(
                "UpdateShardCount", $$"""{"StreamName":"readings","TargetShardCount":{{target}},"ScalingType":"UNIFORM_SCALING"}""");
            Assert.True(reshard.Status == 200, reshard.Text);
        }

        await stop.CancelAsync();
        await Task.WhenAll(putting);
        var shards = (await endpoint.CallAsync("ListShards", """{"StreamName":"readings"}""")).Json.GetProperty("Shards");
        var read = new List<(string Shard, string Number, string Data)>();
        for (var shard = 0; shard < shards.GetArrayLength(); shard++)
        {
            read.AddRange(await ReadAsync(endpoint, "readings", shard, limit: 1000));
        }

        Assert.Equal(2 + (6 * (4 + 2)), shards.GetArrayLength());
        Assert.Equal(answered.Order(), read.Order());
    }

    [Fact]
    public async Task A_stream_made_anew_under_an_old_name_has_none_of_the_old_records()
    {
        await using var endpoint = await StartAsync();
        await endpoint.CallAsync("CreateStream", """{"StreamName":"again","ShardCount":1}""");
        await endpoint.CallAsync("PutRecord", """{"StreamName":"again","PartitionKey":"a","Data":"b2xk"}""");
        await endpoint.CallAsync("DeleteStream", """{"StreamName":"again"}""");
        await endpoint.CallAsync("CreateStream", """{"StreamName":"again","ShardCount":1}""");
        await endpoint.CallAsync("PutRecord", """{"StreamName":"again","PartitionKey":"a","Data":"bmV3"}""");

        Assert.Equal(["new"], (await ReadAsync(endpoint, "again", 0, 10)).Select(record => record.Data));
    }

    [Fact]
    public async Task A_call_that_is_refused_leaves_no_record()
    {
        await using var endpoint = await StartAsync(shards: 1);
        endpoint.Ring.Outcome = HotPath.Engine.Ring.PublishOutcome.Full;
        var refused = await endpoint.CallAsync("PutRecord", """{"StreamName":"readings","PartitionKey":"a","Data":"b2xk"}""");
        endpoint.Ring.Outcome = HotPath.Engine.Ring.PublishOutcome.Published;
        await PutAsync(endpoint, ["taken"]);

        Assert.Equal("ProvisionedThroughputExceededException", refused.Type);
        Assert.Equal(["taken"], (await ReadAsync(endpoint, "readings", 0, 10)).Select(record => record.Data));
    }

    /// <summary>Nothing is acknowledged that could not be read again, and from then on nothing is taken.</summary>
    [Fact]
    public async Task A_disk_that_refuses_is_answered_as_failure_and_then_as_unavailable()
    {
        await using var endpoint = await StartAsync(shards: 1);
        await PutAsync(endpoint, ["kept"]);
        endpoint.Disk!.Fail(DiskOperation.Sync, new DiskError(DiskError.InputOutput));

        var failed = await endpoint.CallAsync("PutRecord", """{"StreamName":"readings","PartitionKey":"a","Data":"b2xk"}""");
        var refused = await endpoint.CallAsync("PutRecord", """{"StreamName":"readings","PartitionKey":"a","Data":"b2xk"}""");

        Assert.Equal((500, "InternalFailure"), (failed.Status, failed.Type));
        Assert.Equal((503, "ServiceUnavailable"), (refused.Status, refused.Type));
        Assert.Equal(["kept"], (await ReadAsync(endpoint, "readings", 0, 10)).Select(record => record.Data));
        Assert.IsType<DiskFaultException>(Assert.Single(endpoint.Faults));
    }

    internal KinesisOptions Options(int shards) => new()
    {
        AllowAdministration = true,
        Streams = [new() { Shards = shards }],
        StatePath = _directory.Combine("streams.json"),
        Raw = new RawLogOptions { Directory = _directory.Combine("raw") },
    };

    private static async Task PutsAsync(ConcurrentBag<(string Shard, string Number, string Data)> answered, int count)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (answered.Count < count)
        {
            await poll.WaitForNextTickAsync();
        }
    }

    /// <summary>A call that comes again until it is taken: while shards change it may be told to.</summary>
    private static async Task<IReadOnlyList<(string Shard, string Number, string Data)>> PutAsync(EndpointUnderTest endpoint, string[] texts)
    {
        var records = texts.Select(text => new { Data = Encoding.UTF8.GetBytes(text), PartitionKey = text });
        var body = JsonSerializer.Serialize(new { StreamName = "readings", Records = records });
        while (true)
        {
            var answer = await endpoint.CallAsync("PutRecords", body);
            if (answer.Status == 200)
            {
                return [.. answer.Json.GetProperty("Records").EnumerateArray().Zip(texts, (entry, text) => (
                    entry.GetProperty("ShardId").GetString()!, entry.GetProperty("SequenceNumber").GetString()!, text))];
            }

            Assert.Equal("ProvisionedThroughputExceededException", answer.Type);
        }
    }

    private static async Task<IReadOnlyList<(string Shard, string Number, string Data)>> ReadAsync(
        EndpointUnderTest endpoint, string stream, int shard, int limit) =>
        await ReadOnAsync(
            endpoint, string.Create(CultureInfo.InvariantCulture, $"shardId-{shard:D12}"), await IteratorAsync(endpoint, stream, shard, "TRIM_HORIZON"), limit);

    private static async Task<IReadOnlyList<(string Shard, string Number, string Data)>> ReadOnAsync(
        EndpointUnderTest endpoint, string shard, string? iterator, int limit)
    {
        var all = new List<(string, string, string)>();
        while (iterator is not null)
        {
            var answer = await endpoint.CallAsync("GetRecords", $$"""{"ShardIterator":"{{iterator}}","Limit":{{limit}}}""");
            Assert.True(answer.Status == 200, answer.Text);
            var records = answer.Json.GetProperty("Records");
            all.AddRange(records.EnumerateArray().Select(record => (shard, record.GetProperty("SequenceNumber").GetString()!, DataOf(record))));
            iterator = answer.Json.TryGetProperty("NextShardIterator", out var next) ? next.GetString() : null;
            if (records.GetArrayLength() == 0 && answer.Json.GetProperty("MillisBehindLatest").GetInt64() == 0)
            {
                break;
            }
        }

        return all;
    }

    private static async Task<string> IteratorAsync(EndpointUnderTest endpoint, string stream, int shard, string type, string more = "")
    {
        var answer = await endpoint.CallAsync(
            "GetShardIterator", $$"""{"StreamName":"{{stream}}","ShardId":"shardId-{{shard}}","ShardIteratorType":"{{type}}"{{more}}}""");
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Json.GetProperty("ShardIterator").GetString()!;
    }

    private static string DataOf(JsonElement record) => Encoding.UTF8.GetString(record.GetProperty("Data").GetBytesFromBase64());

    private Task<EndpointUnderTest> StartAsync(int shards = 4) => EndpointUnderTest.StartAsync(Options(shards));
}
