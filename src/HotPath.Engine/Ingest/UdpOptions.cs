using System.Net;
using HotPath.Engine.Decode;

namespace HotPath.Engine.Ingest;

/// <summary>How a UDP listener is opened. Checked when its sockets are, then copied into readonly fields.</summary>
internal sealed record UdpOptions
{
    /// <summary>Default: this machine alone; listening to the world is a choice. Port 0: one that is free.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 9999);

    /// <summary>A group to join, of the family of <see cref="Listen"/>, or null.</summary>
    public IPAddress? MulticastGroup { get; init; }

    /// <summary>The address of the network card that joins it (IPv6: any of its addresses with a scope); null: the system's choice.</summary>
    public IPAddress? MulticastInterface { get; init; }

    public TimestampUnit TimestampUnit { get; init; }

    /// <summary>Networks that may send; empty: all.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [];

    /// <summary>With keys, only frames with a valid HMAC are taken.</summary>
    public FrameKeys? HmacKeys { get; init; }

    /// <summary>Sockets on the one port, by SO_REUSEPORT; a sender's datagrams stay with one of them.</summary>
    public int Receivers { get; init; } = 1;

    /// <summary>What the kernel is asked to hold while the ring is full. 32 MiB is 100 ms of 1,400 B datagrams at 240,000/s.</summary>
    public int ReceiveBufferBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>
    /// Datagrams of one flow and length are taken as one run (UDP_GRO), 40 times cheaper each. A run that the kernel
    /// drops counts as one dropped datagram: who must count single ones without frames turns this off.
    /// </summary>
    public bool ReceivesRuns { get; init; } = true;

    /// <summary>Turns without a datagram before a turn waits in the kernel. 2,000 turns of about 250 ns: half a millisecond.</summary>
    public int SpinTurns { get; init; } = 2_000;

    /// <summary>The longest wait of one turn; 0 where the thread has other agents too.</summary>
    public int WaitMs { get; init; } = 10;
}
