using System.Globalization;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;

namespace HotPath.Benchmarks.Generator;

/// <summary>
/// What the generator itself takes for a reading, made and sent, where the other end does nothing but take bytes: with it
/// one can tell whether a bench measured the receiver or the generator.
/// </summary>
internal sealed class GeneratorCommand : IBenchCommand
{
    private const int Runs = 3;
    private const double PacedShare = 0.85;
    private const string Unpaced = "1000000000";
    private static readonly string[] Formats = ["frame", "msgpack-envelope", "msgpack", "msgpack-map", "influx", "json"];
    private static readonly int[] Connections = [1, 4, 8];

    public string Name => "generator";

    public string Says => "the load generator alone, CPU ns a reading made and sent, against an end that only takes bytes: [udp] [kinesis]";

    public int Run(string[] args)
    {
        if (args.Length == 0 || args.Contains("udp"))
        {
            Udp();
        }

        if (args.Length == 0 || args.Contains("kinesis"))
        {
            Kinesis();
        }

        return 0;
    }

    private static BenchResult NewResult(string way, string verified)
    {
        var result = new BenchResult("generator", $"The generator by itself, {way}", [way])
        {
            Verified = verified,
            Notes = "The generator is a process of its own; the other end is a thread that counts. CPU is of the generator's feeds by their "
                + "threads' clocks, kernel time of sending in it (on loopback that is also the way into the receiver's socket), its start and its "
                + "compiling are not. Where a bench's receiver takes less than this, the generator is what limits it on two cores.",
        };
        result.Option("machine-tags", GeneratorRun.Machines * GeneratorRun.Tags);
        return result;
    }

    private static void Udp()
    {
        var result = NewResult("udp", "the datagrams and bytes that the generator says it sent are those that came in, none dropped");
        foreach (var format in Formats)
        {
            Add(result, "made and sent, runs cut by the kernel (UDP_SEGMENT)", format, () => Datagrams(format));
            Add(result, "made and sent, every datagram a message", format, () => Datagrams(format, "--single-datagrams"));
        }

        result.Finish();
    }

    private static void Kinesis()
    {
        var result = NewResult("kinesis", "the calls, records and bytes that the generator says it sent are those that came in");
        foreach (var connections in Connections)
        {
            var name = $"{connections} connection{(connections == 1 ? "" : "s")}";
            Add(result, "made, signed and sent, calls of 500 JSON records", name, () => Calls("json", connections, "--records", "500"));
            Add(result, "made, signed and sent, calls of 100 records of envelopes", name, () => Calls("msgpack-envelope", connections));
        }

        result.Finish();
    }

    private static void Add(BenchResult result, string table, string name, Func<GeneratorRun> run)
    {
        GeneratorRun[] runs = [.. Enumerable.Range(0, Runs).Select(_ => run())];
        result.Add(new Figure(table, name, "CPU", "ns/reading", [.. runs.Select(each => each.CpuNanosPerReading)]));
        result.Add(new Figure(table, name, "rate", "M readings/s", [.. runs.Select(each => each.ReadingsPerSecond / 1e6)]));
        result.Add(new Figure(table, name, "sent", "B/reading", [.. runs.Select(each => each.Bytes / (double)each.Readings)]));
        result.Add(new Figure(table, name, "runs held back by itself", "", [runs.Count(each => each.Limit == "generator")]));
    }

    /// <summary>As fast as it goes; where the other end could not take that, at less and less.</summary>
    private static GeneratorRun Datagrams(string format, params string[] more)
    {
        for (var rate = Unpaced; ;)
        {
            using var end = new DatagramEnd();
            var run = GeneratorRun.Execute(["udp", "--target", end.Address, "--format", format, "--rate", rate, "--duration", "1s", .. more]);
            var counts = end.End();
            if (counts.Dropped == 0)
            {
                counts.Verify(run);
                return run;
            }

            rate = (run.ReadingsPerSecond * PacedShare).ToString("F0", CultureInfo.InvariantCulture);
            Console.Error.WriteLine($"{format}: {counts.Dropped} of {run.Messages} datagrams were dropped; again at {rate}/s");
        }
    }

    private static GeneratorRun Calls(string format, int connections, params string[] more)
    {
        using var end = new CallEnd();
        var run = GeneratorRun.Execute(
        [
            "kinesis", "--target", end.Address, "--format", format, "--rate", "max", "--duration", "1s",
            "--connections", connections.ToString(CultureInfo.InvariantCulture), .. more,
        ]);
        end.End().Verify(run);
        return run;
    }
}
