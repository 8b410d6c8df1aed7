using HotPath.Benchmarks.Udp;
using HotPath.Engine.Ingest;

namespace HotPath.Benchmarks.Generator;

/// <summary>The other end of datagrams: a thread that takes them, and counts them and their bytes.</summary>
internal sealed class DatagramEnd : IDisposable
{
    /// <summary>Room for what comes while the receiver does not have the core.</summary>
    private const int BufferMib = 512;

    private const int QuietMs = 300;

    private readonly UdpOptions _options = UdpBench.Options(receivesRuns: true, BufferMib);
    private readonly DatagramReceiver _receiver;
    private readonly Thread _thread;
    private volatile bool _isStopping;
    private long _datagrams;
    private long _bytes;

    public DatagramEnd()
    {
        _receiver = UdpSocket.Open(_options, portable: false);
        _thread = new Thread(Run) { Name = "datagrams", IsBackground = true };
        _thread.Start();
    }

    public string Address => _receiver.Local.ToString();

    /// <summary>What has come in since this was made, once nothing comes any more.</summary>
    public ByteCounts End()
    {
        for (var before = -1L; before != Volatile.Read(ref _datagrams);)
        {
            before = Volatile.Read(ref _datagrams);
            Thread.Sleep(QuietMs);
        }

        _isStopping = true;
        _thread.Join();
        return new ByteCounts(_datagrams, 0, _bytes, _receiver.ReadKernelDrops());
    }

    public void Dispose() => _receiver.Dispose();

    private void Run()
    {
        var emptyTurns = 0;
        while (!_isStopping)
        {
            var count = _receiver.Receive();
            emptyTurns = count == 0 ? emptyTurns + 1 : 0;
            if (emptyTurns >= _options.SpinTurns)
            {
                _receiver.Wait(_options.WaitMs);
            }

            var (datagrams, bytes) = (_datagrams, _bytes);
            for (var index = 0; index < count; index++)
            {
                var message = _receiver.Message(index);
                datagrams += (message.Bytes.Length + message.SegmentBytes - 1) / message.SegmentBytes;
                bytes += message.Bytes.Length;
            }

            _bytes = bytes;
            Volatile.Write(ref _datagrams, datagrams);
        }
    }
}
