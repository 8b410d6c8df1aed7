using System.Net;
using System.Net.Sockets;
using HotPath.Engine.Decode;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;
using HotPath.LoadGenerator.Udp;

namespace HotPath.Tests.Load;

/// <summary>Datagrams over the real loopback, read by the product's own frame reader.</summary>
public sealed class DatagramSinkTests
{
    private const int ReceiveBufferBytes = 4 * 1024 * 1024;

    [Fact]
    public void Every_reading_arrives_in_frames_that_are_numbered_without_a_gap()
    {
        var (counters, datagrams) = Send(lossShare: 0);

        var headers = datagrams.ConvertAll(Header);
        Assert.Equal(counters.Datagrams + counters.Heartbeats, datagrams.Count);
        Assert.Equal(datagrams.Sum(datagram => datagram.Length), counters.Bytes);
        Assert.Equal(Enumerable.Range(0, datagrams.Count), headers.Select(header => (int)header.DatagramSequence));
        Assert.Equal(counters.Offered, headers.Sum(header => header.Readings));
        Assert.All(headers.Zip(headers.Skip(1)), pair =>
            Assert.Equal(pair.First.FirstReadingSequence + pair.First.Readings, pair.Second.FirstReadingSequence));
        Assert.InRange(datagrams.Max(datagram => datagram.Length), 1_300, DatagramSink.DatagramBytesMax);
    }

    [Fact]
    public void Withheld_datagrams_leave_gaps_and_the_last_heartbeat_says_the_totals()
    {
        var (counters, datagrams) = Send(lossShare: 0.2);

        var headers = datagrams.ConvertAll(Header);
        var last = headers[^1];
        Assert.True(counters.DatagramsWithheld > 0);
        Assert.Equal(datagrams.Sum(datagram => datagram.Length), counters.Bytes);
        Assert.True(last.Has(FrameFlags.Heartbeat));
        Assert.Equal((ulong)counters.Offered, last.FirstReadingSequence);
        Assert.Equal((ulong)datagrams.Count + (ulong)counters.DatagramsWithheld, last.DatagramSequence + 1);
        Assert.Equal(counters.Sent, headers.Sum(header => header.Readings));
    }

    private static FrameHeader Header(byte[] datagram)
    {
        Assert.True(FrameHeader.TryRead(datagram, out var header));
        return header;
    }

    private static (LoadCounters Counters, List<byte[]> Datagrams) Send(double lossShare)
    {
        // About 300 datagrams: they fit the receive buffer, so that one thread can send all and then receive all.
        var plan = LoadRig.Small with { ScanCount = 250 };
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.ReceiveBufferSize = ReceiveBufferBytes;
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.Connect(receiver.LocalEndPoint!);

        var plant = new Plant(plan);
        var counters = new LoadCounters();
        using var sink = new DatagramSink(
            new DatagramBatch(sender, DatagramSink.DatagramBytesMax),
            new EnvelopeEncoder(plant, 1_344),
            new DatagramSinkOptions
            {
                Time = TimeProvider.System, Seed = plan.Seed, Frames = new FrameOptions(), LossShare = lossShare,
            },
            counters);
        var limits = new RunLimits(plan, TimeSpan.MaxValue, TimeProvider.System);
        var pace = new Pace(double.PositiveInfinity, TimeProvider.System);
        new FeedPump(new Feed(plant.Fleet.Gateways, plan), sink, pace, limits, counters).Run();

        var datagrams = new List<byte[]>();
        var buffer = new byte[65_536];
        while (receiver.Available > 0)
        {
            datagrams.Add(buffer[..receiver.Receive(buffer)]);
        }

        return (counters, datagrams);
    }
}
