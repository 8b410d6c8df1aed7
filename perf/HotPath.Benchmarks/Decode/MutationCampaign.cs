using System.Diagnostics;
using System.Globalization;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;
using HotPath.TestKit.Decode;

namespace HotPath.Benchmarks.Decode;

/// <summary>
/// Hundreds of millions of mutated records through the decoder. The ordinary tests take a small share of the same. Ends
/// with an exception that names the bytes of the first record that two ways decode differently.
/// </summary>
internal sealed class MutationCampaign : IBenchCommand
{
    private const long StepRecords = 1_000_000;
    private const double MillionRecordsMin = 100;

    /// <summary>What a first use makes once is no growth.</summary>
    private const long AllocatedBytesMax = 1_024;

    public string Name => "mutations";

    public string Says => "mutated records of all encodings, decoded by every way there is: [RECORDS] [SEED]";

    public int Run(string[] args)
    {
        var records = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 100_000_000;
        var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Environment.TickCount;
        Console.Error.WriteLine($"{records:N0} records, seed {seed}");
        var result = new BenchResult(Name, "Mutated records", args)
        {
            Verified = "no crash; every record decoded to the same slots by the fast ways and by the grammar alone, a share of them by the slow reference too",
            Notes = "A campaign of correctness: the first disagreement ends it with an exception, and nothing is recorded.",
        };
        result.Option("seed", seed);
        using var run = new MutationRun(seed);
        var start = Stopwatch.GetTimestamp();
        var workingSetBytes = 0L;
        while (run.Records < records)
        {
            run.Take(long.Min(StepRecords, records - run.Records));
            using var process = Process.GetCurrentProcess();
            if (run.Records <= 5 * StepRecords)
            {
                workingSetBytes = process.WorkingSet64;
            }

            Console.Error.WriteLine(
                $"{run.Records:N0} records, {run.Readings:N0} readings, {run.ComparedWithReference:N0} compared with the reference, "
                + $"{run.AllocatedBytes} B allocated, {process.WorkingSet64 >> 20} MiB (after 5 M: {workingSetBytes >> 20}), "
                + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
        }

        const string Table = "campaign";
        const string Case = "all encodings";
        result.Add(new Figure(Table, Case, "records", "M", [run.Records / 1e6]) { Goal = Goal.AtLeast(MillionRecordsMin) });
        result.Add(new Figure(Table, Case, "readings", "M", [run.Readings / 1e6]));
        result.Add(new Figure(Table, Case, "compared with the reference", "M", [run.ComparedWithReference / 1e6]));
        result.Add(new Figure(Table, Case, "allocated, no new name", "B in all", [run.AllocatedBytes]) { Goal = Goal.AtMost(AllocatedBytesMax) });
        result.Add(new Figure(Table, Case, "resident, growth after 5 M records", "MiB", [(Environment.WorkingSet - workingSetBytes) / (double)(1 << 20)]));
        result.Finish();
        return run.AllocatedBytes <= AllocatedBytesMax ? 0 : 1;
    }
}
