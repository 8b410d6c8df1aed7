using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using HotPath.Kinesis.Client;
using HotPath.Kinesis.Streams;

namespace HotPath.Kinesis.Consume;

/// <summary>
/// The calls by which a stream of a Kinesis-compatible service is read, without those members that some services lack
/// (StreamARN, ShardFilter, ChildShards), and with null as good as absent. Any thread.
/// </summary>
internal sealed class UpstreamStream(AwsClient client, string stream, TimeProvider timers)
{
    /// <summary>The type of the fault that a silent subscription is.</summary>
    public const string SilenceType = "Silence";

    /// <summary>A subscription that is alive says something every five seconds.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(35);

    /// <summary>Every shard that is listed, open or closed.</summary>
    public async Task<IReadOnlyList<UpstreamShard>> ListShardsAsync(CancellationToken stop)
    {
        var shards = new List<UpstreamShard>();
        string? token = null;
        do
        {
            // A token goes alone: together with a name it is an error.
            var body = token is null ? Json(("StreamName", stream)) : Json(("NextToken", token));
            using var answer = await client.CallAsync("ListShards", body, stop);
            shards.AddRange(Read(answer, root => root.GetProperty("Shards").EnumerateArray().Select(UpstreamShard.Of).ToArray()));
            token = Text(answer.RootElement, "NextToken");
        }
        while (token is not null);
        return shards;
    }

