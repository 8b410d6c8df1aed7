using System.Text;
using HotPath.Engine.Decode;
using HotPath.Engine.Ring;
using HotPath.Kinesis.Raw;
using HotPath.Kinesis.Read;
using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Put;

/// <summary>
/// Takes the records of a call that was read: routes each to its shard, decodes it into the call's staging block, and
/// publishes the block whole or not at all. Any thread, each with its own call. Never allocates for a call in good order.
/// </summary>
internal sealed class PutOperations(
    KinesisOptions options, StreamCatalog catalog, KinesisCounters counters, RawLog? raw)
{
    private readonly KinesisLimits _limits = options.Limits;

    /// <summary>Stages every record, or says why not; nothing is published yet.</summary>
    public Refusal? Stage(in PutInput input, out OpenShards open)
    {
        var call = input.Call;
        var name = call.Bytes(input.Body, call.StreamName);
        if (!catalog.TryGetOpen(name, input.NowMicros, out open))
        {
            return catalog.RefusePut(Encoding.UTF8.GetString(name));
        }

        var refusal = CheckSizes(input, open) ?? CheckOrdering(input, open) ?? Route(input, open);
        call.Scratch.Clear();
        call.Intake.BeginCall(input.Body.Length);
        if (raw is not null)
        {
            call.Raw.Begin(name, input.NowMicros);
        }

        // Shard by shard, as the service numbers them: those of one shard follow each other without a gap.
        var order = call.OrderByShard(open.Count);
        for (var at = 0; refusal is null && at < order.Length; at++)
        {
            refusal = StageRecord(input, open, ref call[order[at]]);
        }

        return refusal;
    }

    /// <summary>Publishes what was staged.</summary>
    /// <param name="lsnFirst">The LSN of the call's first slot.</param>
    public Refusal? Publish(in PutInput input, OpenShards open, out long lsnFirst)
    {
        var call = input.Call;
        switch (raw is null ? call.Intake.TryPublish(call.Staged, out lsnFirst) : PublishKept(call, open, raw, out lsnFirst))
        {
            case PublishOutcome.Published:
                counters.OnPublished(call.Records.Length, call.Staged.Count, call.Staged.RejectedCount, BytesOf(call));
                return null;
            case PublishOutcome.Full:
                counters.OnThrottled(call.Records.Length);
                return Refusal.Throttled(
                    $"Rate exceeded for shard {open[call.Records[0].ShardAt].Id} in stream {open.Name} under account " +
                    $"{options.AccountId}.");
            case PublishOutcome.TooLarge:
                return TooLarge(call);
            default:
                return Refusal.Closed;
        }
    }

    private Refusal? StageRecord(in PutInput input, OpenShards open, ref PutRecord record)
    {
        var call = input.Call;
        var data = call.Bytes(input.Body, record.Data);
        if (input.Format == WireFormat.Json)
        {
            var room = call.Scratch.Reserve(data.Length);
            if (!Base64Text.TryDecode(data, room, out var written))
            {
                return input.SlowRefusal();
            }

            data = room[..written];
        }

        var shard = open[record.ShardAt];
        var origin = new RecordOrigin(open.Listener, shard.SourceIndex, input.NowMicros, open.TimestampUnit);
        record.SlotAt = call.Staged.Count;
        if (!call.Intake.Decode(data, origin, call.Staged))
        {
            return TooLarge(call);
        }

        if (raw is not null)
        {
            call.Raw.Add(record.SlotAt, shard.Index, call.Bytes(input.Body, record.PartitionKey), data);
        }

        return null;
    }

    /// <summary>Published and kept in one, so that records are kept in the order of their LSNs; or neither.</summary>
    private static PublishOutcome PublishKept(PutCall call, OpenShards open, RawLog log, out long lsnFirst)
    {
        lsnFirst = 0;
        call.Raw.End();
        lock (log.Order)
        {
            if (log.IsClosed)
            {
                return PublishOutcome.Closed;
            }

            // Shards that others took over from meanwhile: the caller comes again, and is routed to those.
            if (open.IsClosed || !log.HasRoom(call.Raw.Bytes))
            {
                return PublishOutcome.Full;
            }

            var outcome = call.Intake.TryPublish(call.Staged, out lsnFirst);
            if (outcome == PublishOutcome.Published)
            {
                log.Append(call.Raw, lsnFirst);
            }

            return outcome;
        }
    }

    private static Refusal? Route(in PutInput input, OpenShards open)
    {
        RouteByKeys(input, open);
        Refusal? refusal = null;
        for (var index = 0; refusal is null && index < input.Call.Records.Length; index++)
        {
            ref var record = ref input.Call[index];
            refusal = record.ExplicitHashKey.IsPresent ? RouteExplicitly(input, open, ref record) : null;
        }

        return refusal;
    }

    private static Refusal? RouteExplicitly(in PutInput input, OpenShards open, ref PutRecord record)
    {
        var text = input.Call.Bytes(input.Body, record.ExplicitHashKey);
        if (!HashKeyRange.TryParseKey(text, out var explicitKey))
        {
            return Refusal.InvalidArgument(
                "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was " +
                Encoding.UTF8.GetString(text));
        }

        record.ShardAt = open.Find(explicitKey);
        return null;
    }

    /// <summary>Each record without a hash key of its own to the shard that takes its partition key's; none is refused.</summary>
    private static void RouteByKeys(in PutInput input, OpenShards open)
    {
        var call = input.Call;
        if (open.Count == 1)
        {
            // One shard takes every key: no need to know its hash. Records come with place 0.
            return;
        }

        var lanes = call.HashKeys;
        Span<int> records = stackalloc int[HashKeyLanes.LaneCount];
        for (var index = 0; index < call.Records.Length; index++)
        {
            ref var record = ref call[index];
            var key = call.Bytes(input.Body, record.PartitionKey);
            if (record.ExplicitHashKey.IsPresent)
            {
                continue;
            }

            if (key.Length > HashKeyLanes.KeyBytesMax)
            {
                record.ShardAt = open.Find(HashKeyRange.KeyOf(key));
                continue;
            }

            records[lanes.Count] = index;
            lanes.Add(key);
            if (lanes.IsFull)
            {
                RouteLanes(call, open, records);
            }
        }

        RouteLanes(call, open, records);
    }

    private static void RouteLanes(PutCall call, OpenShards open, ReadOnlySpan<int> records)
    {
        var hashKeys = call.HashKeys.Take();
        for (var lane = 0; lane < hashKeys.Length; lane++)
        {
            call[records[lane]].ShardAt = open.Find(hashKeys[lane]);
        }
    }

    private Refusal? CheckSizes(in PutInput input, OpenShards open)
    {
        var call = input.Call;
        var total = 0L;
        var recordBytesMax = Math.Min(_limits.RecordBytesMax, open.RecordBytesMax);
        for (var index = 0; index < call.Records.Length; index++)
        {
            ref readonly var record = ref call.Records[index];
            var bytes = record.DataBytes + record.PartitionKey.Length;
            total += bytes;
            if (bytes > recordBytesMax)
            {
                return Refusal.Validation(
                    $"1 validation error detected: Value at 'records.{index + 1}.member.data' failed to satisfy " +
                    $"constraint: Member must have length less than or equal to {recordBytesMax}");
            }
        }

        return total <= _limits.RequestBytesMax
            ? null
            : Refusal.InvalidArgument($"Records size exceeds {_limits.RequestBytesMax / (1024 * 1024)} MB limit");
    }

    /// <summary>LSNs only rise, so any number that was given out is below the next one; one of a later time is refused.</summary>
    private Refusal? CheckOrdering(in PutInput input, OpenShards open)
    {
        var ordering = input.Call.SequenceNumberForOrdering;
        if (!ordering.IsPresent)
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(input.Call.Bytes(input.Body, ordering));
        return SequenceClaim.TryParse(text, out var claim) && claim.RecordedSeconds <= input.NowMicros / 1_000_000
            ? null
            : Refusal.InvalidArgument(
                $"ExclusiveMinimumSequenceNumber {text} used in PutRecord on stream {open.Name} under account " +
                $"{options.AccountId} is invalid.");
    }

    private static Refusal TooLarge(PutCall call) => Refusal.InvalidArgument(
        $"The {call.Records.Length} records of this call hold more readings than can be taken at once. " +
        "Send fewer records per call.");

    private static long BytesOf(PutCall call)
    {
        var bytes = 0L;
        foreach (ref readonly var record in call.Records)
        {
            bytes += record.DataBytes;
        }

        return bytes;
    }
}
