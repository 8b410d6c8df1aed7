using System.Diagnostics;
using System.Globalization;
using HotPath.Benchmarks.Commands;
using HotPath.TestKit.Decode;

namespace HotPath.Benchmarks.Decode;

/// <summary>
/// Hundreds of millions of mutated records through the decoder. The ordinary tests take a small share of the same. Ends
/// with an exception that names the bytes of the first record that two ways decode differently.
/// </summary>
internal sealed class MutationCampaign : IBenchCommand
{
    private const long StepRecords = 1_000_000;

    public string Name => "mutations";

    public string Says => "mutated records of all encodings, decoded by every way there is: [RECORDS] [SEED]";

    public int Run(string[] args)
    {
        var records = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 100_000_000;
        var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Environment.TickCount;
        Console.WriteLine($"{records:N0} records, seed {seed}");
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

            Console.WriteLine(
                $"{run.Records:N0} records, {run.Readings:N0} readings, {run.ComparedWithReference:N0} compared with the reference, "
                + $"{run.AllocatedBytes} B allocated, {process.WorkingSet64 >> 20} MiB (after 5 M: {workingSetBytes >> 20}), "
                + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
        }

        // What a first use makes once is no growth.
        return run.AllocatedBytes <= 1_024 ? 0 : 1;
    }
}
