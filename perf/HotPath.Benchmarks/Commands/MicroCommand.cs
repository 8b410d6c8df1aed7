using BenchmarkDotNet.Running;

namespace HotPath.Benchmarks.Commands;

/// <summary>The classes with [Benchmark] methods; the arguments are BenchmarkDotNet's.</summary>
internal sealed class MicroCommand : IBenchCommand
{
    public string Name => "micro";

    public string Says => "BenchmarkDotNet's classes in this assembly; its arguments, such as --list flat";

    public int Run(string[] args)
    {
        BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(args);
        return 0;
    }
}
