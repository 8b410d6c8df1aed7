using System.Net;
using System.Text;
using HotPath.Engine.Decode;
using HotPath.Engine.Ingest;
using HotPath.TestKit;
using HotPath.TestKit.Decode;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Ingest;

/// <summary>The loss ledger behind real sockets: from datagrams to slots, the books balance to the reading.</summary>
public sealed class UdpLedgerTests(ITestOutputHelper output)
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 16).Select(number => (byte)number)];

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public void Whatever_networks_and_senders_do_the_ring_gets_each_reading_once(int receivers, bool isSigned)
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var round = 0; round < 6; round++)
        {
            const int senderCount = 3;
            using var line = new UdpLine(new UdpOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Receivers = receivers,
                ReceivesRuns = random.Next(2) == 0,
                SpinTurns = int.MaxValue,
                HmacKeys = isSigned ? Keys(senderCount) : null,
            });
            var network = new FrameNetwork(random, line.Clock.NowMicros + 1_000_000, receivers, senderCount, datagramsMax: 1_000);
            var accounts = new FrameAccounts();
            var (sent, readingsOutdated) = Send(network, line, accounts, isSigned);
            line.Agent.Frames.Settle(line.Clock.NowMicros + 5_000_000);

            var totals = line.Agents.Select(agent => agent.Frames.Totals).ToArray();
            var counters = line.Agents.Select(agent => agent.Counters).ToArray();
            Assert.Equal(
                accounts.Sent(),
                (totals.Sum(total => total.Datagrams + total.DatagramsLost - total.DatagramsRecovered),
                    totals.Sum(total => total.Readings + total.ReadingsLost - total.ReadingsRecovered)));

            // What is of an ended epoch is taken all the same, unless it could be a replay.
            Assert.Equal(accounts.TakenReadings + (isSigned ? 0 : readingsOutdated), counters.Sum(counter => counter.Readings));
            Assert.Equal(sent, counters.Sum(counter => counter.Datagrams));
            Assert.Equal(
                sent,
                counters.Sum(counter => counter.Heartbeats + counter.DuplicateDatagrams + counter.Records + counter.NotAllowed + counter.Unauthenticated));
            Assert.Equal(0, counters.Sum(counter => counter.RejectedAll + counter.Unauthenticated + counter.KernelDrops));
        }
    }

    private static (long Sent, long ReadingsOutdated) Send(
        FrameNetwork network, UdpLine line, FrameAccounts accounts, bool isSigned)
    {
        var (sent, readingsOutdated, port) = (0L, 0L, -1);
        var ports = Enumerable.Range(0, 8).Select(_ => line.NewSender()).ToArray();
        foreach (var (receiver, header) in network.Arrivals)
        {
            // Another port may be another receiver; the order in which they are turned is the order of arrival.
            if (receiver != port || sent % 64 == 0)
            {
                Settle(line, sent);
            }

            port = receiver;
            ports[port].Send(Frame(header, isSigned));
            sent++;
            readingsOutdated += accounts.Take(header) == FrameVerdict.TooOld ? header.Readings : 0;
        }

        Settle(line, sent);
        Array.ForEach(ports, socket => socket.Dispose());
        return (sent, readingsOutdated);
    }

    private static void Settle(UdpLine line, long sent) => line.TurnUntil(() =>
    {
        line.Drain();
        return line.Agents.Sum(agent => agent.Counters.Datagrams) == sent
            && line.Agents.All(agent => agent.DoWork() == 0);
    });

    /// <summary>Copies of a datagram are equal; some are compressed, some have a checksum.</summary>
    private static byte[] Frame(in FrameHeader header, bool isSigned)
    {
        var flags = header.Flags
            | (header.DatagramSequence % 2 == 0 && header.Readings > 0 ? FrameFlags.Lz4 : 0)
            | (header.DatagramSequence % 3 == 0 ? FrameFlags.Crc32C : 0)
            | (isSigned ? FrameFlags.Hmac : 0);
        var payload = new StringBuilder();
        for (var index = 0U; index < header.Readings; index++)
        {
            payload.Append($"{{\"equipmentId\":\"m{header.SenderId}\",\"timestamp\":1,\"tag\":\"t\",\"value\":{header.FirstReadingSequence + index}}}\n");
        }

        return FrameBuilder.Build(header with { Flags = flags }, Encoding.UTF8.GetBytes(payload.ToString()), Key);
    }

    private static FrameKeys Keys(int senderCount)
    {
        var keys = new FrameKeys();
        for (var sender = 1; sender <= senderCount; sender++)
        {
            keys.Add((ulong)sender, Key);
        }

        return keys;
    }
}
