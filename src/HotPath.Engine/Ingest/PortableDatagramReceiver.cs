using System.Net;
using System.Net.Sockets;

namespace HotPath.Engine.Ingest;

/// <summary>
/// ReceiveFrom with a SocketAddress, for systems other than Linux: one datagram a call, no drop counts. Belongs to one
/// thread.
/// </summary>
internal sealed class PortableDatagramReceiver : DatagramReceiver
{
    private const int MicrosPerMs = 1_000;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
    private readonly SocketAddress _sender;
    private int _receivedBytes;

    public PortableDatagramReceiver(Socket socket)
        : base(socket)
    {
        _sender = new SocketAddress(socket.AddressFamily);
    }

    public override int Receive()
    {
        try
        {
            if (!Socket.Poll(0, SelectMode.SelectRead))
            {
                return 0;
            }

            _receivedBytes = Socket.ReceiveFrom(_bytes, SocketFlags.None, _sender);
            return 1;
        }
        catch (SocketException)
        {
            // Some systems report here what became of datagrams that were sent.
            Errors++;
            return 0;
        }
    }

    public override ReceivedMessage Message(int index) =>
        new(_bytes.AsSpan(0, _receivedBytes), _receivedBytes, Sender());

    public override void Wait(int waitMs)
    {
        try
        {
            Socket.Poll(waitMs * MicrosPerMs, SelectMode.SelectRead);
        }
        catch (SocketException)
        {
            Errors++;
        }
    }

    public override void Rest(int restMs) => Thread.Sleep(restMs);

    public override long ReadKernelDrops() => 0;

    private SenderAddress Sender()
    {
        // The layout of Linux, but for the family's number, which elsewhere is another.
        var buffer = _sender.Buffer.Span;
        return _sender.Family == AddressFamily.InterNetwork
            ? SenderAddress.OfVersion4(buffer.Slice(4, 4))
            : SenderAddress.OfSocketAddress(buffer[.._sender.Size]);
    }
}
