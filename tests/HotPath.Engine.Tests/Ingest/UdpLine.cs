using System.Net;
using System.Net.Sockets;
using HotPath.Engine.Agents;
using HotPath.Engine.Ingest;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Tests.Ingest;

/// <summary>A sender, a listener's receivers and a ring, all turned by the test.</summary>
internal sealed class UdpLine : IDisposable
{
    /// <summary>Some ten seconds.</summary>
    private const int TurnsMax = 20_000_000;

    private readonly RingBuffer _ring;
    private readonly RingReader _reader;
    private readonly FrameSenders _frameSenders;
    public UdpLine(UdpOptions options, int ringSlots = 1 << 14, bool portable = false)
    {
        _ring = new RingBuffer(ringSlots, 0, new YieldingWaitStrategy());
        _reader = _ring.NewReader();
        _frameSenders = new FrameSenders(Clock.NowMicros, options.Receivers);
        var agents = new List<UdpAgent>();
        for (var receiver = 0; receiver < options.Receivers; receiver++)
        {
            var inlet = new Inlet(_ring, new RejectsBuffer(), ringSlots / 2);
            var socket = UdpSocket.Open(options, portable);
            options = options with { Listen = socket.Local };
            agents.Add(new UdpAgent(
                "udp", options, socket, inlet, ringSlots / 2, Names, new NameQuota(), Clock, _frameSenders));
        }

        Agents = agents;
        Target = options.Listen;
        Sender = NewSender();
    }

    /// <summary>The one that the receivers have: two clocks differ by what came between their beginnings.</summary>
    public SystemClock Clock { get; } = new();

    public NameTables Names { get; } = new();

    public IReadOnlyList<UdpAgent> Agents { get; }

    public UdpAgent Agent => Agents[0];

    public IPEndPoint Target { get; }

    public Socket Sender { get; }

    /// <summary>Another port, so perhaps another receiver.</summary>
    public Socket NewSender()
    {
        var sender = new Socket(Target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        sender.Connect(Target);
        return sender;
    }

    public void Send(ReadOnlySpan<byte> datagram) => Sender.Send(datagram);

    public void TurnUntil(Func<bool> isDone)
    {
        // Loopback delivers before send returns; drops are read every 100 ms. Turns are counted and not time, since
        // whoever runs this may be stopped meanwhile.
        for (var turns = 0; !isDone(); turns++)
        {
            foreach (var agent in Agents)
            {
                agent.DoWork();
            }

            Assert.True(turns < TurnsMax, "the agent did not get there");
        }
    }

    public Slot[] Slots() => _reader.Peek(1024, out _).ToArray();

    public void Drain()
    {
        while (_reader.Peek(1 << 14, out _) is { Length: > 0 } slots)
        {
            _reader.Release(slots.Length);
        }
    }

    public void Dispose()
    {
        Sender.Dispose();
        foreach (var agent in Agents)
        {
            agent.Dispose();
        }

        _frameSenders.Dispose();
        _ring.Dispose();
    }
}
