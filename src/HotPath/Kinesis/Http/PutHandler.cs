using HotPath.Engine.Agents;
using HotPath.Kinesis.Put;
using HotPath.Kinesis.Raw;
using HotPath.Kinesis.Signing;
using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Http;

/// <summary>
/// PutRecord and PutRecords from a received body to their answer: read, verify, stage, publish, wait for the journal,
/// write. Any thread.
/// </summary>
internal sealed class PutHandler : IDisposable
{
    private readonly KinesisLimits _limits;
    private readonly IDurableWait _durable;
    private readonly IClock _clock;
    private readonly SignatureVerifier _verifier;
    private readonly Schemas _schemas;
    private readonly PutOperations _puts;
    private readonly PutCallPool _calls;
    private readonly RawLog? _raw;

    public PutHandler(
        KinesisLimits limits, KinesisParts parts, SignatureVerifier verifier, Schemas schemas, PutOperations puts, RawLog? raw)
    {
        _raw = raw;
        _limits = limits;
        _durable = parts.Durable;
        _clock = parts.Clock;
        _verifier = verifier;
        _schemas = schemas;
        _puts = puts;
        _calls = new PutCallPool(parts.Intakes, limits);
    }

    public async ValueTask<CallOutcome> AnswerAsync(HttpContext http, RequestHead head, RequestBody body)
    {
        var call = await _calls.RentAsync(http.RequestAborted);
        try
        {
            var isBatch = head.Operation == KinesisOperation.PutRecords;
            var refusal = Take(http.Request, head, body, call, out var put);
            if (refusal is not null)
            {
                return await Answer.Of(refusal, head.Format).SendAsync(http.Response);
            }

            // Not with the request's own token: what is published is stored, whether or not the caller still listens.
            if (!await _durable.WaitAsync(put.LsnFirst + call.Staged.Count - 1, CancellationToken.None)
                || (_raw is not null && !await _raw.Written.WaitAsync(put.LsnFirst, CancellationToken.None)))
            {
                return await Answer.Of(Refusal.InternalFailure, head.Format).SendAsync(http.Response);
            }

            var result = new PutResult(head.Format, isBatch, put.LsnFirst, put.NowMicros / 1_000_000);
            PutAnswer.WriteHeaders(http.Response, call, result);
            await http.Response.StartAsync(http.RequestAborted);
            PutAnswer.Write(http.Response.BodyWriter, call, put.Open, result);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
            return CallOutcome.Answered;
        }
        finally
        {
            _calls.Return(call);
        }
    }

    public void Dispose() => _calls.Dispose();

    /// <summary>From bytes to slots in the ring, without a wait.</summary>
    private Refusal? Take(HttpRequest request, RequestHead head, RequestBody body, PutCall call, out Taken taken)
    {
        taken = default;
        var isBatch = head.Operation == KinesisOperation.PutRecords;
        var nowMicros = _clock.NowMicros;

        // The service looks at the form first. With a large body that is work which only a caller who is known is worth.
        var isLarge = body.Count > KinesisLimits.StrangerBodyBytesMax;
        if (isLarge && _verifier.Verify(request, body.Bytes, nowMicros / 1_000_000, call.Scratch) is { } stranger)
        {
            return stranger;
        }

        var parse = head.Format == WireFormat.Cbor
            ? call.Cbor.Read(body.Memory, call, isBatch)
            : PutJson.Read(body.Bytes, call, isBatch);
        if (parse == PutParse.NotParsable)
        {
            return Refusal.Serialization;
        }

        var refusal = isLarge ? null : _verifier.Verify(request, body.Bytes, nowMicros / 1_000_000, call.Scratch);
        if (refusal is not null)
        {
            return refusal;
        }

        var input = new PutInput(call, body.Memory, head.Format, nowMicros)
        {
            Operation = head.Operation,
            Schemas = _schemas,
        };
        if (parse == PutParse.Irregular || !PutRules.Hold(call, input.Body, head.Format, _limits))
        {
            return input.SlowRefusal();
        }

        var lsnFirst = 0L;
        refusal = _puts.Stage(input, out var open) is { } notStaged
            ? input.SlowRefusal(notStaged)
            : _puts.Publish(input, open, out lsnFirst);
        taken = new Taken(open, lsnFirst, nowMicros);
        return refusal;
    }

    private readonly record struct Taken(OpenShards Open, long LsnFirst, long NowMicros);
}
