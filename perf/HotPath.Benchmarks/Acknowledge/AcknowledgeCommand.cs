using System.Globalization;
using System.Net;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.EndToEnd;
using HotPath.Benchmarks.Results;
using HotPath.Demo;

namespace HotPath.Benchmarks.Acknowledge;

/// <summary>
/// From a call of PutRecords to its answer, which comes after the sync of its frames, beside the raw fdatasync of the same
/// disk, in turns in the same run; and what a reading then costs the journal.
/// </summary>
internal sealed class AcknowledgeCommand : IBenchCommand
{
    private const int RawCount = 300;
    private const string Raw = "raw: 4 KiB written and fdatasync";

    private static readonly (string Case, int Connections, int Calls, int Records)[] Cases =
    [
        ("1 connection, 1 record a call", 1, 300, 1),
        ("1 connection, 500 records a call", 1, 150, 500),
        ("16 connections, 1 record a call", 16, 60, 1),
        ("8 connections, 500 records a call", 8, 40, 500),
    ];

    public string Name => "acknowledge";

    public string Says => "PutRecords of a real service until acknowledged, beside raw fdatasync: [ROUNDS, 5] [DIRECTORY]";

    public int Run(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var directory = Path.Combine(args.ElementAtOrDefault(1) ?? Path.GetTempPath(), $"hotpath-acknowledge-{Environment.ProcessId}");
        Directory.CreateDirectory(directory);
        try
        {
            return RunAsync(args, directory, rounds).GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task<int> RunAsync(string[] args, string directory, int rounds)
    {
        await using var service = await ServiceProcess.StartAsync(directory, new EndToEndOptions { Machines = 400, Tags = 8 });
        var calls = new AcknowledgedCalls(new IPEndPoint(IPAddress.Loopback, service.Kinesis));
        using var raw = new RawSync(directory);

        // Code is compiled and connections are known by then.
        _ = calls.Measure(8, 30, 100);
        var rawRuns = new List<double[]>();
        var runs = Cases.Select(_ => new List<CaseRun>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            rawRuns.Add(raw.Measure(RawCount));
            for (var index = 0; index < Cases.Length; index++)
            {
                runs[index].Add(await MeasureAsync(service, calls, index));
            }
        }

        await service.StopAsync();
        var rows = (await TruthCheck.CountRowsAsync(service.Tables)).Single(row => row.Table == "readings").Rows;
        if (rows != calls.Readings)
        {
            throw new InvalidOperationException($"{calls.Readings} acknowledged, {rows} in the table: the run does not count.");
        }

        var result = new BenchResult(Name, "PutRecords until acknowledged, beside raw fdatasync", args)
        {
            Verified = "every call was answered with no failed record, and every acknowledged reading is in the table once",
            Notes = "Generator and service share the cores; calls are signed beforehand. The raw write is of one block in a file that was "
                + "written with zeros once, as the journal's segments are, in turns with the calls. CPU of the journal is of its thread by the "
                + "scheduler's count; with few readings a sync it is the sync's own.",
        };
        result.Option("rounds", rounds);
        result.Option("journal", "sync batch");
        Add(result, rawRuns, runs);
        result.NotMeasured("acknowledge: clients on another machine");
        return result.Finish();
    }

    private static async Task<CaseRun> MeasureAsync(ServiceProcess service, AcknowledgedCalls calls, int index)
    {
        var (_, connections, count, records) = Cases[index];
        var threads = EndToEnd.ThreadCpu.Of(service.Id);
        var before = await service.MetricsAsync();
        var micros = calls.Measure(connections, count, records);
        var after = await service.MetricsAsync();
        var readings = (double)connections * count * records;
        var journal = EndToEnd.ThreadCpu.Of(service.Id).Since(threads)["journal"];
        return new CaseRun(
            micros,
            journal / readings,
            (after.Sum("hotpath_journal_bytes") - before.Sum("hotpath_journal_bytes")) / readings,
            readings / (after.Sum("hotpath_journal_syncs_total") - before.Sum("hotpath_journal_syncs_total")));
    }

    private static void Add(BenchResult result, List<double[]> rawRuns, List<CaseRun>[] runs)
    {
        const string Latency = "Until acknowledged";
        const string Cost = "What a reading costs the journal";
        foreach (var percent in (int[])[50, 99])
        {
            result.Add(new Figure(Latency, Raw, $"p{percent}", "us", [.. rawRuns.Select(run => Percentile(run, percent))]));
        }

        for (var index = 0; index < Cases.Length; index++)
        {
            var (name, own) = (Cases[index].Case, runs[index]);
            foreach (var percent in (int[])[50, 99])
            {
                result.Add(new Figure(Latency, name, $"p{percent}", "us", [.. own.Select(run => Percentile(run.Micros, percent))]));
            }

            result.Add(new Figure(
                Latency, name, "p50 against raw", "x",
                [.. own.Select((run, round) => Percentile(run.Micros, 50) / Percentile(rawRuns[round], 50))]));
            result.Add(new Figure(Cost, name, "CPU of the journal's thread", "ns/reading", [.. own.Select(run => run.JournalNanos)]));
            result.Add(new Figure(Cost, name, "on disk", "B/reading", [.. own.Select(run => run.JournalBytes)]));
            result.Add(new Figure(Cost, name, "readings a sync", "", [.. own.Select(run => run.ReadingsASync)]));
        }
    }

    private static double Percentile(double[] sorted, int percent) => sorted[Math.Min(sorted.Length - 1, sorted.Length * percent / 100)];

    private sealed record CaseRun(double[] Micros, double JournalNanos, double JournalBytes, double ReadingsASync);
}
