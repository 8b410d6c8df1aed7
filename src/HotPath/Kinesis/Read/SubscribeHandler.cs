using HotPath.Engine.Ledger;
using HotPath.Kinesis.Http;
using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;
using HotPath.Outputs;

namespace HotPath.Kinesis.Read;

/// <summary>
/// SubscribeToShard: an answer that goes on for minutes, event by event. Any thread, one task a subscription. It begins
/// with the event <c>initial-response</c>, without which some clients refuse it; silence is told every few seconds; it
/// ends by itself, and the caller subscribes again behind the continuation number.
/// </summary>
internal sealed class SubscribeHandler(
    KinesisLimits limits, ReadOperations reads, ConsumerOperations consumers, Subscriptions subscriptions, Action<Exception> onFault)
{
    private const int RecordsPerEventMax = 1_000;

    /// <summary>A place within an LSN that no row has.</summary>
    private const long PlaceMax = (1L << 36) - 1;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public async ValueTask<CallOutcome> AnswerAsync(HttpContext http, WireFormat format, WireValue.Map args)
    {
        var consumerArn = args.TextOf("ConsumerARN")!;
        var refusal = Begin(args, consumerArn, out var shard, out var from);
        if (refusal is not null)
        {
            return await Answer.Of(refusal, format).SendAsync(http.Response);
        }

        if (subscriptions.TryBegin(consumerArn, shard.Shard.Index, reads.NowMillis) is not { } subscription)
        {
            return await Answer.Of(
                Refusal.InUse($"Another active subscription exists for this consumer: {consumerArn} on shard {shard.Shard.Id}."),
                format).SendAsync(http.Response);
        }

        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(subscription.Ending, http.RequestAborted);
            await SendAsync(http.Response, format, shard, from, ending.Token);
        }
        catch (OperationCanceledException)
        {
            // Taken over, stopping, or the caller has gone: the end of a subscription, and nothing else.
        }
        catch (LedgerFaultException damage)
        {
            onFault(damage);
            await SendAsync(http.Response, ExceptionOf(Refusal.LedgerDamaged, format), http.RequestAborted);
            return CallOutcome.Failed;
        }
        finally
        {
            subscriptions.End(consumerArn, shard.Shard.Index, subscription);
        }

        return CallOutcome.Answered;
    }

    private Refusal? Begin(WireValue.Map args, string consumerArn, out ShardView shard, out ReadFrom from)
    {
        (shard, from) = (null!, default);
        var position = args.MapOf("StartingPosition")!;
        var start = new ReadStart(position.TextOf("Type")!, position.TextOf("SequenceNumber"), position.TimestampOf("Timestamp"));
        return consumers.Find(consumerArn, out var streamName)
            ?? reads.Begin(streamName, args.TextOf("ShardId")!, start, out shard, out from)
            ?? reads.FindLog(streamName, shard.Shard.Index, out _, out _);
    }

    private async Task SendAsync(
        HttpResponse response, WireFormat format, ShardView shard, ReadFrom from, CancellationToken ending)
    {
        response.ContentType = EventStream.ContentType;
        await response.StartAsync(ending);
        var empty = AnswerWriter.For(format);
        empty.StartMap();
        empty.EndMap();
        await SendAsync(response, EventStream.Event("initial-response", WireFormats.ContentType(format), empty.Finish().Span), ending);

        using var pause = new PeriodicTimer(Pause);
        var begunMillis = reads.NowMillis;
        var toldMillis = 0L;
        while (reads.NowMillis - begunMillis < limits.SubscriptionMs)
        {
            if (reads.FindLog(shard.StreamName, shard.Shard.Index, out var view, out var log) is { } gone)
            {
                await SendAsync(response, ExceptionOf(gone, format), ending);
                return;
            }

            var page = log.Read(view.StreamName, view.Shard, from, RecordsPerEventMax);
            from = page.Next;
            var isEnd = ReadOperations.IsEnd(page, view, log);
            if (isEnd || page.Records.Count > 0 || reads.NowMillis - toldMillis >= limits.SubscriptionSilenceMs)
            {
                toldMillis = reads.NowMillis;
                await SendAsync(response, EventOf(page, view, isEnd, format), ending);
            }

            if (isEnd)
            {
                return;
            }

            if (page.IsAtTip)
            {
                await pause.WaitForNextTickAsync(ending);
            }
        }
    }

    private static async Task SendAsync(HttpResponse response, byte[] message, CancellationToken ending)
    {
        await response.Body.WriteAsync(message, ending);
        await response.Body.FlushAsync(ending);
    }

    private byte[] EventOf(ReadPage page, ShardView view, bool isEnd, WireFormat format)
    {
        var answer = AnswerWriter.For(format);
        answer.StartMap();
        ReadOperations.WriteRecords(page, answer);
        answer.Member("MillisBehindLatest", ReadOperations.MillisBehind(page, reads.NowMillis));
        if (isEnd)
        {
            ReadOperations.WriteChildren(view, answer);
        }
        else
        {
            answer.Member("ContinuationSequenceNumber", NumberBefore(page.Next.Position, view.Shard).ToString());
        }

        answer.EndMap();
        return EventStream.Event("SubscribeToShardEvent", WireFormats.ContentType(format), answer.Finish().Span);
    }

    /// <summary>The number after which reading goes on exactly at a position; it need not be that of a record.</summary>
    private static SequenceNumber NumberBefore(RowPosition position, StreamShard shard) => position.Place > 0
        ? new SequenceNumber(shard.CreatedSeconds, shard.Index, position.Lsn, position.Place - 1)
        : new SequenceNumber(shard.CreatedSeconds, shard.Index, Math.Max(0, position.Lsn - 1), PlaceMax);

    private static byte[] ExceptionOf(Refusal refusal, WireFormat format)
    {
        var answer = AnswerWriter.For(format);
        answer.StartMap();
        answer.Member("message", refusal.Message ?? refusal.Type);
        answer.EndMap();
        return EventStream.Exception(refusal.Type, WireFormats.ContentType(format), answer.Finish().Span);
    }
}
