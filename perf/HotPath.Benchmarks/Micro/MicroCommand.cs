using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;

namespace HotPath.Benchmarks.Micro;

/// <summary>
/// The classes with [Benchmark] methods, by BenchmarkDotNet, within this process: its own builds would need package
/// sources at run time. What is decided by ratios in one run has commands of its own.
/// </summary>
internal sealed class MicroCommand : IBenchCommand
{
    public string Name => "micro";

    public string Says => "shard and decoders by BenchmarkDotNet, nanoseconds and bytes allocated a reading; its arguments, such as --filter *Decode*";

    public int Run(string[] args)
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(10))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.GitHub)
            .AddLogger(ConsoleLogger.Default)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "hotpath-benchmarkdotnet"));
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
        var reports = summaries.SelectMany(summary => summary.Reports).ToList();
        if (reports.Count == 0 || !reports.All(report => report.Success))
        {
            return 1;
        }

        var result = new BenchResult("micro", "Shard and decoders by BenchmarkDotNet", args)
        {
            Verified = "every reading was taken in as an ordinary one; every record decoded to its reading",
            Notes = "Wall time of one thread, a reading. A shard's readings are of random machines with 20 tags and ten rules.",
        };
        foreach (var report in reports)
        {
            var (type, row) = (report.BenchmarkCase.Descriptor.Type.Name, RowOf(report.BenchmarkCase));
            result.Add(new Figure(type, row, "a reading", "ns", [.. report.ResultStatistics!.OriginalValues]));
            result.Add(new Figure(type, row, "allocated", "B", [report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0]));
        }

        return result.Finish();
    }

    private static string RowOf(BenchmarkCase benchmark) =>
        benchmark.HasParameters ? $"{benchmark.Descriptor.WorkloadMethod.Name}, {benchmark.Parameters.DisplayInfo}" : benchmark.Descriptor.WorkloadMethod.Name;
}
