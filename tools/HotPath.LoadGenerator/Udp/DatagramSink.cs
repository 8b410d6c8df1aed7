using System.Buffers.Binary;
using System.Diagnostics;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;

namespace HotPath.LoadGenerator.Udp;

/// <summary>
/// Fills datagrams with pieces, numbers them in frames, and sends them in batches while the window lets them. Owned by
/// the thread of its feed.
/// </summary>
internal sealed class DatagramSink : IPieceSink
{
    /// <summary>What fits an Ethernet frame with room for tunnels (WIRE.md).</summary>
    public const int DatagramBytesMax = 1_400;

    private const int HeartbeatsAtEnd = 3;
    private const long HeartbeatNanos = 1_000_000_000;
    private const long UnixEpochTicks = 621_355_968_000_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly DatagramBatch _batch;
    private readonly IPieceEncoder _encoder;
    private readonly LoadCounters _counters;
    private readonly TimeProvider _time;
    private readonly SendWindow? _window;
    private readonly int _batchDatagrams;
    private readonly int _headerBytes;
    private readonly double _lossShare;
    private DatagramHeader _header;
    private SplitMix _random;
    private int _payloadBytes;
    private int _readings;
    private long _heartbeatDueNanos;

    public DatagramSink(DatagramBatch batch, IPieceEncoder encoder, DatagramSinkOptions options, LoadCounters counters)
    {
        _batch = batch;
        _encoder = encoder;
        _counters = counters;
        _time = options.Time;
        _window = options.Window;
        _batchDatagrams = Math.Clamp((_window?.DatagramsMax ?? int.MaxValue) / 4, 1, DatagramBatch.DatagramsMax);
        _headerBytes = options.Framed ? DatagramFrame.HeaderBytes : 0;
        _lossShare = options.LossShare;
        _random = new SplitMix(SplitMix.Mix(options.Seed, 0x10551055));
        _header.Sender = SplitMix.Mix(options.Seed);
        _header.EpochNanos = NowNanos;
        _heartbeatDueNanos = _header.EpochNanos + HeartbeatNanos;
    }

    public int PiecesPerScan => _encoder.PiecesPerScan;

    public TimeSpan Linger => TimeSpan.FromMilliseconds(2);

    private bool Framed => _headerBytes > 0;

    private long NowNanos => (_time.GetUtcNow().Ticks - UnixEpochTicks) * 100;

    public int ReadingsIn(int piece) => _encoder.ReadingsIn(piece);

    public void Add(in Scan scan, int piece)
    {
        if (_headerBytes + _payloadBytes + _encoder.PieceBytesMax > DatagramBytesMax)
        {
            CloseDatagram();
        }

        _payloadBytes += _encoder.Encode(scan, piece, _batch.Free[(_headerBytes + _payloadBytes)..]);
        _readings += _encoder.ReadingsIn(piece);
    }

    public void Flush()
    {
        CloseDatagram();
        SendBatch();
    }

    /// <summary>
    /// The last heartbeats tell the receiver the totals, so that a lost last datagram is known to be lost.
    /// </summary>
    public void Finish()
    {
        CloseDatagram();
        for (var count = 0; Framed && count < HeartbeatsAtEnd; count++)
        {
            AddHeartbeat(NowNanos);
        }

        SendBatch();
        AwaitWindow(inFlightMax: 0);
    }

    public void Dispose() => _batch.Dispose();

    private void CloseDatagram()
    {
        if (_readings == 0)
        {
            return;
        }

        if (Framed)
        {
            WriteHeader();
        }

        if (_lossShare > 0 && _random.Happens(_lossShare))
        {
            _counters.Withheld += _readings;
            _counters.DatagramsWithheld++;
        }
        else
        {
            _batch.Add(_headerBytes + _payloadBytes);
            _counters.Datagrams++;
        }

        _payloadBytes = _readings = 0;
        if (_batch.Count >= _batchDatagrams)
        {
            SendBatch();
        }
    }

    private void WriteHeader()
    {
        _header.SentAtNanos = NowNanos;
        _header.Flags = 0;
        _header.ReadingCount = _readings;
        _header.PayloadBytes = _payloadBytes;
        DatagramFrame.WriteHeader(_batch.Free, _header);
        _header.Datagram++;
        _header.ReadingFirst += _readings;
    }

    /// <summary>Carries the next numbers of datagram and reading, and as payload the total of readings, u64.</summary>
    private void AddHeartbeat(long nowNanos)
    {
        _header.Flags = DatagramFrame.Heartbeat;
        _header.ReadingCount = 0;
        _header.PayloadBytes = sizeof(long);
        _header.SentAtNanos = nowNanos;
        DatagramFrame.WriteHeader(_batch.Free, _header);
        BinaryPrimitives.WriteInt64LittleEndian(_batch.Free[DatagramFrame.HeaderBytes..], _header.ReadingFirst);
        _header.Datagram++;
        _batch.Add(DatagramFrame.HeaderBytes + sizeof(long));
        _counters.Heartbeats++;
        _heartbeatDueNanos = nowNanos + HeartbeatNanos;
    }

    private void SendBatch()
    {
        if (Framed && NowNanos is var now && now >= _heartbeatDueNanos && !_batch.IsFull)
        {
            AddHeartbeat(now);
        }

        if (_batch.Count == 0)
        {
            return;
        }

        AwaitWindow((_window?.DatagramsMax ?? 0) - _batch.Count);
        _window?.OnSent(_batch.Count);
        _batch.Send();
        _counters.DatagramsRefused = _batch.RefusedCount;
    }

    /// <summary>Waits until no more than this is on its way. What is not confirmed for long is written off.</summary>
    private void AwaitWindow(long inFlightMax)
    {
        if (_window is null || _window.InFlight <= inFlightMax)
        {
            return;
        }

        var inFlight = _window.InFlight;
        var began = Stopwatch.GetTimestamp();
        var since = began;
        while (_window.InFlight > inFlightMax)
        {
            _window.Ask();
            Thread.Sleep(1);
            if (_window.InFlight < inFlight)
            {
                inFlight = _window.InFlight;
                since = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(since) > Patience)
            {
                _counters.DatagramsUnconfirmed += _window.WriteOff();
            }
        }

        _counters.ReceiverWaitTicks += Stopwatch.GetTimestamp() - began;
    }
}

internal sealed record DatagramSinkOptions
{
    public required TimeProvider Time { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Datagrams are HPU1 frames.</summary>
    public bool Framed { get; init; }

    public double LossShare { get; init; }

    /// <summary>Null: nobody reports, and the pace alone protects the receiver.</summary>
    public SendWindow? Window { get; init; }
}
