using System.Net;
using System.Net.Sockets;

namespace HotPath.Engine.Ingest;

/// <summary>
/// A socket that gives datagrams in batches, in memory of its own that stays valid until the next batch. Belongs to one
/// thread, but for <see cref="Local"/> and <see cref="Warning"/>. Never throws and never allocates once open; what the
/// system refuses is counted.
/// </summary>
internal abstract class DatagramReceiver : IDisposable
{
    private protected DatagramReceiver(Socket socket)
    {
        Socket = socket;
        Local = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Where it listens, with the port that the system chose if it was asked to.</summary>
    public IPEndPoint Local { get; }

    /// <summary>What the operator should know and do, or null.</summary>
    public string? Warning { get; private protected init; }

    public long Errors { get; private protected set; }

    private protected Socket Socket { get; }

    /// <summary>Takes what is there, without waiting. Returns how many messages.</summary>
    public abstract int Receive();

    /// <summary>Message <paramref name="index"/> of the batch: one datagram, or a run of them.</summary>
    public abstract ReceivedMessage Message(int index);

    /// <summary>Waits for a datagram, at most so long.</summary>
    public abstract void Wait(int waitMs);

    /// <summary>Sleeps so long, datagrams or not: there is no room for them.</summary>
    public abstract void Rest(int restMs);

    /// <summary>Datagrams that the kernel dropped on this socket, ever; 0 where it does not say.</summary>
    public abstract long ReadKernelDrops();

    public virtual void Dispose() => Socket.Dispose();
}

/// <summary>One message of a batch.</summary>
internal readonly ref struct ReceivedMessage(ReadOnlySpan<byte> bytes, int segmentBytes, SenderAddress sender)
{
    public readonly ReadOnlySpan<byte> Bytes = bytes;

    /// <summary>Datagrams of this length stand in it; the last one may be shorter.</summary>
    public readonly int SegmentBytes = segmentBytes;
    public readonly SenderAddress Sender = sender;
}
