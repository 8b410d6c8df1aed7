using BenchmarkDotNet.Running;
using HotPath.Benchmarks.Decode;
using HotPath.Benchmarks.Journal;
using HotPath.Benchmarks.Kinesis;
using HotPath.Benchmarks.Parquet;
using HotPath.Benchmarks.Ring;
using HotPath.Benchmarks.Rules;

// The benches of two threads, of a disk, of a socket or against other programs are programs of their own: they
// interleave their peers or start them.
switch (args.FirstOrDefault())
{
    case "ring":
        RingBench.Run(Console.Out);
        break;
    case "journal":
        JournalBench.Run(Console.Out, args.ElementAtOrDefault(1) ?? Path.GetTempPath());
        break;
    case "rules":
        return RuleScaling.Run(isQuick: args.Contains("--quick"));
    case "kinesis":
        return await PutRecordsRun.MainAsync(args[1..]);
    case "parquet-duckdb":
        return ParquetAgainstDuckDb.Run(args.AsSpan(1));
    case "decode":
        return DecodeRun.Run(args[1..]);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(RingBench).Assembly).Run(args);
        break;
}

return 0;
