using HotPath.Engine.Agents;
using HotPath.Engine.Ledger;
using HotPath.Engine.Native;
using HotPath.Kinesis.Put;
using HotPath.Kinesis.Raw;
using HotPath.Kinesis.Read;
using HotPath.Kinesis.Signing;
using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;
using Microsoft.AspNetCore.Connections;

namespace HotPath.Kinesis.Http;

/// <summary>
/// One request from its headers to its answer, in the order in which the service checks: size, method, body, encoding,
/// operation, signature, types, constraints, and only then the streams. Any thread.
/// </summary>
internal sealed class KinesisHandler : IDisposable
{
    private readonly KinesisOptions _options;
    private readonly IClock _clock;
    private readonly Action<Exception> _onFault;
    private readonly KinesisCounters _counters;
    private readonly SignatureVerifier _verifier;
    private readonly Schemas _schemas;
    private readonly BodyMemory _bodyMemory;
    private readonly PutHandler _puts;
    private readonly RawLog? _raw;
    private readonly RecordLogs _logs;
    private readonly SubscribeHandler _subscribe;
    private readonly Subscriptions _subscriptions = new();
    private readonly Dictionary<KinesisOperation, StreamOperation> _operations;

    public KinesisHandler(KinesisOptions options, KinesisParts parts, KinesisCounters counters)
    {
        _options = options;
        _clock = parts.Clock;
        _onFault = parts.OnFault;
        _counters = counters;
        _verifier = new SignatureVerifier(options.VerifiesSignatures ? AccessKeys.Load(options.KeysPath!) : null);
        _schemas = new Schemas(options.Limits);
        _bodyMemory = new BodyMemory(options.Limits.BodiesBytesMax, counters);

        var hashKeys = new MachineHashKeys(parts.Names.Equipment);
        _raw = options.Raw is { } kept ? OpenRaw(kept, options.Limits, parts) : null;
        var catalog = new StreamCatalog(options, parts, _raw);
        var puts = new PutOperations(options, catalog, counters, _raw);
        _puts = new PutHandler(options.Limits, parts, _verifier, _schemas, puts, _raw);
        _logs = new RecordLogs(parts, hashKeys, _raw);
        var reads = new ReadOperations(options, catalog, _logs, parts);
        var consumers = new ConsumerOperations(options, catalog);
        _subscribe = new SubscribeHandler(options.Limits, reads, consumers, _subscriptions, parts.OnFault);
        _operations = StreamOperationTable.Of(options, catalog, reads, consumers);
    }

    /// <summary>The raw records that are kept; null = none are.</summary>
    public RawLog? Raw => _raw;

    /// <summary>Starts what runs beside the calls.</summary>
    public void Start() => _raw?.Start();

    public async Task HandleAsync(HttpContext http)
    {
        _counters.OnCallBegun();
        var operation = KinesisOperation.Unknown;
        var outcome = CallOutcome.Failed;
        using var body = new RequestBody(_bodyMemory, _options.Limits.BodyBytesMax);
        try
        {
            var head = RequestHead.Read(http.Request);
            operation = head.Operation;
            outcome = await AnswerAsync(http, head, body);
        }
        catch (Exception fault) when (
            fault is ConnectionResetException or BadHttpRequestException or OperationCanceledException
            || http.RequestAborted.IsCancellationRequested)
        {
            outcome = CallOutcome.Aborted;
            http.Abort();
        }
        catch (Exception fault)
        {
            // The edge: whatever it was, the caller hears of it, the operator too, and the next call is served.
            _onFault(fault);
            await FailAsync(http, fault is LedgerFaultException ? Refusal.LedgerDamaged : Refusal.InternalFailure);
        }
        finally
        {
            _counters.OnCallEnded(operation, outcome);
        }
    }

    /// <summary>Reads the file of access keys again. With a fault the keys there were stay in force.</summary>
    /// <exception cref="KinesisConfigurationException">The file cannot be read or understood.</exception>
    public void ReloadKeys()
    {
        if (_options.VerifiesSignatures)
        {
            _verifier.Take(AccessKeys.Load(_options.KeysPath!));
        }
    }

    /// <summary>Answers that go on for minutes end now, so that a stop need not wait for them.</summary>
    public void EndSubscriptions() => _subscriptions.EndAll();

    public void Dispose()
    {
        _puts.Dispose();
        _logs.Dispose();
        _raw?.Dispose();
        _subscriptions.Dispose();
    }

    /// <exception cref="KinesisConfigurationException">Its files cannot be read.</exception>
    private static RawLog OpenRaw(RawLogOptions options, KinesisLimits limits, KinesisParts parts)
    {
        try
        {
            return new RawLog(options, limits.CallFrameBytesMax, parts.Journal, parts.Clock, parts.OnFault);
        }
        catch (DiskFaultException fault)
        {
            throw new KinesisConfigurationException($"Raw records cannot be kept: {fault.Message}", fault);
        }
    }

