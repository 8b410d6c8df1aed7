using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Ring;

/// <summary>One case over the ring of the engine.</summary>
internal static class HotPathRuns
{
    public static double Run(RingCase run)
    {
        var strategy = new BusySpinWaitStrategy();
        using var ring = new RingBuffer(RingWords.Slots, 0, strategy, hasOneProducer: run.Producers == 1);
        var readers = NewReaders(ring, run.Consumers);
        return ManyThreads.Run(run, producer => Produce(ring, run, producer), consumer => Consume(readers[consumer], run, strategy));
    }

    private static RingReader[] NewReaders(RingBuffer ring, int count)
    {
        if (count == 1)
        {
            return [ring.NewReader()];
        }

        var one = ring.NewReader(gates: false);
        var other = ring.NewReader(gates: false);
        return [one, other, ring.NewReaderBehind(one, other)];
    }

    private static void Produce(RingBuffer ring, RingCase run, int producer)
    {
        var turns = 0;
        var end = (producer + 1) * run.EventsPerProducer;
        for (var at = producer * run.EventsPerProducer; at < end; at += run.Batch)
        {
            long lsn;
            while (ring.Sequencer.TryClaim(run.Batch, RingWords.Slots, out lsn) != ClaimOutcome.Claimed)
            {
                ManyThreads.Idle(run, ref turns);
            }

            turns = 0;
            if (run.Batch == 1)
            {
                RingWords.Fill(ref ring.SlotAt(lsn), at);
            }
            else
            {
                WriteAll(ring, lsn, run.Batch, at);
            }

            ring.Publish(lsn, lsn + run.Batch - 1);
        }
    }

    private static void WriteAll(RingBuffer ring, long lsn, int count, long first)
    {
        var slots = ring.SlotsFrom(lsn, count);
        for (var index = 0; index < slots.Length; index++)
        {
            RingWords.Fill(ref slots[index], first + index);
        }

        if (slots.Length < count)
        {
            WriteAll(ring, lsn + slots.Length, count - slots.Length, first + slots.Length);
        }
    }

    private static long Consume(RingReader reader, RingCase run, BusySpinWaitStrategy strategy)
    {
        var sum = 0L;
        var turns = 0;
        for (var left = run.Events; left > 0;)
        {
            var slots = reader.Peek(8_192, out _);
            foreach (ref readonly var slot in slots)
            {
                sum += RingWords.SumOf(in slot);
            }

            if (slots.IsEmpty)
            {
                ManyThreads.Idle(run, ref turns);
                continue;
            }

            turns = 0;
            reader.Release(slots.Length);
            left -= slots.Length;
            if (!run.IsShared)
            {
                strategy.AfterWork(slots.Length);
            }
        }

        return sum;
    }
}
