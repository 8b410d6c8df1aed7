using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using HotPath.Engine.Ledger;
using HotPath.Engine.Native;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>
/// A machine whose state flips with every datagram, sent at its due time whatever became of the ones before; the latency
/// runs from that due time until the transition stands in the ledger, from where every sink and the page take it. A second
/// reading in the same datagram, 2 ms later in event time, moves the watermark past the first.
/// </summary>
internal sealed class LatencyProbe : IDisposable
{
    private const int ReadingsEach = 2;
    private const int PollMillis = 1;

    private readonly string _ledger;
    private readonly Socket _socket = new(SocketType.Dgram, ProtocolType.Udp);
    private readonly TimeSpan _interval;
    private readonly ConcurrentDictionary<long, long> _dueByEventMicros = new();
    private readonly List<double> _latencyMs = [];
    private readonly Thread _sender;
    private readonly Thread _watcher;
    private volatile bool _isSending = true;
    private volatile bool _isWatching = true;
    private long _sent;

    public LatencyProbe(ServiceProcess service, int perSecond)
    {
        _ledger = service.Ledger;
        _socket.Connect("127.0.0.1", service.Udp);
        _interval = TimeSpan.FromSeconds(1.0 / perSecond);
        _sender = new Thread(Send) { IsBackground = true, Name = "probe" };
        _watcher = new Thread(Watch) { IsBackground = true, Name = "watch" };
        _sender.Start();
        _watcher.Start();
    }

    public long ReadingsSent => Volatile.Read(ref _sent) * ReadingsEach;

    /// <summary>Ends the sending; what is under way is still awaited.</summary>
    public void StopSending()
    {
        _isSending = false;
        _sender.Join();
    }

    /// <summary>Milliseconds, sorted; throws where a flip never came out.</summary>
    public double[] End()
    {
        var since = Stopwatch.GetTimestamp();
        while (!_dueByEventMicros.IsEmpty && Stopwatch.GetElapsedTime(since).TotalSeconds < 5)
        {
            Thread.Sleep(PollMillis);
        }

        _isWatching = false;
        _watcher.Join();
        return _dueByEventMicros.IsEmpty
            ? [.. _latencyMs.Order()]
            : throw new InvalidOperationException($"{_dueByEventMicros.Count} probes of {_sent} never became transitions.");
    }

    public void Dispose()
    {
        _isSending = _isWatching = false;
        _sender.Join();
        _watcher.Join();
        _socket.Dispose();
    }

    private void Send()
    {
        var start = Stopwatch.GetTimestamp();
        var millis = 0L;
        for (var number = 0L; _isSending; number++)
        {
            var due = start + (long)(number * _interval.TotalSeconds * Stopwatch.Frequency);
            while (Stopwatch.GetTimestamp() < due)
            {
                Thread.Sleep(PollMillis);
            }

            // Past the beat of the one before, which a late sender is close behind; and never a whole second, which the
            // generator's readings all are.
            millis = Math.Max(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), millis + 5);
            millis += millis % 1_000 == 0 ? 1 : 0;
            _dueByEventMicros[millis * 1_000] = due;
            _socket.Send(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$$"""
                [{"version":1,"timestamp":{{{millis}}},"equipmentId":"{{{BenchRules.ProbeEquipment}}}","tag":"level","value":{{{number & 1}}},"meta":{"sequenceNumber":{{{2 * number}}},"sourceId":"probe"}},{"version":1,"timestamp":{{{millis + 2}}},"equipmentId":"{{{BenchRules.ProbeEquipment}}}","tag":"beat","value":{{{number}}},"meta":{"sequenceNumber":{{{(2 * number) + 1}}},"sourceId":"probe"}}]
                """)));
            Volatile.Write(ref _sent, number + 1);
        }
    }

    private void Watch()
    {
        LedgerReader? reader = null;
        while (_isWatching)
        {
            reader ??= TryOpen();
            while (reader is not null && reader.TryRead(long.MaxValue, out var record))
            {
                Note(record);
            }

            Thread.Sleep(PollMillis);
        }

        reader?.Dispose();
    }

    private LedgerReader? TryOpen()
    {
        var first = Directory.Exists(_ledger) ? LedgerSegment.List(LibcDisk.ReadOnly(_ledger)).FirstOrDefault() : default;
        if (first.Name is null)
        {
            return null;
        }

        using var file = File.OpenRead(Path.Combine(_ledger, first.Name));
        Span<byte> header = stackalloc byte[LedgerSegment.HeaderBytes];
        return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length
            && BinaryPrimitives.ReadInt32LittleEndian(header) != 0
            ? new LedgerReader(LibcDisk.ReadOnly(_ledger), new Guid(header.Slice(8, 16)), lsnFirst: 0)
            : null;
    }

    private void Note(ReadOnlySpan<byte> record)
    {
        if (LedgerSegment.HeadOf(record).Kind != LedgerRecordKind.Transition)
        {
            return;
        }

        var body = System.Runtime.InteropServices.MemoryMarshal.AsRef<TransitionBody>(record[LedgerRecordHead.SizeBytes..]);
        if (_dueByEventMicros.TryRemove(body.AtMicros, out var due))
        {
            _latencyMs.Add(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
        }
    }
}
