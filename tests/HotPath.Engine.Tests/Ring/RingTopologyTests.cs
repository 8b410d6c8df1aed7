using HotPath.Engine.Ring;

namespace HotPath.Engine.Tests.Ring;

/// <summary>Real threads over a small ring: every reader sees every slot of every producer once and in its order.</summary>
public sealed class RingTopologyTests
{
    private const int SlotsPerProducer = 200_000;

    [Theory]
    [InlineData(1, true, 1)]
    [InlineData(1, true, 64)]
    [InlineData(1, false, 1)]
    [InlineData(2, false, 1)]
    [InlineData(2, false, 16)]
    [InlineData(3, false, 5)]
    public void One_reader_sees_every_slot_of_every_producer_in_its_order(int producers, bool hasOneProducer, int batch)
    {
        using var ring = NewRing(hasOneProducer);
        var reader = ring.NewReader();

        Run(ring, producers, batch, [reader]);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    public void Of_a_diamond_the_last_reader_never_overtakes_the_two_before_it(int producers, bool hasOneProducer)
    {
        using var ring = NewRing(hasOneProducer);
        var one = ring.NewReader(gates: false);
        var other = ring.NewReader(gates: false);
        var last = ring.NewReaderBehind(one, other);

        Run(ring, producers, 16, [one, other, last], (_, lsn) => lsn <= one.Position.Value && lsn <= other.Position.Value);
    }

    [Fact]
    public void With_one_producer_a_claim_that_is_not_published_is_not_seen()
    {
        using var sequencer = new Sequencer(16, firstLsn: 5, hasOneProducer: true);
        sequencer.AddGatingSequence(new Sequence(4));

        Assert.Equal(ClaimOutcome.Claimed, sequencer.TryClaim(3, 16, out var first));
        Assert.Equal(4, sequencer.LastPublished(5));
        sequencer.Publish(first, first + 2);

        Assert.Equal((5L, 7L), (first, sequencer.LastPublished(5)));
        Assert.Equal(ClaimOutcome.Full, sequencer.TryClaim(14, 16, out _));
        sequencer.CloseIntake();
        Assert.Equal(ClaimOutcome.Closed, sequencer.TryClaim(1, 16, out _));
        Assert.Equal(ClaimOutcome.Claimed, sequencer.TryClaimControl(1, out var control));
        Assert.Equal(8, control);
    }

    private static RingBuffer NewRing(bool hasOneProducer) => new(256, 0, new YieldingWaitStrategy(), hasOneProducer);

    private static void Run(
        RingBuffer ring, int producers, int batch, RingReader[] readers, Func<RingReader, long, bool>? holdsOfLast = null)
    {
        var faults = new string?[readers.Length];
        var threads = readers.Select((reader, index) => new Thread(() =>
        {
            var holds = index == readers.Length - 1 ? holdsOfLast : null;
            faults[index] = Read(reader, producers, holds);
        })).Concat(Enumerable.Range(0, producers).Select(producer => new Thread(() => Produce(ring, producer, batch)))).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.All(faults, Assert.Null);
        Assert.All(readers, reader => Assert.Equal((long)producers * SlotsPerProducer, reader.NextLsn));
    }

    private static void Produce(RingBuffer ring, int producer, int batch)
    {
        for (var number = 0; number < SlotsPerProducer; number += batch)
        {
            long lsn;
            var count = Math.Min(batch, SlotsPerProducer - number);
            while (ring.Sequencer.TryClaim(count, ring.SlotCount, out lsn) != ClaimOutcome.Claimed)
            {
                Thread.Yield();
            }

            for (var index = 0; index < count; index++)
            {
                ring.SlotsFrom(lsn + index, 1)[0] = new Slot { Kind = SlotKind.Reading, SourceIndex = producer, SequenceNumber = number + index };
            }

            ring.Publish(lsn, lsn + count - 1);
        }
    }

    /// <summary>What was wrong first, or null. Reads on to the end, so that nobody waits for it for ever.</summary>
    private static string? Read(RingReader reader, int producers, Func<RingReader, long, bool>? holds)
    {
        string? fault = null;
        var next = new long[producers];
        for (var left = (long)producers * SlotsPerProducer; left > 0;)
        {
            var slots = reader.Peek(64, out var lsn);
            foreach (ref readonly var slot in slots)
            {
                if (slot.SequenceNumber != next[slot.SourceIndex]++)
                {
                    fault ??= $"slot {lsn}: {slot.SequenceNumber} of producer {slot.SourceIndex}";
                }
            }

            if (slots.IsEmpty)
            {
                Thread.Yield();
                continue;
            }

            if (holds is not null && !holds(reader, lsn + slots.Length - 1))
            {
                fault ??= $"slot {lsn + slots.Length - 1} was seen before those in front had released it";
            }

            reader.Release(slots.Length);
            left -= slots.Length;
        }

        return fault;
    }
}
