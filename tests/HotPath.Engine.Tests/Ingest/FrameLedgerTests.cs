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
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);

        for (ulong sequence = 0; sequence < 10; sequence++)
        {
            Assert.Equal(FrameVerdict.First, Observe(ledger, sequence));
        }

        Assert.Equal((10L, 50L, 0L, 0L), (ledger.Totals.Datagrams, ledger.Totals.Readings, ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost));
    }

    [Fact]
    public void What_is_missing_for_five_seconds_is_lost_and_its_readings_with_it()
    {
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);
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
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);
        Observe(ledger, 0);
        Observe(ledger, 2);
        ledger.Settle(StartMicros + 5_000_000);

        Assert.Equal(FrameVerdict.Reordered, Observe(ledger, 1));
        Assert.Equal((1L, 1L, 5L, 5L), (ledger.Totals.DatagramsLost, ledger.Totals.DatagramsRecovered, ledger.Totals.ReadingsLost, ledger.Totals.ReadingsRecovered));
    }

    [Fact]
    public void Loss_is_known_by_sender_with_the_source_that_it_named()
    {
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);
        Observe(ledger, 0);
        ledger.NoteSource(7);
        Observe(ledger, 3);
        ledger.Settle(StartMicros + 5_000_000);
        Observe(ledger, 2);

        var loss = ledger.LossOf(0);
        Assert.Equal((2L, 10L, 1L, 5L, 8), (loss.Datagrams, loss.Readings, loss.DatagramsRecovered, loss.ReadingsRecovered, loss.SourcePlusOne));
        Assert.Equal((ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost), (loss.Datagrams, loss.Readings));
    }

    [Fact]
    public void The_same_number_is_a_duplicate_only_with_the_same_payload()
    {
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);
        Observe(ledger, 0);

        Assert.Equal(FrameVerdict.Duplicate, Observe(ledger, 0));
        Assert.Equal(FrameVerdict.Conflict, Observe(ledger, 0, hash: 1));
        Assert.Equal((1L, 1L, 1L), (ledger.Totals.Datagrams, ledger.Totals.DatagramsDuplicate, ledger.Totals.Conflicts));
    }

    [Fact]
    public void What_leaves_the_window_is_lost_at_once()
    {
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);
        Observe(ledger, 0);
        Observe(ledger, 1_000_000);

        Assert.Equal(1_000_000 - FrameSenders.WindowDatagrams, ledger.Totals.DatagramsLost);
        Assert.Equal(FrameVerdict.TooOld, Observe(ledger, 1_000_000 - FrameSenders.RememberedDatagrams));
        Assert.Equal(FrameVerdict.Reordered, Observe(ledger, 1_000_001 - FrameSenders.WindowDatagrams));
    }

    [Fact]
    public void A_heartbeat_tells_the_loss_of_the_last_datagram()
    {
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);
        Observe(ledger, 0);
        ledger.Observe(Header(2) with { Flags = FrameFlags.Heartbeat }, 0, StartMicros);

        ledger.Settle(StartMicros + 5_000_000);

        Assert.Equal((1L, 5L, 1L), (ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost, ledger.Totals.Heartbeats));
    }

    [Fact]
    public void A_new_epoch_closes_the_old_one()
    {
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);
        Observe(ledger, 0);
        Observe(ledger, 2);

        Assert.Equal(FrameVerdict.First, ledger.Observe(Header(0) with { Epoch = Epoch + 1 }, 0, StartMicros));
        Assert.Equal((1L, 5L, 1L), (ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost, ledger.Totals.EpochsClosed));
        Assert.Equal(FrameVerdict.TooOld, Observe(ledger, 1));
    }

    [Fact]
    public void What_a_sender_sent_before_this_ledger_began_is_not_lost()
    {
        using var senders = new FrameSenders(StartMicros + 1);
        var ledger = new FrameLedger(senders);

        Observe(ledger, 500);
        ledger.Settle(StartMicros + 10_000_000);

        Assert.Equal((0L, 0L), (ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost));
    }

    /// <summary>
    /// Cause: only a window of 4,096 was remembered, and what came later was taken but stayed counted as lost. Symptom:
    /// behind a long queue, sent was less than received and lost together.
    /// </summary>
    [Fact]
    public void What_comes_behind_the_window_after_all_is_recovered_once()
    {
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);
        Observe(ledger, 0);
        Observe(ledger, 60_000);

        Assert.Equal(FrameVerdict.Reordered, Observe(ledger, 1));
        Assert.Equal(FrameVerdict.TooOld, Observe(ledger, 1));
        Assert.Equal(FrameVerdict.TooOld, Observe(ledger, 0));
        ledger.Settle(StartMicros + 5_000_000);

        var totals = ledger.Totals;
        Assert.Equal((3L, 59_999L, 1L), (totals.Datagrams, totals.DatagramsLost, totals.DatagramsRecovered));
        Assert.Equal(60_001 * 5, totals.Readings + totals.ReadingsLost - totals.ReadingsRecovered);
    }

    /// <summary>
    /// Cause: whether a sender had begun before this process was judged by its clock alone. Symptom: after a restart of
    /// the service, all that a sender with a fast clock had ever sent was counted as lost.
    /// </summary>
    [Fact]
    public void A_sender_that_is_up_for_longer_than_the_ledger_has_lost_nothing_before_whatever_its_clock_says()
    {
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);
        const ulong AheadNanos = 3_600_000_000_000;
        const ulong UpNanos = 60_000_000_000;
        var header = Header(1_000) with { Epoch = Epoch + AheadNanos, SendTimeNanos = (long)(Epoch + AheadNanos + UpNanos) };

        ledger.Observe(header, 0, StartMicros + 59_000_000);
        ledger.Observe(header with { SenderId = 8 }, 0, StartMicros + 61_000_000);
        ledger.Settle(StartMicros + 70_000_000);

        Assert.Equal(1_000, ledger.Totals.DatagramsLost);
    }

    [Theory]
    [InlineData(0xFFFF_FF00UL)]
    [InlineData(0xFFFF_FFFF_FFFF_0000UL)]
    public void Sequences_may_be_as_large_as_they_like(ulong first)
    {
        using var senders = new FrameSenders(StartMicros + 1);
        var ledger = new FrameLedger(senders);
        for (var index = 0UL; index < 1_000; index++)
        {
            if (index % 10 != 5)
            {
                ledger.Observe(Header(0) with { DatagramSequence = first + index, FirstReadingSequence = first + (index * 5) }, 0, StartMicros);
            }
        }

        ledger.Settle(StartMicros + 5_000_000);

        Assert.Equal((900L, 100L, 500L), (ledger.Totals.Datagrams, ledger.Totals.DatagramsLost, ledger.Totals.ReadingsLost));
        Assert.Equal(FrameVerdict.Implausible, ledger.Observe(Header(0) with { SenderId = 9, DatagramSequence = ulong.MaxValue }, 0, StartMicros));
    }

    [Fact]
    public void Senders_beyond_the_limit_are_counted_but_not_followed()
    {
        using var senders = new FrameSenders(StartMicros);
        var ledger = new FrameLedger(senders);
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
            using var senders = new FrameSenders(StartMicros);
            var ledger = new FrameLedger(senders);
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

    /// <summary>
    /// Cause: each receiver of a port followed senders by itself. Symptom: a sender that moved to another receiver had lost
    /// everything that the first one got, and what came through both was taken twice.
    /// </summary>
    [Fact]
    public void A_sender_that_moves_to_another_receiver_has_lost_nothing_and_doubles_nothing()
    {
        using var senders = new FrameSenders(StartMicros, receiverCount: 2);
        var (first, second) = (new FrameLedger(senders), new FrameLedger(senders));
        for (ulong sequence = 0; sequence < 100; sequence++)
        {
            Observe(first, sequence);
        }

        Assert.Equal(FrameVerdict.Duplicate, Observe(second, 99));
        for (ulong sequence = 100; sequence < 200; sequence++)
        {
            Observe(second, sequence);
        }

        first.Settle(StartMicros + 6_000_000);
        second.Settle(StartMicros + 6_000_000);

        Assert.Equal((100L, 100L), (first.Totals.Datagrams, second.Totals.Datagrams));
        Assert.Equal((0L, 0L), (first.Totals.DatagramsLost, second.Totals.DatagramsLost));
        Assert.Equal(1, second.Totals.DatagramsDuplicate);
        Assert.Equal(1, first.SenderCount);
    }

    [Fact]
    public void A_receiver_that_is_behind_brings_what_the_other_has_given_up()
    {
        using var senders = new FrameSenders(StartMicros, receiverCount: 2);
        var (slow, quick) = (new FrameLedger(senders), new FrameLedger(senders));
        Observe(slow, 0);
        for (ulong sequence = 30_000; sequence < 60_000; sequence++)
        {
            Observe(quick, sequence);
        }

        for (ulong sequence = 1; sequence < 30_000; sequence++)
        {
            Assert.Equal(FrameVerdict.Reordered, Observe(slow, sequence));
        }

        quick.Settle(StartMicros + 6_000_000);

        var (datagrams, readings) = Accounted([slow, quick]);
        Assert.Equal((60_000L, 300_000L), (datagrams, readings));
        Assert.Equal(60_000, slow.Totals.Datagrams + quick.Totals.Datagrams);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Whatever_networks_and_senders_do_sent_is_received_and_lost(int receiverCount)
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            var network = new FrameNetwork(random, StartMicros, receiverCount, senderCount: random.Next(1, 5), datagramsMax: 20_000);
            using var senders = new FrameSenders(StartMicros, receiverCount);
            FrameLedger[] ledgers = [.. Enumerable.Range(0, receiverCount).Select(_ => new FrameLedger(senders))];
            var accounts = new FrameAccounts();
            var nowMicros = StartMicros;
            foreach (var (receiver, header) in network.Arrivals)
            {
                nowMicros += random.Next(1_000);
                accounts.Observe(header, ledgers[receiver].Observe(header, (uint)header.DatagramSequence, nowMicros));
                if (random.Next(1_000) == 0)
                {
                    ledgers[random.Next(receiverCount)].Settle(nowMicros);
                }
            }

            ledgers[0].Settle(nowMicros + 5_000_000);

            Assert.Equal(accounts.Sent(), Accounted(ledgers));
            Assert.Equal(accounts.Taken, ledgers.Sum(ledger => ledger.Totals.Datagrams));
        }
    }

    [Fact]
    public void Receivers_may_meet_at_one_sender()
    {
        const int Receivers = 4;
        const int Datagrams = 200_000;
        using var senders = new FrameSenders(StartMicros, Receivers);
        FrameLedger[] ledgers = [.. Enumerable.Range(0, Receivers).Select(_ => new FrameLedger(senders))];
        var taken = new int[Receivers];

        // All get everything, so each datagram is taken by one of them, whoever is first.
        Thread[] threads =
        [
            .. ledgers.Select((ledger, receiver) => new Thread(() =>
            {
                for (ulong sequence = 0; sequence < Datagrams; sequence++)
                {
                    for (ulong sender = 1; sender <= 3; sender++)
                    {
                        var verdict = ledger.Observe(Header(sequence) with { SenderId = sender }, 0, StartMicros);
                        taken[receiver] += verdict is FrameVerdict.First or FrameVerdict.Reordered ? 1 : 0;
                    }
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        ledgers[0].Settle(StartMicros + 6_000_000);

        Assert.Equal(3, ledgers[0].SenderCount);
        Assert.Equal(3 * Datagrams, taken.Sum());
        Assert.Equal((3L * Datagrams, 15L * Datagrams), Accounted(ledgers));
        Assert.Equal(3L * Datagrams * (Receivers - 1), ledgers.Sum(ledger => ledger.Totals.DatagramsDuplicate + ledger.Totals.TooOld));
    }

    [Fact]
    public void Following_senders_allocates_nothing()
    {
        using var senders = new FrameSenders(StartMicros, receiverCount: 2);
        var ledger = new FrameLedger(senders);
        Observe(ledger, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong sequence = 1; sequence < 100_000; sequence += 1 + (sequence % 7))
        {
            ledger.Observe(Header(sequence) with { SenderId = sequence % 900 }, 0, StartMicros);
            ledger.Settle(StartMicros);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>What was received, and what never came.</summary>
    private static (long Datagrams, long Readings) Accounted(FrameLedger[] ledgers) => (
        ledgers.Sum(ledger => ledger.Totals.Datagrams + ledger.Totals.DatagramsLost - ledger.Totals.DatagramsRecovered),
        ledgers.Sum(ledger => ledger.Totals.Readings + ledger.Totals.ReadingsLost - ledger.Totals.ReadingsRecovered));

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