    private static async ValueTask FailAsync(HttpContext http, Refusal refusal)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        await Answer.Of(refusal, RequestHead.Read(http.Request).Format).SendAsync(http.Response);
    }

    private async ValueTask<CallOutcome> AnswerAsync(HttpContext http, RequestHead head, RequestBody body)
    {
        var isSmall = http.Request.ContentLength <= KinesisLimits.StrangerBodyBytesMax;
        if (!isSmall
            && head.Kind is ContentKind.Json or ContentKind.Cbor
            && _verifier.RefuseStranger(http.Request) is { } stranger)
        {
            http.Response.Headers.Connection = "close";
            _ = ResponseHead.Begin(http);
            return await Answer.Of(stranger, head.Format).SendAsync(http.Response);
        }

        var received = http.Request.ContentLength > _options.Limits.BodyBytesMax
            ? ReceiveOutcome.TooLarge
            : await body.ReceiveAsync(http.Request.BodyReader, http.RequestAborted);
        if (received == ReceiveOutcome.TooLarge)
        {
            http.Response.Headers.Connection = "close";
            return await new Answer(413, null, default, CallOutcome.Invalid).SendAsync(http.Response);
        }

        _counters.OnBodyReceived(body.Count);
        if (ResponseHead.Begin(http))
        {
            return CallOutcome.Answered;
        }

        if (received == ReceiveOutcome.NoMemory)
        {
            http.Response.Headers.Connection = "close";
            return await Answer.Of(Refusal.NoMemory, head.Format).SendAsync(http.Response);
        }

        if (RefuseByHead(http.Request, head, body) is { } refused)
        {
            return await refused.SendAsync(http.Response);
        }

        return head.Operation is KinesisOperation.PutRecord or KinesisOperation.PutRecords
            && head.Kind is ContentKind.Json or ContentKind.Cbor
            ? await _puts.AnswerAsync(http, head, body)
            : await OperateAsync(http, head, body);
    }

    /// <summary>What can be said without looking into the body.</summary>
    private static Answer? RefuseByHead(HttpRequest request, RequestHead head, RequestBody body)
    {
        if (!HttpMethods.IsPost(request.Method))
        {
            return NotToBeAuthorized();
        }

        if (body.Count == 0)
        {
            // Whoever says nothing at all is answered in CBOR, unless he says that he speaks JSON.
            return Answer.Of(
                head.Operation == KinesisOperation.Unknown ? Refusal.UnknownOperation : Refusal.Serialization,
                head.Kind == ContentKind.Json ? WireFormat.Json : WireFormat.Cbor);
        }

        if (head.Kind == ContentKind.Other)
        {
            return head.NamesOperation
                ? Answer.Tagged(404, "UnknownOperationException", null, CallOutcome.Invalid)
                : NotToBeAuthorized();
        }

        return null;
    }

    private static Answer NotToBeAuthorized() => Answer.Tagged(
        403,
        "AccessDeniedException",
        "Unable to determine service/operation name to be authorized",
        CallOutcome.Denied);

    /// <summary>Every call but the puts, and everything that turns out to be none.</summary>
    private ValueTask<CallOutcome> OperateAsync(HttpContext http, RequestHead head, RequestBody body)
    {
        var answer = Operate(http.Request, head, body, out var args);
        return answer is { } whole ? whole.SendAsync(http.Response) : _subscribe.AnswerAsync(http, head.Format, args);
    }

    /// <returns>Null for a subscription in good order: its answer is no whole one.</returns>
    private Answer? Operate(HttpRequest request, RequestHead head, RequestBody body, out WireValue.Map args)
    {
        args = WireValue.Map.Empty;
        var isParsed = WireFormats.TryRead(head.Format, body.Memory, out var tree);
        if (head.Kind == ContentKind.PlainJson)
        {
            return isParsed
                ? Answer.OldStyle(404, "UnknownOperationException")
                : Answer.OldStyle(400, "SerializationException");
        }

        if (!isParsed)
        {
            return Answer.Of(Refusal.Serialization, head.Format);
        }

        if (head.Operation == KinesisOperation.Unknown)
        {
            return Answer.Of(Refusal.UnknownOperation, head.Format);
        }

        var refusal = _verifier.Verify(request, body.Bytes, _clock.NowMicros / 1_000_000, new ByteBuilder())
            ?? _schemas.Check(head.Operation, tree, out args);
        if (refusal is null && head.Operation == KinesisOperation.SubscribeToShard)
        {
            return null;
        }

        var writer = AnswerWriter.For(head.Format);
        refusal ??= _operations[head.Operation](args, writer);
        return refusal is null ? Answer.Of(writer, head.Format) : Answer.Of(refusal, head.Format);
    }
}

/// <summary>A call on streams: reads its arguments, writes its answer, or says why not.</summary>
internal delegate Refusal? StreamOperation(WireValue.Map args, AnswerWriter answer);
