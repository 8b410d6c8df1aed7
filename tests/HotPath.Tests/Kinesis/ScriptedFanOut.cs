using System.Globalization;
using System.Net;
using System.Text.Json;
using HotPath.Kinesis.Read;

namespace HotPath.Tests.Kinesis;

/// <summary>The part of the scripted service that pushes: subscriptions that end after a few events, or break.</summary>
internal sealed partial class ScriptedUpstream
{
    private const string StreamArn = "arn:aws:kinesis:eu-central-1:000000000000:stream/upstream";
    private const string ConsumerArn = StreamArn + "/consumer/hotpath:1";

    private readonly Queue<string> _brokenSubscriptions = new();
    private int _describedCount;

    public bool OffersFanOut { get; set; }

    /// <summary>Another has registered the name before.</summary>
    public bool IsRegistered { get; set; }

    /// <summary>Events with records until the service ends a subscription.</summary>
    public int EventsPerSubscription { get; set; } = 2;

    /// <summary>Subscriptions that have said all they will and still are open.</summary>
    public int Silences { get; private set; }

    /// <summary>
    /// The next subscription is refused so, or breaks: <c>cut</c> within a message, <c>exception</c> after an event; or it stays
    /// open and says nothing more: <c>silence</c>.
    /// </summary>
    public void BreakNextSubscription(string how)
    {
        lock (_calling)
        {
            _brokenSubscriptions.Enqueue(how);
        }
    }

    private HttpResponseMessage FanOut(string operation, JsonElement body)
    {
        if (!OffersFanOut)
        {
            return Refused("UnknownOperationException");
        }

        switch (operation)
        {
            case "DescribeStreamSummary":
                return Answer(new { StreamDescriptionSummary = new { StreamARN = StreamArn } });
            case "RegisterStreamConsumer" when IsRegistered:
                return Refused("ResourceInUseException");
            case "RegisterStreamConsumer":
                IsRegistered = true;
                return Answer(new { Consumer = new { ConsumerARN = ConsumerArn, ConsumerStatus = "CREATING" } });
            case "DescribeStreamConsumer":
                // Not at once active, as with the service itself.
                var status = _describedCount++ == 0 ? "CREATING" : "ACTIVE";
                return Answer(new { ConsumerDescription = new { ConsumerARN = ConsumerArn, ConsumerStatus = status } });
            case "SubscribeToShard":
                return Subscribe(body);
            default:
                return Refused("UnknownOperationException");
        }
    }

    private HttpResponseMessage Subscribe(JsonElement body)
    {
        Assert.Equal(ConsumerArn, body.GetProperty("ConsumerARN").GetString());
        _brokenSubscriptions.TryDequeue(out var broken);
        if (broken is not (null or "cut" or "exception" or "silence"))
        {
            return Refused(broken);
        }

        var shard = Find(body.GetProperty("ShardId").GetString()!);
        var start = body.GetProperty("StartingPosition");
        var from = start.GetProperty("Type").GetString() switch
        {
            "AFTER_SEQUENCE_NUMBER" => long.Parse(start.GetProperty("SequenceNumber").GetString()!, CultureInfo.InvariantCulture) + 1,
            "LATEST" or "AT_TIMESTAMP" => _nextNumber,
            _ => 0,
        };
        if (shard.IsTrimmed && from > 0 && (shard.Records.Count == 0 || from < shard.Records[0].Number))
        {
            return Refused("InvalidArgumentException");
        }

        var stream = new MemoryStream();
        stream.Write(EventStream.Event("initial-response", "application/json", "{}"u8));
        for (var events = 0; events < EventsPerSubscription; events++)
        {
            var page = shard.Records.Where(record => record.Number >= from).Take(RecordsPerPage).ToArray();
            from = page.Length > 0 ? page[^1].Number + 1 : from;
            var isEnd = shard.IsClosed && !shard.Records.Any(record => record.Number >= from);
            stream.Write(EventStream.Event("SubscribeToShardEvent", "application/json", EventOf(page, isEnd ? null : from)));
            if (isEnd)
            {
                break;
            }
        }

        if (broken == "exception")
        {
            stream.Write(EventStream.Exception("InternalFailureException", "application/json", """{"message":"Scripted."}"""u8));
        }

        var bytes = stream.ToArray();
        if (broken == "silence")
        {
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new SilentStream(bytes, () => Silences++)) };
        }

        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(broken == "cut" ? bytes[..^7] : bytes) };
    }

    /// <summary>The number to go on behind is one below the next one: it is no record's.</summary>
    private static byte[] EventOf(IEnumerable<(long Number, byte[] Data)> page, long? from) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        ContinuationSequenceNumber = (from - 1)?.ToString(CultureInfo.InvariantCulture),
        MillisBehindLatest = 0,
        Records = page.Select(record => new
        {
            SequenceNumber = record.Number.ToString(CultureInfo.InvariantCulture),
            PartitionKey = "k",
            Data = Convert.ToBase64String(record.Data),
        }),
    });
}
