using HotPath.Benchmarks.Commands;

namespace HotPath.Benchmarks.Udp;

internal sealed class UdpCommand : IBenchCommand
{
    public string Name => "udp";

    public string Says => "UDP to ring beside recvmmsg alone, plain and by runs, drained, and at ten times overload: [plain|runs|drain|overload]";

    public int Run(string[] args) => UdpBench.Run(args);
}
