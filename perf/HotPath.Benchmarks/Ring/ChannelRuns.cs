using System.Threading.Channels;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Ring;

/// <summary>One case over a bounded channel of the same events. It knows neither batches nor several readers of each event.</summary>
internal static class ChannelRuns
{
    public static double Run(RingCase run)
    {
        var channel = Channel.CreateBounded<Slot>(
            new BoundedChannelOptions(RingWords.Slots) { SingleReader = true, SingleWriter = run.Producers == 1 });
        return ManyThreads.Run(run, producer => Produce(channel.Writer, run, producer), _ => Consume(channel.Reader, run));
    }

    private static void Produce(ChannelWriter<Slot> writer, RingCase run, int producer)
    {
        var turns = 0;
        var slot = default(Slot);
        var end = (producer + 1) * run.EventsPerProducer;
        for (var at = producer * run.EventsPerProducer; at < end; at++)
        {
            RingWords.Fill(ref slot, at);
            while (!writer.TryWrite(slot))
            {
                ManyThreads.Idle(run, ref turns);
            }

            turns = 0;
        }
    }

    private static long Consume(ChannelReader<Slot> reader, RingCase run)
    {
        var sum = 0L;
        var turns = 0;
        for (var left = run.Events; left > 0;)
        {
            if (reader.TryRead(out var slot))
            {
                sum += RingWords.SumOf(in slot);
                left--;
                turns = 0;
            }
            else
            {
                ManyThreads.Idle(run, ref turns);
            }
        }

        return sum;
    }
}
