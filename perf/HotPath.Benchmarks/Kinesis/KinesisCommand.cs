using HotPath.Benchmarks.Commands;

namespace HotPath.Benchmarks.Kinesis;

internal sealed class KinesisCommand : IBenchCommand
{
    public string Name => "kinesis";

    public string Says => "PutRecords of 500 against the real endpoint before an open ring: [SECONDS of each of three runs] | stages | serve ADDRESS:PORT";

    public int Run(string[] args) => PutRecordsRun.MainAsync(args).GetAwaiter().GetResult();
}