    /// <returns>The iterator of the first record at or after a position.</returns>
    public async Task<string> IteratorAsync(string shardId, ShardPosition position, bool isLatest, CancellationToken stop)
    {
        var body = position.Kind switch
        {
            ShardPositionKind.After => Json(
                ("StreamName", stream), ("ShardId", shardId), ("ShardIteratorType", "AFTER_SEQUENCE_NUMBER"), ("StartingSequenceNumber", position.Number)),
            ShardPositionKind.Time when isLatest => Json(
                ("StreamName", stream), ("ShardId", shardId), ("ShardIteratorType", "LATEST")),
            ShardPositionKind.Time => Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"StreamName":"{{stream}}","ShardId":"{{shardId}}","ShardIteratorType":"AT_TIMESTAMP","Timestamp":{{position.Millis / 1000m}}}""")),
            _ => Json(("StreamName", stream), ("ShardId", shardId), ("ShardIteratorType", "TRIM_HORIZON")),
        };
        using var answer = await client.CallAsync("GetShardIterator", body, stop);
        return Text(answer.RootElement, "ShardIterator")
            ?? throw new AwsFaultException("Network", $"GetShardIterator at {client.Address} gave none.");
    }

    public async Task<UpstreamPage> ReadAsync(string iterator, int recordsMax, CancellationToken stop)
    {
        var body = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $$"""{"ShardIterator":"{{JsonEncodedText.Encode(iterator)}}","Limit":{{recordsMax}}}"""));
        using var answer = await client.CallAsync("GetRecords", body, stop);
        return Read(answer, UpstreamPage.Of);
    }

    public async Task<string> ArnAsync(CancellationToken stop)
    {
        using var answer = await client.CallAsync("DescribeStreamSummary", Json(("StreamName", stream)), stop);
        return Read(answer, root => root.GetProperty("StreamDescriptionSummary").GetProperty("StreamARN").GetString()!);
    }

    /// <summary>Registers a consumer, or finds the one that is registered already.</summary>
    public async Task<(string Arn, bool IsActive)> RegisterConsumerAsync(string streamArn, string name, CancellationToken stop)
    {
        try
        {
            using var answer = await client.CallAsync("RegisterStreamConsumer", Json(("StreamARN", streamArn), ("ConsumerName", name)), stop);
            return Read(answer, root => ConsumerOf(root.GetProperty("Consumer")));
        }
        catch (AwsFaultException fault) when (fault.Type == "ResourceInUseException")
        {
            return await DescribeConsumerAsync(streamArn, name, stop);
        }
    }

    public async Task<(string Arn, bool IsActive)> DescribeConsumerAsync(string streamArn, string name, CancellationToken stop)
    {
        using var answer = await client.CallAsync("DescribeStreamConsumer", Json(("StreamARN", streamArn), ("ConsumerName", name)), stop);
        return Read(answer, root => ConsumerOf(root.GetProperty("ConsumerDescription")));
    }

    /// <summary>
    /// One subscription, from its call until the service ends it: after five minutes, or at the shard's end. Records come
    /// as the service pushes them.
    /// </summary>
    public async IAsyncEnumerable<UpstreamPage> SubscribeAsync(
        string consumerArn, string shardId, ShardPosition position, bool isLatest, [EnumeratorCancellation] CancellationToken stop)
    {
        using var answer = await client.OpenAsync("SubscribeToShard", SubscribeBody(consumerArn, shardId, position, isLatest), stop);
        await using var body = await answer.Content.ReadAsStreamAsync(stop);
        var reader = new EventStreamReader(body);
        while (await NextAsync(reader, stop) is { } page)
        {
            yield return page;
        }
    }

    public static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>What a service answers is read as it should be; one that answers otherwise is as good as one that does not.</summary>
    private T Read<T>(JsonDocument answer, Func<JsonElement, T> read)
    {
        try
        {
            return read(answer.RootElement);
        }
        catch (Exception fault) when (
            fault is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new AwsFaultException("Network", $"{client.Address} answers in a way that is not the API's: {fault.Message}", fault);
        }
    }

    private async Task<UpstreamPage?> NextAsync(EventStreamReader reader, CancellationToken stop)
    {
        while (true)
        {
            using var silence = new CancellationTokenSource(SilenceMax, timers);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop, silence.Token);
            try
            {
                var (hasMessage, eventType, payload) = await reader.ReadAsync(patience.Token);
                if (!hasMessage)
                {
                    return null;
                }

                // Whatever else there may be, the first event and those of a later API, says nothing about records.
                if (eventType == "SubscribeToShardEvent")
                {
                    using var shown = JsonDocument.Parse(payload);
                    return Read(shown, UpstreamPage.OfEvent);
                }
            }
            catch (OperationCanceledException fault) when (!stop.IsCancellationRequested)
            {
                throw new AwsFaultException(
                    SilenceType, $"The subscription at {client.Address} has said nothing for {SilenceMax.TotalSeconds} s.", fault);
            }
            catch (Exception fault) when (fault is IOException or JsonException or HttpRequestException)
            {
                throw new AwsFaultException("Network", $"The subscription at {client.Address} broke: {fault.Message}", fault);
            }
        }
    }

    private static byte[] SubscribeBody(string consumerArn, string shardId, ShardPosition position, bool isLatest)
    {
        var start = position.Kind switch
        {
            ShardPositionKind.After => $$"""{"Type":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"{{position.Number}}"}""",
            ShardPositionKind.Time when isLatest => """{"Type":"LATEST"}""",
            ShardPositionKind.Time => string.Create(
                CultureInfo.InvariantCulture, $$"""{"Type":"AT_TIMESTAMP","Timestamp":{{position.Millis / 1000m}}}"""),
            _ => """{"Type":"TRIM_HORIZON"}""",
        };
        return Encoding.UTF8.GetBytes(
            $$"""{"ConsumerARN":"{{JsonEncodedText.Encode(consumerArn)}}","ShardId":"{{JsonEncodedText.Encode(shardId)}}","StartingPosition":{{start}}}""");
    }

    private static (string Arn, bool IsActive) ConsumerOf(JsonElement consumer) =>
        (consumer.GetProperty("ConsumerARN").GetString()!, consumer.GetProperty("ConsumerStatus").GetString() == "ACTIVE");

    /// <summary>An object of texts.</summary>
    private static byte[] Json(params (string Name, string Value)[] members) =>
        JsonSerializer.SerializeToUtf8Bytes(members.ToDictionary(member => member.Name, member => member.Value));
}

/// <param name="Next">The iterator, or of a subscription the number, to go on with; null: the shard is closed and was read to its end.</param>
internal sealed record UpstreamPage(IReadOnlyList<UpstreamRecord> Records, string? Next, long MillisBehind)
{
    public static UpstreamPage Of(JsonElement page) => Of(page, "NextShardIterator");

    public static UpstreamPage OfEvent(JsonElement page) => Of(page, "ContinuationSequenceNumber");

    private static UpstreamPage Of(JsonElement page, string next) => new(
        [.. page.GetProperty(nameof(Records)).EnumerateArray().Select(UpstreamRecord.Of)],
        UpstreamStream.Text(page, next),
        page.TryGetProperty("MillisBehindLatest", out var millis) && millis.ValueKind == JsonValueKind.Number ? (long)millis.GetDouble() : 0);
}

internal sealed record UpstreamRecord(string Number, byte[] Data)
{
    public static UpstreamRecord Of(JsonElement record) =>
        new(record.GetProperty("SequenceNumber").GetString()!, record.GetProperty(nameof(Data)).GetBytesFromBase64());
}

/// <param name="Parents">The shards that it has taken over from: to be read to their ends first.</param>
internal sealed record UpstreamShard(string Id, IReadOnlyList<string> Parents, HashKeyRange HashKeys)
{
    public static UpstreamShard Of(JsonElement shard)
    {
        var range = shard.GetProperty("HashKeyRange");
        return new UpstreamShard(
            shard.GetProperty("ShardId").GetString()!,
            [.. new[] { UpstreamStream.Text(shard, "ParentShardId"), UpstreamStream.Text(shard, "AdjacentParentShardId") }.OfType<string>()],
            new HashKeyRange(KeyOf(range, "StartingHashKey"), KeyOf(range, "EndingHashKey")));
    }

    private static UInt128 KeyOf(JsonElement range, string name) =>
        UInt128.Parse(range.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
}
