using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using HotPath.Engine.Decode;
using HotPath.Kinesis;
using HotPath.Tests.Outputs;

namespace HotPath.Tests.Kinesis;

/// <summary>Registered consumers and their event streams, read byte by byte.</summary>
public sealed class SubscribeToShardTests : IDisposable
{
    private const string StreamArn = "arn:aws:kinesis:us-east-1:000000000000:stream/transitions";

    private readonly LedgerUnderTest _ledger = new();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task A_subscription_begins_with_its_initial_response_and_goes_on_behind_what_it_told()
    {
        _ledger.AddTransition(1, "m", "0");
        await using var endpoint = await EndpointUnderTest.StartAsync(ReadingStreamsTests.Options(shards: 1), ledger: _ledger);
        var consumer = await RegisterAsync(endpoint, "page");

        using var events = await SubscribeAsync(endpoint, consumer, """{"Type":"TRIM_HORIZON"}""");
        var (initial, payload) = await events.NextAsync();
        var (kind, first) = await events.NextAsync();
        _ledger.AddTransition(2, "m", "1");
        var (_, second) = await events.NextAsync();

        Assert.Equal(("initial-response", "{}"), (initial, payload.GetRawText()));
        Assert.Equal("SubscribeToShardEvent", kind);
        Assert.Equal(["0"], StatesOf(first));
        Assert.Equal(["1"], StatesOf(second));
        Assert.Equal(0, second.GetProperty("MillisBehindLatest").GetInt64());

        // A later call takes over, but not at once.
        var number = first.GetProperty("ContinuationSequenceNumber").GetString();
        var position = $$"""{"Type":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"{{number}}"}""";
        var refused = await endpoint.CallAsync("SubscribeToShard", Body(consumer, position));
        endpoint.Clock.NowMicros += 5_000_000;
        using var again = await SubscribeAsync(endpoint, consumer, position);
        await again.NextAsync();

        Assert.Equal("ResourceInUseException", refused.Type);
        Assert.Equal(["1"], StatesOf((await again.NextAsync()).Payload));
        Assert.True(await events.EndsAsync());
    }

    [Fact]
    public async Task Silence_is_told_and_a_subscription_ends_after_its_time()
    {
        var options = ReadingStreamsTests.Options(shards: 1) with
        {
            Limits = new KinesisLimits { SubscriptionMs = 60_000, SubscriptionSilenceMs = 5_000 },
        };
        await using var endpoint = await EndpointUnderTest.StartAsync(options, ledger: _ledger);
        using var events = await SubscribeAsync(endpoint, await RegisterAsync(endpoint, "page"), """{"Type":"LATEST"}""");
        await events.NextAsync();

        // The first event says where it begins, then silence is told on the engine's clock.
        Assert.Empty(StatesOf((await events.NextAsync()).Payload));
        endpoint.Clock.NowMicros += 5_000_000;
        Assert.Empty(StatesOf((await events.NextAsync()).Payload));
        endpoint.Clock.NowMicros += 60_000_000;
        Assert.True(await events.EndsAsync());
    }

    [Fact]
    public async Task A_closed_shard_ends_with_its_children()
    {
        _ledger.AddTransition(1, "m", "0");
        await using var endpoint = await EndpointUnderTest.StartAsync(
            ReadingStreamsTests.Options(shards: 1), ledger: _ledger, lsnNext: 2);
        var consumer = await RegisterAsync(endpoint, "page");
        using var events = await SubscribeAsync(endpoint, consumer, """{"Type":"TRIM_HORIZON"}""");
        await events.NextAsync();
        await events.NextAsync();

        await endpoint.CallAsync(
            "SplitShard", """{"StreamName":"transitions","ShardToSplit":"shardId-0","NewStartingHashKey":"99999"}""");
        var (_, last) = await events.NextAsync();

        Assert.Equal(2, last.GetProperty("ChildShards").GetArrayLength());
        Assert.False(last.TryGetProperty("ContinuationSequenceNumber", out _));
        Assert.True(await events.EndsAsync());
    }

