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
    private readonly DatagramSinkOptions _options;
    private readonly SendWindow? _window;
    private readonly FrameWriter? _frames;
    private readonly NetworkFaults _faults;
    private readonly int _batchDatagrams;
    private readonly int _headerBytes;
    private readonly int _overheadBytes;
    private readonly int _readingsMax;
    private Datagram _datagram = Datagram.Empty;
    private long _datagramCount;
    private int _payloadBytes;
    private int _againVoid;
    private bool _wasSent;
    private long _heartbeatDueNanos;

    public DatagramSink(DatagramBatch batch, IPieceEncoder encoder, DatagramSinkOptions options, LoadCounters counters)
    {
        _batch = batch;
        _encoder = encoder;
        _counters = counters;
        _options = options;
        _window = options.Window;
        _batchDatagrams = Math.Clamp((_window?.DatagramsMax ?? int.MaxValue) / 4, 1, DatagramBatch.DatagramsMax);
        _readingsMax = options.DatagramReadings > 0 ? options.DatagramReadings : int.MaxValue;
        _faults = new NetworkFaults(options);
        if (options.Frames is { } frames)
        {
            var nowNanos = NowNanos;
            _frames = new FrameWriter(SplitMix.Mix(options.Seed), nowNanos, frames, DatagramBytesMax);
            _headerBytes = DatagramFrame.HeaderBytes;
            _overheadBytes = _frames.OverheadBytes;
            _heartbeatDueNanos = nowNanos + HeartbeatNanos;
        }
    }

    public int PiecesPerScan => _encoder.PiecesPerScan;

    public TimeSpan Linger => TimeSpan.FromMilliseconds(2);

    private long NowNanos => (_options.Time.GetUtcNow().Ticks - UnixEpochTicks) * 100;

    public int ReadingsIn(int piece) => _encoder.ReadingsIn(piece);

    public void Add(in Scan scan, int piece, bool again = false)
    {
        var readings = _encoder.ReadingsIn(piece);
        if (_overheadBytes + _payloadBytes + _encoder.PieceBytesMax > DatagramBytesMax
            || _datagram.Readings + readings > _readingsMax)
        {
            CloseDatagram();
        }

        // The first copy stands in this datagram, or was the last piece of the one before.
        if (again && _datagram.Readings == 0 && !_wasSent)
        {
            _againVoid += readings;
        }

        _payloadBytes += _encoder.Encode(scan, piece, _batch.Free[(_headerBytes + _payloadBytes)..]);
        _datagram.Readings += readings;
        _datagram.Again += again ? readings : 0;
        _datagram.MillisMin = Math.Min(_datagram.MillisMin, scan.Millis);
        _datagram.MillisMax = Math.Max(_datagram.MillisMax, scan.Millis);
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
        if (_faults.TakeHeldAtEnd(_batch.Free, out var held))
        {
            Send(held);
        }

        for (var count = 0; _frames is not null && count < HeartbeatsAtEnd; count++)
        {
            AddHeartbeat(NowNanos);
        }

        SendBatch();
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < _options.Afterwards;)
        {
            Thread.Sleep(1);
            SendBatch();
        }

        AwaitWindow(inFlightMax: 0);
    }

    public void Dispose() => _batch.Dispose();

    private void CloseDatagram()
    {
        if (_datagram.Readings == 0)
        {
            return;
        }

        _datagram.Bytes = _frames?.Write(_batch.Free, _payloadBytes, _datagram.Readings, NowNanos) ?? _payloadBytes;
        _datagram.Number = ++_datagramCount;
        _wasSent = !_faults.Withholds();
        _counters.DuplicatesVoid += _wasSent ? _againVoid : _datagram.Again;
        if (!_wasSent)
        {
            _counters.Withheld += _datagram.Readings;
            _counters.DatagramsWithheld++;
        }
        else if (!_faults.TryHold(_batch.Free[.._datagram.Bytes], _datagram))
        {
            Send(_datagram);
            if (_faults.TakeHeld(_batch.Free, out var held))
            {
                Send(held);
            }
        }

        _datagram = Datagram.Empty;
        _payloadBytes = _againVoid = 0;
    }

    /// <summary>Sends what stands at the free place, now and perhaps once more.</summary>
    private void Send(in Datagram datagram)
    {
        var bytes = _batch.Free[..datagram.Bytes];
        Add(datagram.Bytes);
        _counters.Datagrams++;
        if (_faults.IsLate(datagram, out var lateMillis))
        {
            _counters.DatagramsReordered++;
            _counters.ReorderedMillisMax = Math.Max(_counters.ReorderedMillisMax, lateMillis);
        }

        if (_faults.Repeats())
        {
            // Where the batch went out meanwhile its memory is as it was.
            bytes.CopyTo(_batch.Free);
            Add(datagram.Bytes);
            _counters.DatagramsRepeated++;
            _counters.Repeated += datagram.Readings;
        }
    }

    private void Add(int bytes)
    {
        _batch.Add(bytes);
        _counters.Bytes += bytes;
        if (_batch.Count >= _batchDatagrams)
        {
            SendBatch();
        }
    }

    private void AddHeartbeat(long nowNanos)
    {
        var bytes = _frames!.WriteHeartbeat(_batch.Free, nowNanos);
        _batch.Add(bytes);
        _counters.Bytes += bytes;
        _counters.Heartbeats++;
        _heartbeatDueNanos = nowNanos + HeartbeatNanos;
    }

    private void SendBatch()
    {
        if (_frames is not null && NowNanos is var now && now >= _heartbeatDueNanos && !_batch.IsFull)
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
