using System.Globalization;
using System.Text.RegularExpressions;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Streams;

/// <summary>The calls that change streams. Any thread; the catalog orders them. Refused unless configured.</summary>
internal sealed partial class StreamAdministration(KinesisOptions options, StreamCatalog catalog)
{
    private const int TagsMax = 50;

    private string Account => options.AccountId;

    public Refusal? CreateStream(WireValue.Map args, AnswerWriter answer) =>
        catalog.Create(args.StreamName(), args.NumberOf("ShardCount")!.Value);

    public Refusal? DeleteStream(WireValue.Map args, AnswerWriter answer) => catalog.Delete(args.StreamName());

    public Refusal? SplitShard(WireValue.Map args, AnswerWriter answer)
    {
        var name = args.StreamName();
        var shardText = args.TextOf("ShardToSplit")!;
        if (!StreamShard.TryParseId(shardText, out var index))
        {
            return NoShard(shardText, name);
        }

        return catalog.Change(name, stream =>
        {
            var refusal = CheckActive(stream) ?? CheckShard(stream, index) ?? catalog.CheckShardLimit(1);
            if (refusal is not null)
            {
                return refusal;
            }

            var shard = stream.Shards[index];
            var key = args.TextOf("NewStartingHashKey")!;
            if (!UInt128.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var middle)
                || middle <= shard.HashKeys.Start + 1
                || middle >= shard.HashKeys.End)
            {
                return Refusal.InvalidArgument(
                    $"NewStartingHashKey {key} used in SplitShard() on shard {shard.Id} in stream {name} under account " +
                    $"{Account} is not both greater than one plus the shard's StartingHashKey {shard.HashKeys.StartText} " +
                    $"and less than the shard's EndingHashKey {shard.HashKeys.EndText}.");
            }

            return CheckOpen(stream, shard) ?? catalog.Reshard(stream,
            [
                (new HashKeyRange(shard.HashKeys.Start, middle - 1), index, null),
                (new HashKeyRange(middle, shard.HashKeys.End), index, null),
            ]);
        });
    }

    public Refusal? MergeShards(WireValue.Map args, AnswerWriter answer)
    {
        var name = args.StreamName();
        var firstText = args.TextOf("ShardToMerge")!;
        var secondText = args.TextOf("AdjacentShardToMerge")!;
        if (!StreamShard.TryParseId(firstText, out var first))
        {
            return NoShard(firstText, name);
        }

        if (!StreamShard.TryParseId(secondText, out var second))
        {
            return NoShard(secondText, name);
        }

        return catalog.Change(name, stream =>
        {
            var refusal = CheckActive(stream) ?? CheckShard(stream, first) ?? CheckShard(stream, second);
            if (refusal is not null)
            {
                return refusal;
            }

            var (low, high) = (stream.Shards[first], stream.Shards[second]);
            if (low.HashKeys.End + 1 != high.HashKeys.Start || first == second)
            {
                return Refusal.InvalidArgument(
                    $"Shards {low.Id} and {high.Id} in stream {name} under account {Account} are not an adjacent pair of " +
                    "shards eligible for merging");
            }

            return CheckOpen(stream, low) ?? CheckOpen(stream, high) ?? catalog.Reshard(
                stream, [(new HashKeyRange(low.HashKeys.Start, high.HashKeys.End), first, second)]);
        });
    }

    /// <summary>Cuts all hash keys anew; a new shard names as parents the first and last shard it takes from.</summary>
    public Refusal? UpdateShardCount(WireValue.Map args, AnswerWriter answer) => catalog.Change(args.StreamName(), stream =>
    {
        var target = args.NumberOf("TargetShardCount")!.Value;
        var current = stream.OpenShardCount;
        var refusal = CheckActive(stream) ?? catalog.CheckShardLimit(target - current);
        if (refusal is not null)
        {
            return refusal;
        }

        if (target > current * 2 || target < (current + 1) / 2)
        {
            return Refusal.LimitExceeded(
                $"UpdateShardCount cannot scale stream {stream.Name} under account {Account} from {current} to {target} " +
                "shards: at most the double and at least the half is allowed.");
        }

        refusal = target == current ? null : catalog.Reshard(stream, ShardMaker.ChildrenFor(stream, target));
        if (refusal is null)
        {
            answer.StartMap();
            answer.Member("StreamName", stream.Name);
            answer.Member("StreamARN", catalog.ArnOf(stream.Name));
            answer.Member("CurrentShardCount", current);
            answer.Member("TargetShardCount", target);
            answer.EndMap();
        }

        return refusal;
    });

    public Refusal? IncreaseRetention(WireValue.Map args, AnswerWriter answer) => catalog.Change(args.StreamName(), stream =>
    {
        var hours = args.NumberOf("RetentionPeriodHours")!.Value;
        return CheckRetention(hours) ?? (stream.RetentionHours > hours
            ? Refusal.InvalidArgument(
                $"Requested retention period ({hours} hours) for stream {stream.Name} can not be shorter than existing " +
                $"retention period ({stream.RetentionHours} hours). Use DecreaseRetentionPeriod API.")
            : SetRetention(stream, hours));
    });

    public Refusal? DecreaseRetention(WireValue.Map args, AnswerWriter answer) => catalog.Change(args.StreamName(), stream =>
    {
        var hours = args.NumberOf("RetentionPeriodHours")!.Value;
        return CheckRetention(hours) ?? (stream.RetentionHours < hours
            ? Refusal.InvalidArgument(
                $"Requested retention period ({hours} hours) for stream {stream.Name} can not be longer than existing " +
                $"retention period ({stream.RetentionHours} hours). Use IncreaseRetentionPeriod API.")
            : SetRetention(stream, hours));
    });

    /// <summary>Up to what is configured for all streams.</summary>
    public Refusal? UpdateMaxRecordSize(WireValue.Map args, AnswerWriter answer) => catalog.Change(args.StreamName(), stream =>
    {
        var bytes = args.NumberOf("MaxRecordSizeInKiB")!.Value * 1024;
        if (bytes > options.Limits.RecordBytesMax)
        {
            return Refusal.LimitExceeded(
                $"Stream {stream.Name} under account {Account} cannot have records of {bytes} bytes: kinesis.limits.recordBytes is " +
                $"{options.Limits.RecordBytesMax}.");
        }

        var refusal = CheckActive(stream);
        if (refusal is null)
        {
            stream.RecordBytesMax = bytes;
        }

        return refusal;
    });

    /// <summary>There is no capacity to be bought: streams are what they were made.</summary>
    public Refusal? UpdateStreamMode(WireValue.Map args, AnswerWriter answer) => catalog.With(args.StreamName(), stream =>
        args.MapOf("StreamModeDetails")!.TextOf("StreamMode") == "PROVISIONED"
            ? CheckActive(stream)
            : Refusal.InvalidArgument($"Stream {stream.Name} under account {Account} is PROVISIONED, and there is no other mode here."));

    public Refusal? AddTags(WireValue.Map args, AnswerWriter answer) => catalog.Change(args.StreamName(), stream =>
    {
        var tags = args.MapOf("Tags")!.Members
            .ToDictionary(tag => tag.Key, tag => (tag.Value as WireValue.Text)?.Value ?? string.Empty);
        var refusal = CheckTagTexts([.. tags.Keys, .. tags.Values], "add tags to", stream);
        if (refusal is not null)
        {
            return refusal;
        }

        if (stream.Tags.Keys.Union(tags.Keys).Count() > TagsMax)
        {
            return Refusal.InvalidArgument(
                $"Failed to add tags to stream {stream.Name} under account {Account} because a given stream cannot have " +
                "more than 10 tags associated with it.");
        }

        foreach (var (key, value) in tags)
        {
            stream.Tags[key] = value;
        }

        return null;
    });

    public Refusal? RemoveTags(WireValue.Map args, AnswerWriter answer) => catalog.Change(args.StreamName(), stream =>
    {
        var keys = args.ListOf("TagKeys")!.OfType<WireValue.Text>().Select(key => key.Value).ToArray();
        var refusal = CheckTagTexts(keys, "remove tags from", stream);
        if (refusal is null)
        {
            Array.ForEach(keys, key => stream.Tags.Remove(key));
        }

        return refusal;
    });

    private static Refusal? CheckRetention(int hours) => hours >= KinesisStream.RetentionHoursMin
        ? null
        : Refusal.InvalidArgument(
            $"Minimum allowed retention period is {KinesisStream.RetentionHoursMin} hours. Requested retention period " +
            $"({hours} hours) is too short.");

    private static Refusal? SetRetention(KinesisStream stream, int hours)
    {
        stream.RetentionHours = hours;
        return null;
    }

    private Refusal? CheckTagTexts(string[] texts, string what, KinesisStream stream)
    {
        if (texts.Any(text => NotOfTags().IsMatch(text)))
        {
            return Refusal.InvalidArgument(
                "Some tags contain invalid characters. Valid characters: " +
                "Unicode letters, digits, white space, _ . / = + - % @.");
        }

        return texts.Any(text => text.Contains('%', StringComparison.Ordinal))
            ? Refusal.InvalidArgument(
                $"Failed to {what} stream {stream.Name} under account {Account} because some tags contained illegal " +
                "characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'.")
            : null;
    }

    private Refusal? CheckActive(KinesisStream stream) => stream.Status == StreamStatus.Active
        ? null
        : Refusal.InUse(
            $"Stream {stream.Name} under account {Account} not ACTIVE, instead in state " +
            stream.Status.ToString().ToUpperInvariant());

    private Refusal? CheckShard(KinesisStream stream, int index) =>
        index < stream.Shards.Count ? null : NoShard(StreamShard.IdOf(index), stream.Name);

    private Refusal? CheckOpen(KinesisStream stream, StreamShard shard) => shard.IsOpen
        ? null
        : Refusal.InvalidArgument(
            $"Shard {shard.Id} in stream {stream.Name} under account {Account} has already been merged or split, and thus " +
            "is not eligible for merging or splitting.");

    private Refusal NoShard(string shard, string stream) =>
        Refusal.NotFound($"Could not find shard {shard} in stream {stream} under account {Account}.");

    [GeneratedRegex(@"[^\u00C0-\u1FFF\u2C00-\uD7FFA-Za-z0-9_\.\/\-=+ @%]")]
    private static partial Regex NotOfTags();
}
