using System.Buffers.Binary;
using System.Net;
using HotPath.Engine.Ingest;

namespace HotPath.Benchmarks.Udp;

/// <summary>
/// The limit: the receiver alone, by recvmmsg or by the BCL's ReceiveFrom. Of a datagram it reads how many readings it
/// says it has, and nothing is decoded.
/// </summary>
internal sealed class RawLine : ILine
{
    private const int ReadingCountAt = 40;

    private readonly DatagramReceiver _receiver;
    private readonly UdpOptions _options;
    private long _datagrams;
    private long _readings;
    private long _readingsBefore;
    private long _kernelDrops;
    private int _emptyTurns;

    public RawLine(UdpOptions options, bool portable = false)
    {
        _options = options;
        _receiver = UdpSocket.Open(options, portable);
    }

    public IPEndPoint Local => _receiver.Local;

    public long Datagrams => Volatile.Read(ref _datagrams);

    public long Readings => _readings - _readingsBefore;

    public long KernelDrops => Volatile.Read(ref _kernelDrops);

    public void Begin() => _readingsBefore = _readings;

    public void Turn()
    {
        var count = _receiver.Receive();
        if (count == 0)
        {
            if (++_emptyTurns >= _options.SpinTurns)
            {
                _receiver.Wait(_options.WaitMs);
                Volatile.Write(ref _kernelDrops, _receiver.ReadKernelDrops());
            }

            return;
        }

        _emptyTurns = 0;
        var datagrams = 0;
        for (var index = 0; index < count; index++)
        {
            var message = _receiver.Message(index);
            for (var bytes = message.Bytes; !bytes.IsEmpty; bytes = bytes[Math.Min(message.SegmentBytes, bytes.Length)..])
            {
                _readings += BinaryPrimitives.ReadUInt32LittleEndian(bytes[ReadingCountAt..]);
                datagrams++;
            }
        }

        Volatile.Write(ref _datagrams, _datagrams + datagrams);
    }

    public void Verify(SentLoad sent)
    {
        if (Readings != sent.Readings)
        {
            throw new InvalidOperationException($"{sent.Readings} readings were sent, datagrams with {Readings} were received.");
        }
    }

    public void Dispose() => _receiver.Dispose();
}
