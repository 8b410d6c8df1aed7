using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Read;

/// <summary>The calls about registered consumers. Any thread; the catalog orders them.</summary>
internal sealed class ConsumerOperations(KinesisOptions options, StreamCatalog catalog)
{
    private const int ListDefault = 100;

    public Refusal? Register(WireValue.Map args, AnswerWriter answer) => catalog.Change(args.StreamName(), stream =>
    {
        var name = args.TextOf("ConsumerName")!;
        if (stream.Consumers.ContainsKey(name))
        {
            return Refusal.InUse($"Consumer {name} under stream {catalog.ArnOf(stream.Name)} already exists for account {options.AccountId}.");
        }

        if (stream.Consumers.Count == options.Limits.ConsumersMax)
        {
            return Refusal.LimitExceeded(
                $"Stream {stream.Name} under account {options.AccountId} has {stream.Consumers.Count} registered consumers, and no more are allowed.");
        }

        var consumer = new StreamConsumer(name, catalog.NowSeconds());
        stream.Consumers.Add(name, consumer);
        answer.StartMap();
        answer.Name("Consumer");
        Write(stream, consumer, answer, withStream: false);
        answer.EndMap();
        return null;
    });

    public Refusal? Describe(WireValue.Map args, AnswerWriter answer) =>
        FindIn(args, out var streamName, out var consumerName)
        ?? catalog.With(streamName, stream =>
        {
            if (!stream.Consumers.TryGetValue(consumerName, out var consumer))
            {
                return NotFound(consumerName);
            }

            answer.StartMap();
            answer.Name("ConsumerDescription");
            Write(stream, consumer, answer, withStream: true);
            answer.EndMap();
            return null;
        });

    public Refusal? Deregister(WireValue.Map args, AnswerWriter answer) =>
        FindIn(args, out var streamName, out var consumerName)
        ?? catalog.Change(streamName, stream => stream.Consumers.Remove(consumerName) ? null : NotFound(consumerName));

    public Refusal? List(WireValue.Map args, AnswerWriter answer) => catalog.With(args.StreamName(), stream =>
    {
        var limit = args.NumberOf("MaxResults") ?? ListDefault;
        var after = args.TextOf("NextToken");
        var rest = stream.Consumers.Values.Where(consumer => string.CompareOrdinal(consumer.Name, after) > 0).ToArray();
        answer.StartMap();
        answer.Name("Consumers");
        answer.StartList();
        foreach (var consumer in rest.Take(limit))
        {
            Write(stream, consumer, answer, withStream: false);
        }

        answer.EndList();
        if (rest.Length > limit)
        {
            answer.Member("NextToken", rest[limit - 1].Name);
        }

        answer.EndMap();
        return null;
    });

    /// <summary>A consumer by its ARN: stream and name; null when it is registered.</summary>
    public Refusal? Find(string consumerArn, out string streamName)
    {
        (streamName, var consumerName) = Parse(consumerArn);
        return catalog.With(streamName, stream =>
            stream.Consumers.TryGetValue(consumerName, out var consumer) && ArnOf(stream, consumer) == consumerArn
                ? null
                : NotFound(consumerArn));
    }

    private static Refusal? FindIn(WireValue.Map args, out string streamName, out string consumerName)
    {
        streamName = consumerName = string.Empty;
        if (args.TextOf("ConsumerARN") is { } arn)
        {
            (streamName, consumerName) = Parse(arn);
            return null;
        }

        if (args.TextOf("StreamName") is { } stream && args.TextOf("ConsumerName") is { } consumer)
        {
            (streamName, consumerName) = (stream, consumer);
            return null;
        }

        return Refusal.InvalidArgument("Give a ConsumerARN, or both StreamARN and ConsumerName.");
    }

    /// <summary>The schema has seen to its form: <c>arn:...:stream/name/consumer/name:seconds</c>.</summary>
    private static (string Stream, string Consumer) Parse(string consumerArn)
    {
        var parts = consumerArn.Split('/');
        return (parts[1], parts[3][..parts[3].LastIndexOf(':')]);
    }

    private string ArnOf(KinesisStream stream, StreamConsumer consumer) =>
        $"{catalog.ArnOf(stream.Name)}/consumer/{consumer.Name}:{consumer.CreatedSeconds}";

    private Refusal NotFound(string consumer) =>
        Refusal.NotFound($"Consumer {consumer} under account {options.AccountId} not found.");

    private void Write(KinesisStream stream, StreamConsumer consumer, AnswerWriter answer, bool withStream)
    {
        answer.StartMap();
        answer.Member("ConsumerARN", ArnOf(stream, consumer));
        answer.Name("ConsumerCreationTimestamp");
        answer.Timestamp(consumer.CreatedSeconds * 1000);
        answer.Member("ConsumerName", consumer.Name);
        answer.Member("ConsumerStatus", "ACTIVE");
        if (withStream)
        {
            answer.Member("StreamARN", catalog.ArnOf(stream.Name));
        }

        answer.EndMap();
    }
}