    [Fact]
    public async Task Subscriptions_do_not_hold_up_a_stop()
    {
        var endpoint = await EndpointUnderTest.StartAsync(ReadingStreamsTests.Options(shards: 1), ledger: _ledger);
        using var events = await SubscribeAsync(endpoint, await RegisterAsync(endpoint, "page"), """{"Type":"LATEST"}""");
        await events.NextAsync();

        await endpoint.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));

        await endpoint.DisposeAsync();
    }

    [Fact]
    public async Task Consumers_are_listed_described_and_removed()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(ReadingStreamsTests.Options(shards: 1), ledger: _ledger);
        var page = await RegisterAsync(endpoint, "page");
        await RegisterAsync(endpoint, "archive");

        var twice = await endpoint.CallAsync("RegisterStreamConsumer", $$"""{"StreamARN":"{{StreamArn}}","ConsumerName":"page"}""");
        var list = await endpoint.CallAsync("ListStreamConsumers", $$"""{"StreamARN":"{{StreamArn}}","MaxResults":1}""");
        var rest = await endpoint.CallAsync(
            "ListStreamConsumers",
            $$"""{"StreamARN":"{{StreamArn}}","NextToken":"{{list.Json.GetProperty("NextToken").GetString()}}"}""");
        var described = await endpoint.CallAsync("DescribeStreamConsumer", $$"""{"ConsumerARN":"{{page}}"}""");
        var removed = await endpoint.CallAsync(
            "DeregisterStreamConsumer", $$"""{"StreamARN":"{{StreamArn}}","ConsumerName":"page"}""");
        var gone = await endpoint.CallAsync("SubscribeToShard", Body(page, """{"Type":"LATEST"}"""));

        Assert.Equal("ResourceInUseException", twice.Type);
        Assert.Equal("archive", list.Json.GetProperty("Consumers")[0].GetProperty("ConsumerName").GetString());
        Assert.Equal("page", rest.Json.GetProperty("Consumers")[0].GetProperty("ConsumerName").GetString());
        Assert.Equal("ACTIVE", described.Json.GetProperty("ConsumerDescription").GetProperty("ConsumerStatus").GetString());
        Assert.Equal((200, 0), (removed.Status, removed.Body.Length));
        Assert.Equal("ResourceNotFoundException", gone.Type);
    }

    private static string Body(string consumer, string position) =>
        $$"""{"ConsumerARN":"{{consumer}}","ShardId":"shardId-000000000000","StartingPosition":{{position}}}""";

    private static IEnumerable<string?> StatesOf(JsonElement payload) =>
        payload.GetProperty("Records").EnumerateArray().Select(record =>
            JsonDocument.Parse(record.GetProperty("Data").GetBytesFromBase64()).RootElement.GetProperty("toState").GetString());

    private static async Task<string> RegisterAsync(EndpointUnderTest endpoint, string name)
    {
        var answer = await endpoint.CallAsync(
            "RegisterStreamConsumer", $$"""{"StreamARN":"{{StreamArn}}","ConsumerName":"{{name}}"}""");
        return answer.Json.GetProperty("Consumer").GetProperty("ConsumerARN").GetString()!;
    }

    private static async Task<Events> SubscribeAsync(EndpointUnderTest endpoint, string consumer, string position)
    {
        var request = EndpointUnderTest.Request("SubscribeToShard", Encoding.UTF8.GetBytes(Body(consumer, position)));
        var response = await endpoint.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("application/vnd.amazon.eventstream", response.Content.Headers.ContentType?.MediaType);
        return new Events(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The messages of a subscription, both checksums checked.</summary>
    private sealed class Events(HttpResponseMessage response, Stream stream) : IDisposable
    {
        public async Task<(string Type, JsonElement Payload)> NextAsync()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var prelude = new byte[12];
            await stream.ReadExactlyAsync(prelude, patience.Token);
            Assert.Equal(Crc32.Of(prelude.AsSpan(0, 8)), BinaryPrimitives.ReadUInt32BigEndian(prelude.AsSpan(8)));
            var rest = new byte[BinaryPrimitives.ReadInt32BigEndian(prelude) - prelude.Length];
            await stream.ReadExactlyAsync(rest, patience.Token);
            Assert.Equal(
                Crc32.Of([.. prelude, .. rest[..^4]]), BinaryPrimitives.ReadUInt32BigEndian(rest.AsSpan(rest.Length - 4)));

            var headerBytes = BinaryPrimitives.ReadInt32BigEndian(prelude.AsSpan(4));
            var headers = HeadersOf(rest.AsSpan(0, headerBytes));
            Assert.Equal("event", headers[":message-type"]);
            Assert.Equal("application/x-amz-json-1.1", headers[":content-type"]);
            return (headers[":event-type"], JsonDocument.Parse(rest.AsMemory(headerBytes..^4)).RootElement);
        }

        public async Task<bool> EndsAsync()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer, patience.Token) > 0)
            {
            }

            return true;
        }

        public void Dispose()
        {
            stream.Dispose();
            response.Dispose();
        }

        private static Dictionary<string, string> HeadersOf(ReadOnlySpan<byte> bytes)
        {
            var headers = new Dictionary<string, string>();
            while (!bytes.IsEmpty)
            {
                var name = Encoding.ASCII.GetString(bytes.Slice(1, bytes[0]));
                bytes = bytes[(1 + bytes[0])..];
                Assert.Equal(7, bytes[0]);
                var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
                headers[name] = Encoding.ASCII.GetString(bytes.Slice(3, length));
                bytes = bytes[(3 + length)..];
            }

            return headers;
        }
    }
}
