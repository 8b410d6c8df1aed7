using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;

namespace HotPath.Benchmarks.Detection;

internal sealed class DetectionCommand : IBenchCommand
{
    private const int RunCount = 9;

    public string Name => "detection";

    public string Says => "from a reading's intended send time to its transition in the ledger, beside the machine's noise: [READINGS/S] [SECONDS]";

    public int Run(string[] args)
    {
        var readingsPerSecond = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 500_000;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 8;
        var result = new BenchResult("detection", $"Detection latency at {readingsPerSecond.ToString("N0", CultureInfo.InvariantCulture)} readings a second", args)
        {
            Verified = "the ledger was read afterwards: one transition at each LSN where one was due, no other",
            Notes = "Open loop: a reading that is sent late counts from when it should have been sent. Sender on cpu 0; journal "
                + "(policy none), shard and ledger as one agent on cpu 1. Noise: the same sender and a loop on cpu 1 that only "
                + "takes the readings from the ring. The first second is not counted. As a plant server would give the engine "
                + "cores of its own, the process asks for the highest ordinary priority.",
        };
        result.Option("priority", RaisePriority());
        var noises = new List<LatencyHistogram>();
        var latencies = new List<LatencyHistogram>();
        for (var run = 0; run < RunCount; run++)
        {
            noises.Add(DetectionRun.Noise(readingsPerSecond, seconds));
            latencies.Add(DetectionRun.Detect(readingsPerSecond, seconds));
        }

        Note(result, "ring alone (noise)", noises, hasGoals: false);
        Note(result, "transition in the ledger", latencies, hasGoals: readingsPerSecond == 500_000);
        result.NotMeasured("detection: latency over a socket; journal policy batch");
        return result.Finish();
    }

    private static string RaisePriority()
    {
        try
        {
            using var process = Process.GetCurrentProcess();
            process.PriorityClass = ProcessPriorityClass.RealTime;
            return "highest";
        }
        catch (Win32Exception denied)
        {
            return $"ordinary ({denied.Message})";
        }
    }

    private static void Note(BenchResult result, string row, List<LatencyHistogram> runs, bool hasGoals)
    {
        (string Name, double Share, double Goal)[] measures = [("p50", 0.5, 20), ("p99", 0.99, 100), ("p99.9", 0.999, 0), ("max", 1, 0)];
        foreach (var (name, share, goal) in measures)
        {
            result.Add(new Figure("latency", row, name, "us", [.. runs.Select(run => run.Micros(share))])
            {
                Goal = hasGoals && goal > 0 ? Goal.AtMost(goal) : null,
            });
        }
    }
}
