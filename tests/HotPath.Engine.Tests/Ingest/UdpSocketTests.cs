using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Ingest;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Tests.Ingest;

/// <summary>What the kernel does for the receivers, asked of this machine's kernel.</summary>
public sealed unsafe partial class UdpSocketTests
{
    private const int LevelSocket = 1;
    private const int LevelUdp = 17;
    private const int UdpSegment = 103;
    private const int ReceiveQueueOverflow = 40;

    private static readonly byte[] Good = """{"equipmentId":"m","timestamp":1,"tag":"t","value":1}"""u8.ToArray();

    private static readonly UdpOptions Options = new() { Listen = new IPEndPoint(IPAddress.Loopback, 0), SpinTurns = int.MaxValue };

    [Fact]
    public void What_is_sent_to_a_group_is_received_by_the_card_that_joined_it_and_no_other_group()
    {
        var (group, other) = (IPAddress.Parse("239.255.77.77"), IPAddress.Parse("239.255.77.78"));
        var options = Options with { MulticastInterface = IPAddress.Loopback, Listen = new IPEndPoint(IPAddress.Any, 0) };
        using var line = new UdpLine(options with { MulticastGroup = group });
        using var somebody = UdpSocket.Open(options with { MulticastGroup = other });
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());

        sender.SendTo(Good, new IPEndPoint(group, line.Target.Port));
        sender.SendTo(Good, new IPEndPoint(other, line.Target.Port));
        sender.SendTo(Good, new IPEndPoint(group, line.Target.Port));
        line.TurnUntil(() => line.Agent.Counters.Datagrams >= 2);
        line.Agent.DoWork();

