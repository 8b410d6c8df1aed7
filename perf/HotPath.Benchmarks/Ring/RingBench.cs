using System.Globalization;
using HotPath.Benchmarks.Results;

namespace HotPath.Benchmarks.Ring;

/// <summary>
/// The ring beside Disruptor-net and System.Threading.Channels, interleaved in one process, repetition by repetition;
/// 64-byte events, every word written and read, the sums checked. Before and after each repetition a ping-pong of one
/// cache line says how far the cores are apart, because the host moves them: what counts is the ratio of neighbours.
/// <code>
/// producer(s) --> ring of 65,536 slots --> consumer      or      --> two consumers --> a third behind both
/// </code>
/// Ceiling: a copy of 64 bytes, 4 to 5 ns.
/// </summary>
internal static class RingBench
{
    private const int RepetitionsUsual = 7;

    private static readonly int[] Batches = [1, 16, 256, 1024];

    public static int Run(string[] args)
    {
        var repetitions = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : RepetitionsUsual;
        var result = new BenchResult("ring", "Ring between threads", args)
        {
            Verified = "each consumer summed every word of every event of every repetition",
            Notes = "A case with more threads than cores shares them and is a lower bound. The ratio is the median of the ratios of "
                + "neighbouring runs. Channels take one event at a time and give each to one reader, so they stand in the first row of one consumer only.",
        };
        result.Option("slots", RingWords.Slots);
        result.Option("event bytes", 64);
        foreach (var (producers, consumers) in (ReadOnlySpan<(int, int)>)[(1, 1), (2, 1), (1, 3)])
        {
            foreach (var batch in Batches)
            {
                Measure(result, new RingCase(producers, consumers, batch, EventsOf(producers, consumers, batch)), repetitions);
            }
        }

        if (!DisruptorRuns.IsThere)
        {
            result.NotMeasured(
                "Disruptor-net: build it from its public source (its IL-woven accessors as Unsafe.*, where the weaver is absent), then "
                + "dotnet run -c Release --project perf/HotPath.Benchmarks -p:DisruptorNet=PATH/Disruptor.dll -- ring");
        }

        return result.Finish();
    }

    /// <summary>A tenth of a second or more each, a multiple of every batch for every producer.</summary>
    private static long EventsOf(int producers, int consumers, int batch) =>
        (producers + consumers > 2 ? (batch == 1 ? 1L : 3L) : (batch == 1 ? 8L : 24L)) * 2 * 1024 * 1024 / 2;

    private static void Measure(BenchResult result, RingCase run, int repetitions)
    {
        var hasChannel = run is { Consumers: 1, Batch: 1 };
        var own = new double[repetitions];
        var disruptor = new double[repetitions];
        var channel = new double[repetitions];
        var oneWayNanos = new List<double>();
        HotPathRuns.Run(run);
        if (DisruptorRuns.IsThere)
        {
            DisruptorRuns.Run(run);
        }

        for (var repetition = 0; repetition < repetitions; repetition++)
        {
            oneWayNanos.Add(PingPong.OneWayNanoseconds());
            own[repetition] = HotPathRuns.Run(run);
            disruptor[repetition] = DisruptorRuns.IsThere ? DisruptorRuns.Run(run) : 0;
            channel[repetition] = hasChannel ? ChannelRuns.Run(run with { Events = run.Events / 8 }) : 0;
            oneWayNanos.Add(PingPong.OneWayNanoseconds());
        }

        result.Add(new Figure("Ring", run.Words, "HotPath", "M/s", own));
        result.Add(new Figure("Ring", run.Words, "cache line one way", "ns", [.. oneWayNanos]));
        if (DisruptorRuns.IsThere)
        {
            result.Add(new Figure("Ring", run.Words, "Disruptor-net", "M/s", disruptor));
            result.Add(new Figure("Ring", run.Words, "against Disruptor-net", "x", Ratios(own, disruptor)) { Goal = Goal.AtLeast(1) });
        }

        if (hasChannel)
        {
            result.Add(new Figure("Ring", run.Words, "Channels", "M/s", channel));
            result.Add(new Figure("Ring", run.Words, "against Channels", "x", Ratios(own, channel)) { Goal = Goal.AtLeast(5) });
        }

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run.Words}: {own.Order().ElementAt(repetitions / 2):F1} M/s"));
    }

    private static double[] Ratios(double[] own, double[] peer) => [.. own.Zip(peer, (one, other) => one / other)];
}
