using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;

namespace HotPath.LoadGenerator.Kinesis;

/// <summary>
/// Packs pieces into records and records into calls, one call at a time on one connection, so that the order of its
/// gateways is kept. A call that is throttled, fails, or is not answered goes out again, the same records: what was
/// made is never lost. Owned by the thread of its feed; while a call is under way, so is the thread.
/// </summary>
internal sealed class PutRecordsSink : IPieceSink
{
    private const int BackOffMillisMin = 2;
    private const int BackOffMillisMax = 500;

    private readonly HttpConnection _connection;
    private readonly RequestSigner _signer;
    private readonly IPieceEncoder _encoder;
    private readonly PutRecordsSinkOptions _options;
    private readonly LoadCounters _counters;
    private readonly PutRecordsCall _call;
    private readonly byte[] _record;
    private readonly KplRecord? _aggregate;
    private readonly int[] _failed = new int[PutRecordsCall.RecordsMost];
    private byte[] _partitionKey = [];
    private int _recordBytes;
    private int _recordReadings;

    public PutRecordsSink(
        HttpConnection connection,
        RequestSigner signer,
        IPieceEncoder encoder,
        PutRecordsSinkOptions options,
        LoadCounters counters)
    {
        _connection = connection;
        _signer = signer;
        _encoder = encoder;
        _options = options;
        _counters = counters;
        _record = new byte[Math.Max(options.RecordBytes, encoder.PieceBytesMax)];
        if (options.Aggregates)
        {
            _aggregate = new KplRecord(KplRecord.OverheadBytes + _record.Length + encoder.PieceBytesMax + KplRecord.InnerOverheadBytes);
        }

        _call = new PutRecordsCall(
            options.Stream, options.RecordsPerCall, KplRecord.OverheadBytes + _record.Length + KplRecord.InnerOverheadBytes);
    }

    public int PiecesPerScan => _encoder.PiecesPerScan;

    public TimeSpan Linger => TimeSpan.FromMilliseconds(20);

    public int ReadingsIn(int piece) => _encoder.ReadingsIn(piece);

    public void Add(in Scan scan, int piece, bool again = false)
    {
        var partitionKey = _options.Plant.SourceName(scan.Machine);
        if (_recordBytes + _encoder.PieceBytesMax > _record.Length || partitionKey != _partitionKey)
        {
            CloseRecord();
            _partitionKey = partitionKey;
        }

        var bytes = _encoder.Encode(scan, piece, _record.AsSpan(_recordBytes));
        AddToAggregate(_record.AsSpan(_recordBytes, bytes));
        _recordBytes += bytes + (_aggregate is null ? 0 : KplRecord.InnerOverheadBytes);
        _recordReadings += _encoder.ReadingsIn(piece);
        if (_options.RecordBytes == 0)
        {
            CloseRecord();
        }
    }

    public void Flush()
    {
        CloseRecord();
        SendCall();
    }

    public void Finish() => Flush();

    public void Dispose() => _connection.Dispose();

    private void AddToAggregate(ReadOnlySpan<byte> piece)
    {
        if (_aggregate is null)
        {
            return;
        }

        if (_recordReadings == 0)
        {
            _aggregate.Begin(_partitionKey);
        }

        _aggregate.Add(piece);
    }

    private void CloseRecord()
    {
        if (_recordReadings == 0)
        {
            return;
        }

        _call.Add(_aggregate is null ? _record.AsSpan(0, _recordBytes) : _aggregate.Close(), _partitionKey, _recordReadings);
        _recordBytes = _recordReadings = 0;
        if (_call.IsFull)
        {
            SendCall();
        }
    }

    private void SendCall()
    {
        if (_call.Records == 0)
        {
            return;
        }

        _counters.Calls++;
        _counters.Records += _call.Records;
        var backOffMillis = BackOffMillisMin;
        for (var since = Stopwatch.GetTimestamp(); !TrySend(since);)
        {
            _counters.CallsResent++;
            Thread.Sleep(backOffMillis);
            backOffMillis = Math.Min(backOffMillis * 2, BackOffMillisMax);
        }

        _call.Clear();
    }

    /// <summary>True once every record of the call is acknowledged.</summary>
    private bool TrySend(long since)
    {
        int status;
        var call = _call.Seal(_signer, _options.Time.GetUtcNow().UtcDateTime);
        var sentTicks = Stopwatch.GetTimestamp();
        try
        {
            status = _connection.Exchange(call.Span);
            _counters.ReceiverWaitTicks += Stopwatch.GetTimestamp() - sentTicks;
            _counters.Bytes += call.Length;
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            _counters.CallsUnanswered++;
            return Stopwatch.GetElapsedTime(since) < _options.Patience
                ? false
                : throw new LoadFault($"The Kinesis endpoint does not answer: {fault.Message}", fault);
        }

        if (status == 200)
        {
            return Acknowledge();
        }

        var again = status >= 500 || status == 429 || PutRecordsAnswer.SaysThrottled(_connection.AnswerBody);
        return again && Stopwatch.GetElapsedTime(since) < _options.Patience
            ? false
            : throw new LoadFault(
                $"The Kinesis endpoint refuses: {status} {Encoding.UTF8.GetString(_connection.AnswerBody)}");
    }

    private bool Acknowledge()
    {
        var failed = PutRecordsAnswer.FailedCount(_connection.AnswerBody) == 0
            ? 0
            : PutRecordsAnswer.FailedRecords(_connection.AnswerBody, _failed);
        if (failed == 0)
        {
            _counters.RecordsAcknowledged += _call.Records;
            _counters.ReadingsAcknowledged += _call.Readings;
            return true;
        }

        // A record behind a refused one was taken before it: those refused arrive later than the plan says.
        _counters.RecordsAcknowledged += _call.Records - failed;
        _counters.RecordsResent += failed;
        _counters.ReadingsAcknowledged += _call.KeepOnly(_failed.AsSpan(0, failed));
        return false;
    }
}

internal sealed record PutRecordsSinkOptions
{
    public required Plant Plant { get; init; }

    public required string Stream { get; init; }

    public required TimeProvider Time { get; init; }

    public int RecordsPerCall { get; init; } = 100;

    /// <summary>Pieces are packed into records of up to so many bytes; 0: every piece is a record.</summary>
    public int RecordBytes { get; init; }

    /// <summary>A record is a KPL aggregate, and a piece an inner record of it.</summary>
    public bool Aggregates { get; init; }

    /// <summary>How long one call is tried again.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);
}