        Assert.Equal(2, line.Agent.Counters.Readings);
    }

    [Fact]
    public void A_group_of_version_6_can_be_joined()
    {
        using var receiver = UdpSocket.Open(Options with
        {
            MulticastGroup = IPAddress.Parse("ff01::77"), Listen = new IPEndPoint(IPAddress.IPv6Any, 0),
        });

        Assert.Equal(IPAddress.IPv6Any, receiver.Local.Address);
    }

    /// <summary>The counter that SO_RXQ_OVFL brings with a datagram is the one that is read here by SO_MEMINFO.</summary>
    [Fact]
    public void Drops_are_those_that_the_kernel_attaches_to_datagrams()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4096 };
        socket.SetRawSocketOption(LevelSocket, ReceiveQueueOverflow, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var receiver = new LinuxDatagramReceiver(socket, receivesRuns: false, warning: null);
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        for (var index = 0; index < 500; index++)
        {
            sender.SendTo(Good, receiver.Local);
        }

        var received = 0;
        while (receiver.Receive() is > 0 and var count)
        {
            received += count;
        }

        sender.SendTo(Good, receiver.Local);
        var attached = DropsOfNextDatagram(socket);

        Assert.InRange(attached, 1, 499);
        Assert.Equal(attached, receiver.ReadKernelDrops());
        Assert.Equal(500, received + attached);
    }

    /// <summary>
    /// Without runs the kernel counts every datagram that it drops, also of a run that a sender had cut; with runs it
    /// counts each as one, and only the sequences of frames tell the truth.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sequences_tell_what_was_lost_to_the_datagram_with_runs_and_without(bool receivesRuns)
    {
        const int runs = 200;
        const int datagramsPerRun = 10;
        using var line = new UdpLine(Options with { ReceiveBufferBytes = 64 * 1024, ReceivesRuns = receivesRuns });
        var epoch = (ulong)line.Clock.NowMicros * 1_000;
        var header = new FrameHeader { SenderId = 7, Epoch = epoch, ReadingCount = 1 };
        var datagramBytes = Frame(header).Length;
        line.Sender.SetRawSocketOption(LevelUdp, UdpSegment, BitConverter.GetBytes(datagramBytes));
        var run = new byte[datagramsPerRun * datagramBytes];
        for (var index = 0; index < runs; index++)
        {
            for (var place = 0; place < datagramsPerRun; place++)
            {
                Frame(header).CopyTo(run, place * datagramBytes);
                header = header with { DatagramSequence = header.DatagramSequence + 1, FirstReadingSequence = header.FirstReadingSequence + 1 };
            }

            line.Send(run);
        }

        var agent = line.Agent;
        var before = -1L;
        line.TurnUntil(() => before == (before = agent.Counters.Datagrams) && before > 0);
        line.Send(Frame(header with { Flags = FrameFlags.Heartbeat, ReadingCount = 0 }));
        line.TurnUntil(() => agent.Counters.Heartbeats == 1 && agent.Counters.KernelDrops > 0);
        agent.Frames.Settle(line.Clock.NowMicros + 5_000_000);

        var counters = agent.Counters;
        var lost = agent.Frames.Totals.DatagramsLost;
        Assert.Equal(runs * datagramsPerRun + 1, counters.Datagrams + lost);
        Assert.Equal(runs * datagramsPerRun, counters.Readings + agent.Frames.Totals.ReadingsLost);
        Assert.Equal(receivesRuns ? lost / datagramsPerRun : lost, counters.KernelDrops);
    }

    [Fact]
    public void Numbers_are_followed_over_all_receivers_of_a_port()
    {
        using var line = new UdpLine(Options with { Receivers = 3 });
        var header = new FrameHeader { SenderId = 7, Epoch = (ulong)line.Clock.NowMicros * 1_000, ReadingCount = 1 };
        var ports = Enumerable.Range(0, 16).Select(_ => line.NewSender()).ToArray();
        for (var index = 0; index < 1_000; index++)
        {
            var frame = Frame(header with { DatagramSequence = (ulong)index, FirstReadingSequence = (ulong)index });
            ports[index / 10 % ports.Length].Send(frame);
            if (index % 100 == 0)
            {
                ports[(index + 77) % ports.Length].Send(frame);
            }
        }

        line.TurnUntil(() => line.Agents.Sum(agent => agent.Counters.Datagrams) == 1_010);
        line.Agent.Frames.Settle(line.Clock.NowMicros + 5_000_000);

        Assert.All(line.Agents, agent => Assert.NotEqual(0, agent.Counters.Datagrams));
        Assert.Equal(1_000, line.Agents.Sum(agent => agent.Counters.Readings));
        Assert.Equal(10, line.Agents.Sum(agent => agent.Counters.DuplicateDatagrams));
        Assert.Equal(
            0,
            line.Agents.Sum(agent => agent.Frames.Totals.DatagramsLost - agent.Frames.Totals.DatagramsRecovered));
        Array.ForEach(ports, port => port.Dispose());
    }

    [Fact]
    public void An_empty_socket_is_asked_so_often_and_then_waited_for()
    {
        const int spinTurns = 5;
        using var receiver = new CountingReceiver();
        using var ring = new RingBuffer(1024, 0, new YieldingWaitStrategy());
        using var agent = new UdpAgent(
            "udp", Options with { SpinTurns = spinTurns, WaitMs = 3 }, receiver, new Inlet(ring, new RejectsBuffer(), 512), 256,
            new NameTables(), new NameQuota(), new SystemClock());

        for (var turn = 1; turn < spinTurns; turn++)
        {
            agent.DoWork();
        }

        Assert.Equal(0, receiver.Waits);
        agent.DoWork();
        agent.DoWork();
        Assert.Equal((2, 3), (receiver.Waits, receiver.WaitMs));

        receiver.Next = Good;
        agent.DoWork();
        for (var turn = 1; turn < spinTurns; turn++)
        {
            agent.DoWork();
        }

        Assert.Equal(2, receiver.Waits);
    }

    [Fact]
    public void A_small_buffer_is_told_with_its_cure()
    {
        // More than the kernel gives anybody.
        using var receiver = UdpSocket.Open(Options with { ReceiveBufferBytes = int.MaxValue });

        Assert.Contains("sysctl -w net.core.rmem_max=2147483647", receiver.Warning, StringComparison.Ordinal);
    }

    private static byte[] Frame(in FrameHeader header) =>
        HotPath.TestKit.Decode.FrameBuilder.Build(header, header.Has(FrameFlags.Heartbeat) ? [] : Good);

    /// <summary>The control message of SO_RXQ_OVFL of the next datagram.</summary>
    private static long DropsOfNextDatagram(Socket socket)
    {
        var payload = stackalloc byte[2048];
        var control = stackalloc byte[64];
        var vector = stackalloc nint[2];
        var message = stackalloc nint[7];
        (vector[0], vector[1]) = ((nint)payload, 2048);
        (message[2], message[3]) = ((nint)vector, 1);
        (message[4], message[5]) = ((nint)control, 64);
        Assert.True(recvmsg((int)socket.Handle, message, 0) > 0);
        Assert.Equal((LevelSocket, ReceiveQueueOverflow), (*(int*)(control + 8), *(int*)(control + 12)));
        return *(uint*)(control + 16);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int descriptor, nint* message, int flags);

    /// <summary>Gives what the test lays there, and counts who waits.</summary>
    private sealed class CountingReceiver() : DatagramReceiver(Bound())
    {
        public byte[]? Next { get; set; }

        public int Waits { get; private set; }

        public int WaitMs { get; private set; }

        private byte[] _message = [];

        public override int Receive()
        {
            _message = Next ?? [];
            var count = Next is null ? 0 : 1;
            Next = null;
            return count;
        }

        public override ReceivedMessage Message(int index) => new(_message, _message.Length, SenderAddress.Of(IPAddress.Loopback));

        public override void Wait(int waitMs)
        {
            Waits++;
            WaitMs = waitMs;
        }

        public override void Rest(int restMs)
        {
        }

        public override long ReadKernelDrops() => 0;

        private static Socket Bound()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return socket;
        }
    }
}
