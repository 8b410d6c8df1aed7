using HotPath.Engine.Decode;
using HotPath.Engine.Ingest;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Ingest;

public sealed class FrameLedgerTests(ITestOutputHelper output)
{
    private const long StartMicros = 1_700_000_000_000_000;
    private const ulong Epoch = StartMicros * 1000UL;

    [Fact]
    public void What_comes_in_order_is_received()
    {
        using var ledger = new FrameLedger(StartMicros);

        for (ulong sequence = 0; sequence < 10; sequence++)
        {
            Assert.Equal(FrameVerdict.First, Observe(ledger, sequence));
        }

        Assert.Equal((10L, 50L, 0L, 0L), (ledger.Totals.Datagrams, ledger.Totals.Readings, ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost));
    }

    [Fact]
    public void What_is_missing_for_five_seconds_is_lost_and_its_readings_with_it()
    {
        using var ledger = new FrameLedger(StartMicros);
        Observe(ledger, 0);
        Observe(ledger, 3);

        ledger.Settle(StartMicros + 4_999_999);
        Assert.Equal(0, ledger.Totals.DatagramsLost);
        ledger.Settle(StartMicros + 5_000_000);

        Assert.Equal((2L, 10L), (ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost));
    }

    [Fact]
    public void What_was_given_up_and_comes_after_all_is_recovered()
    {
        using var ledger = new FrameLedger(StartMicros);
        Observe(ledger, 0);
        Observe(ledger, 2);
        ledger.Settle(StartMicros + 5_000_000);

        Assert.Equal(FrameVerdict.Reordered, Observe(ledger, 1));
        Assert.Equal((1L, 1L, 5L, 5L), (ledger.Totals.DatagramsLost, ledger.Totals.DatagramsRecovered, ledger.Totals.ReadingsLost, ledger.Totals.ReadingsRecovered));
    }

    [Fact]
    public void The_same_number_is_a_duplicate_only_with_the_same_payload()
    {
        using var ledger = new FrameLedger(StartMicros);
        Observe(ledger, 0);

        Assert.Equal(FrameVerdict.Duplicate, Observe(ledger, 0));
        Assert.Equal(FrameVerdict.Conflict, Observe(ledger, 0, hash: 1));
        Assert.Equal((1L, 1L, 1L), (ledger.Totals.Datagrams, ledger.Totals.DatagramsDuplicate, ledger.Totals.Conflicts));
    }

    [Fact]
    public void What_leaves_the_window_is_lost_at_once()
    {
        using var ledger = new FrameLedger(StartMicros);
        Observe(ledger, 0);
        Observe(ledger, 1_000_000);

        Assert.Equal(1_000_000 - FrameLedger.WindowDatagrams, ledger.Totals.DatagramsLost);
        Assert.Equal(FrameVerdict.TooOld, Observe(ledger, 1_000_000 - FrameLedger.WindowDatagrams));
        Assert.Equal(FrameVerdict.Reordered, Observe(ledger, 1_000_001 - FrameLedger.WindowDatagrams));
    }

    [Fact]
    public void A_heartbeat_tells_the_loss_of_the_last_datagram()
    {
        using var ledger = new FrameLedger(StartMicros);
        Observe(ledger, 0);
        ledger.Observe(Header(2) with { Flags = FrameFlags.Heartbeat }, 0, StartMicros);

        ledger.Settle(StartMicros + 5_000_000);

        Assert.Equal((1L, 5L, 1L), (ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost, ledger.Totals.Heartbeats));
    }

    [Fact]
    public void A_new_epoch_closes_the_old_one()
    {
        using var ledger = new FrameLedger(StartMicros);
        Observe(ledger, 0);
        Observe(ledger, 2);

        Assert.Equal(FrameVerdict.First, ledger.Observe(Header(0) with { Epoch = Epoch + 1 }, 0, StartMicros));
        Assert.Equal((1L, 5L, 1L), (ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost, ledger.Totals.EpochsClosed));
        Assert.Equal(FrameVerdict.TooOld, Observe(ledger, 1));
    }

    [Fact]
    public void What_a_sender_sent_before_this_ledger_began_is_not_lost()
    {
        using var ledger = new FrameLedger(StartMicros + 1);

        Observe(ledger, 500);
        ledger.Settle(StartMicros + 10_000_000);

        Assert.Equal((0L, 0L), (ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost));
    }

    [Fact]
    public void Senders_beyond_the_limit_are_counted_but_not_followed()
    {
        using var ledger = new FrameLedger(StartMicros);
        for (ulong sender = 0; sender < EngineLimits.FrameSenderCountMax; sender++)
        {
            ledger.Observe(Header(0) with { SenderId = sender }, 0, StartMicros);
        }

        Assert.Equal(FrameVerdict.Untracked, ledger.Observe(Header(0) with { SenderId = ulong.MaxValue }, 0, StartMicros));
        Assert.Equal(1, ledger.Totals.Untracked);
    }

    [Fact]
    public void Sent_is_received_and_lost_whatever_the_network_does()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            using var ledger = new FrameLedger(StartMicros);
            var sent = random.Next(1, 20_000);
            var arrivals = new List<(double At, ulong Sequence)>();
            for (var sequence = 0; sequence < sent; sequence++)
            {
                if (random.Next(100) < round % 60)
                {
                    continue;
                }

                for (var copy = random.Next(20) == 0 ? 2 : 1; copy > 0; copy--)
                {
                    arrivals.Add((sequence + (random.NextDouble() * random.Next(1, 8_000)), (ulong)sequence));
                }
            }

            arrivals.Sort();
            var accepted = new HashSet<ulong>();
            var nowMicros = StartMicros;
            foreach (var (_, sequence) in arrivals)
            {
                nowMicros += random.Next(3_000);
                if (ledger.Observe(Header(sequence), (uint)sequence, nowMicros) is FrameVerdict.First or FrameVerdict.Reordered)
                {
                    Assert.True(accepted.Add(sequence), "a datagram is received once");
                }
            }

            ledger.Observe(Header((ulong)sent) with { Flags = FrameFlags.Heartbeat }, 0, nowMicros);
            ledger.Settle(nowMicros + 5_000_000);

            var totals = ledger.Totals;
            Assert.Equal(sent + 1, totals.Datagrams + totals.DatagramsLost - totals.DatagramsRecovered);
            Assert.Equal(sent * 5L, totals.Readings + totals.ReadingsLost - totals.ReadingsRecovered);
            Assert.Equal(accepted.Count, totals.Datagrams - 1);
        }
    }

    private static FrameHeader Header(ulong sequence) => new()
    {
        SenderId = 7,
        Epoch = Epoch,
        DatagramSequence = sequence,
        FirstReadingSequence = sequence * 5,
        ReadingCount = 5,
    };

    private static FrameVerdict Observe(FrameLedger ledger, ulong sequence, uint hash = 0) =>
        ledger.Observe(Header(sequence), hash, StartMicros);
}
