using System.Globalization;
using HotPath.Benchmarks.Results;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>Outcomes as figures of a result: a row for each case, a column for each measure.</summary>
internal static class EndToEndFigures
{
    public const string Verified =
        "sent = received, accepted = stored + duplicate + future, nothing lost or rejected, rows of the table = stored, "
        + "and every transition and downtime of the demo's rules equals the generator's truth";

    public static void Add(BenchResult result, string name, IReadOnlyList<EndToEndOutcome> runs, Goal? rate = null, Goal? cpu = null)
    {
        Figure("The whole way", "sent and stored", "M readings/s", run => run.PerSecond / 1e6, rate);
        Figure("The whole way", "until all is in the tables", "M readings/s", run => run.IntoTablesPerSecond / 1e6);
        Figure("The whole way", "service CPU", "ns/reading", run => run.CpuNanos, cpu);
        Figure("The whole way", "generator CPU", "ns/reading", run => run.GeneratorCpuNanos);
        Figure("The whole way", "behind at the end", "s", run => run.BehindSeconds);
        Figure("The whole way", "not in a table yet, at most", "M readings", run => run.WaitingReadingsMax / 1e6);
        Figure("The whole way", "found the ring full", "calls", run => run.CallsTurnedAway);
        Figure("What it takes", "allocated, whole process", "B/reading", run => run.AllocatedBytes);
        Figure("What it takes", "collections", "", run => run.Collections);
        Figure("What it takes", "journal", "B/reading", run => run.JournalBytes);
        Figure("What it takes", "tables", "B/reading", run => run.TableBytes);
        Figure("What it takes", "ledger", "B/reading", run => run.LedgerBytes);
        Figure("What it takes", "resident, most", "MiB", run => run.ResidentMibMax);
        Figure("The generator", "waited for its pace", "share", run => run.PaceWaitShare);
        Figure("The generator", "waited for the receiver", "share", run => run.ReceiverWaitShare);
        Figure("The generator", "was the limit", "1 = yes", run => run.PaceWaitShare + run.ReceiverWaitShare < 0.01 ? 1 : 0);
        foreach (var stage in runs.SelectMany(run => run.Stages.Select(stage => stage.Stage)).Distinct())
        {
            result.Add(new Figure(
                "CPU by stage", stage, name, "ns/reading",
                [.. runs.Select(run => run.Stages.FirstOrDefault(each => each.Stage == stage).Nanos)]));
        }

        if (runs[0].LatencyMs.Length > 0)
        {
            Latency(result, name, runs);
        }

        void Figure(string table, string measure, string unit, Func<EndToEndOutcome, double> of, Goal? goal = null) =>
            result.Add(new Figure(table, name, measure, unit, [.. runs.Select(of)]) { Goal = goal });
    }

    /// <summary>From the time at which a datagram was due until its transition stood in the ledger.</summary>
    private static void Latency(BenchResult result, string name, IReadOnlyList<EndToEndOutcome> runs)
    {
        foreach (var percent in (double[])[50, 90, 99, 99.9, 100])
        {
            var measure = percent == 100 ? "max" : string.Create(CultureInfo.InvariantCulture, $"p{percent}");
            result.Add(new Figure(
                "From intended send time to the transition in the ledger", name, measure, "ms",
                [.. runs.Select(run => run.LatencyMs[(int)Math.Min(run.LatencyMs.Length - 1, run.LatencyMs.Length * percent / 100)])]));
        }
    }
}
