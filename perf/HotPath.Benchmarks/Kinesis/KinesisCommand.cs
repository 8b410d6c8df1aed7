using HotPath.Benchmarks.Commands;

namespace HotPath.Benchmarks.Kinesis;

internal sealed class KinesisCommand : IBenchCommand
{
    public string Name => "kinesis";

    public string Says => "PutRecords of 500 at the endpoint, with and without journal, beside kinesalite: [SECONDS of each run] | stages | serve ADDRESS:PORT";

    public int Run(string[] args) => PutRecordsRun.MainAsync(args).GetAwaiter().GetResult();
}
