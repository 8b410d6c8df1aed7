using BenchmarkDotNet.Running;
using HotPath.Benchmarks.Decode;
using HotPath.Benchmarks.Journal;
using HotPath.Benchmarks.Parquet;
using HotPath.Benchmarks.Ring;
using HotPath.Benchmarks.Rules;

// The benches of two threads, of a disk, or beside another program are programs of their own: they interleave their
// peers in one process.
switch (args.FirstOrDefault())
{
    case "ring":
        RingBench.Run(Console.Out);
        break;
    case "journal":
        JournalBench.Run(Console.Out, args.ElementAtOrDefault(1) ?? Path.GetTempPath());
        break;
    case "decode":
        return DecodeRun.Run(args[1..]);
    case "rules":
        return RuleScaling.Run(isQuick: args.Contains("--quick"));
    case "parquet-duckdb":
        return ParquetAgainstDuckDb.Run(args.AsSpan(1));
    default:
        BenchmarkSwitcher.FromAssembly(typeof(RingBench).Assembly).Run(args);
        break;
}

return 0;
