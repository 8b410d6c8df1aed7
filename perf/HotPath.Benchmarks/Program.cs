using BenchmarkDotNet.Running;
using HotPath.Benchmarks.Journal;
using HotPath.Benchmarks.Ring;

// The benches of two threads or of a disk are programs of their own: they interleave their peers in one process.
switch (args.FirstOrDefault())
{
    case "ring":
        RingBench.Run(Console.Out);
        break;
    case "journal":
        JournalBench.Run(Console.Out, args.ElementAtOrDefault(1) ?? Path.GetTempPath());
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(RingBench).Assembly).Run(args);
        break;
}

return 0;
