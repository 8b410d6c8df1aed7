using HotPath.Benchmarks.Commands;

namespace HotPath.Benchmarks.Decode;

internal sealed class DecodeCommand : IBenchCommand
{
    public string Name => "decode";

    public string Says => "every encoding beside System.Text.Json, ns a reading: [WORDS of the forms wanted]";

    public int Run(string[] args) => DecodeRun.Run(args);
}
