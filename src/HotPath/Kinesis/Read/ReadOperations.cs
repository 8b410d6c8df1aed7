using System.Globalization;
using System.Text;
using HotPath.Engine.Agents;
using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;
using HotPath.Outputs;

namespace HotPath.Kinesis.Read;

/// <summary>GetShardIterator and GetRecords, and what SubscribeToShard shares with them. Any thread.</summary>
internal sealed class ReadOperations(KinesisOptions options, StreamCatalog catalog, RecordLogs logs, KinesisParts parts)
{
    private const long IteratorMillisMax = 300_000;
    private const int RecordsDefault = 10_000;

    private readonly ShardIterators _iterators = new(parts.Ledger?.Instance ?? Guid.Empty);
    private readonly IClock _clock = parts.Clock;

    public long NowMillis => _clock.NowMicros / 1_000;

    public Refusal? GetShardIterator(WireValue.Map args, AnswerWriter answer)
    {
        var start = new ReadStart(
            args.TextOf("ShardIteratorType")!, args.TextOf("StartingSequenceNumber"), args.TimestampOf("Timestamp"));
        var refusal = Begin(args.StreamName(), args.TextOf("ShardId")!, start, out var view, out var from);
        if (refusal is null)
        {
            answer.StartMap();
            answer.Member("ShardIterator", _iterators.Write(new ShardIterator(NowMillis, view.StreamName, view.Shard.Index, from)));
            answer.EndMap();
        }

        return refusal;
    }

    public Refusal? GetRecords(WireValue.Map args, AnswerWriter answer)
    {
        var nowMillis = NowMillis;
        if (!_iterators.TryRead(args.TextOf("ShardIterator")!, out var iterator) || iterator.MadeMillis > nowMillis)
        {
            return Refusal.InvalidArgument("Invalid ShardIterator.");
        }

        if (nowMillis - iterator.MadeMillis > IteratorMillisMax)
        {
            return Refusal.ExpiredIterator(
                $"Iterator expired. The iterator was created at time {AmazonTime(iterator.MadeMillis)} while right now it is " +
                $"{AmazonTime(nowMillis)} which is further in the future than the tolerated delay of {IteratorMillisMax} milliseconds.");
        }

        var refusal = FindLog(iterator.StreamName, iterator.ShardIndex, out var view, out var log);
        if (refusal is not null)
        {
            return refusal;
        }

        var page = log.Read(view.StreamName, view.Shard, iterator.From, args.NumberOf("Limit") ?? RecordsDefault);
        answer.StartMap();
        WriteRecords(page, answer);
        answer.Member("MillisBehindLatest", MillisBehind(page, nowMillis));
        if (IsEnd(page, view, log))
        {
            WriteChildren(view, answer);
        }
        else
        {
            answer.Member("NextShardIterator", _iterators.Write(iterator with { MadeMillis = nowMillis, From = page.Next }));
        }

        answer.EndMap();
        return null;
    }

    /// <summary>Finds shard and place of a reader that begins.</summary>
    public Refusal? Begin(string streamName, string shardId, ReadStart start, out ShardView view, out ReadFrom from)
    {
        from = default;
        view = null!;
        if (!StreamShard.TryParseId(shardId, out var index))
        {
            return Refusal.NotFound(
                $"Could not find shard {shardId} in stream {streamName} under account {options.AccountId}.");
        }

        if (!catalog.TryFindShard(streamName, index, out view))
        {
            return NoShard(streamName, index);
        }

        // Of a stream that cannot be read an iterator can be had all the same, as long as nobody reads by it.
        var log = logs.Of(view.Role);
        var tip = log?.Tip ?? new RowPosition(parts.NextLsn(), 0);
        return start.Find(view, tip, new ReadContext(options.AccountId, NowMillis, log?.NumbersCarryTime ?? true), out from);
    }

    /// <summary>Finds a shard as it is now, and where its records are.</summary>
    public Refusal? FindLog(string streamName, int shardIndex, out ShardView view, out IRecordLog log)
    {
        log = null!;
        if (!catalog.TryFindShard(streamName, shardIndex, out view))
        {
            return NoShard(streamName, shardIndex);
        }

        if (logs.Of(view.Role) is not { } found)
        {
            return Refusal.InvalidArgument(
                $"The records of stream {streamName} are not kept: they have become readings. What came of them can be read " +
                "from a stream of the role transitions or downtimes.");
        }

        log = found;
        return null;
    }

    public static bool IsEnd(ReadPage page, ShardView view, IRecordLog log) =>
        page.IsAtTip && !view.Shard.IsOpen && log.Tip.Lsn > view.Shard.LsnLast;

    public static long MillisBehind(ReadPage page, long nowMillis) => page.IsAtTip
        ? 0
        : Math.Max(1, page.Records.Count > 0 ? nowMillis - page.Records[^1].ArrivedMillis : 1);

    public static void WriteRecords(ReadPage page, AnswerWriter answer)
    {
        answer.Name("Records");
        answer.StartList();
        foreach (var record in page.Records)
        {
            answer.StartMap();
            answer.Name("ApproximateArrivalTimestamp");
            answer.Timestamp(record.ArrivedMillis);
            answer.Name("Data");
            answer.Value(record.Data);
            answer.Member("PartitionKey", Encoding.UTF8.GetString(record.PartitionKey));
            answer.Member("SequenceNumber", record.Number.ToString());
            answer.EndMap();
        }

        answer.EndList();
    }

    public static void WriteChildren(ShardView view, AnswerWriter answer)
    {
        answer.Name("ChildShards");
        answer.StartList();
        foreach (var child in view.Children)
        {
            answer.StartMap();
            answer.Member("ShardId", child.Id);
            answer.Name("ParentShards");
            answer.StartList();
            foreach (var parent in new[] { child.ParentIndex, child.AdjacentParentIndex }.OfType<int>())
            {
                answer.Value(StreamShard.IdOf(parent));
            }

            answer.EndList();
            answer.Name("HashKeyRange");
            answer.StartMap();
            answer.Member("StartingHashKey", child.HashKeys.StartText);
            answer.Member("EndingHashKey", child.HashKeys.EndText);
            answer.EndMap();
            answer.EndMap();
        }

        answer.EndList();
    }

    private Refusal NoShard(string streamName, int index) => Refusal.NotFound(
        $"Shard {StreamShard.IdOf(index)} in stream {streamName} under account {options.AccountId} does not exist");

    // Thu Jan 22 01:22:02 UTC 2015
    private static string AmazonTime(long millis) =>
        DateTime.UnixEpoch.AddMilliseconds(millis).ToString("ddd MMM dd HH:mm:ss 'UTC' yyyy", CultureInfo.InvariantCulture);
}
