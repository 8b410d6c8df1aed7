using HotPath.Benchmarks.Commands;

namespace HotPath.Benchmarks.Ring;

internal sealed class RingCommand : IBenchCommand
{
    public string Name => "ring";

    public string Says => "the ring between threads, beside Channels and, with -p:DisruptorNet=PATH, Disruptor-net: [REPETITIONS]";

    public int Run(string[] args) => RingBench.Run(args);
}
