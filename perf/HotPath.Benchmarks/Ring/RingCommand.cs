using HotPath.Benchmarks.Commands;

namespace HotPath.Benchmarks.Ring;

internal sealed class RingCommand : IBenchCommand
{
    public string Name => "ring";

    public string Says => "the ring between two threads, beside System.Threading.Channels";

    public int Run(string[] args)
    {
        RingBench.Run(Console.Out);
        return 0;
    }
}
