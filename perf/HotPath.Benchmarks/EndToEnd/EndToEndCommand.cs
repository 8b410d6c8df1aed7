using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>One way through the whole product. Its ceiling is what its layers reach alone: `decode`, `journal`, `rules`.</summary>
internal sealed class EndToEndCommand : IBenchCommand
{
    public string Name => "end-to-end";

    public string Says =>
        "generator and service as processes: [--seconds N] [--rate N|max] [--machines N] [--tags N] [--format F] [--kinesis] "
        + "[--no-flush] [--disorder-ms N] [--probes N a second]";

    public int Run(string[] args)
    {
        var options = EndToEndOptions.Parse(args);
        var outcome = EndToEndRun.Execute(options);
        var result = new BenchResult(Name, $"End to end, {Title(options)}", args)
        {
            Verified = options.HasFlush
                ? EndToEndFigures.Verified
                : "sent = received, accepted = stored + duplicate + future, nothing lost or rejected",
            Notes = "Generator and service share the cores. CPU is of all threads of the service from its readiness until the "
                + "last row stood, by the scheduler's count; steps of the sink by the thread's CPU clock at each step; "
                + "shard and ledger, which share a thread on two cores, by the CPU clock of one batch in seven, their waiting by the difference.",
        };
        result.Option("seconds", options.Seconds);
        result.Option("rate", options.Rate);
        result.Option("machines", options.Machines);
        result.Option("tags", options.Tags);
        result.Option("rules per machine", "10 or 11");
        result.Option("journal", "sync batch");
        result.Option("out of order", $"{options.DisorderMs} ms");
        result.Option("transitions compared", outcome.Transitions);
        EndToEndFigures.Add(result, Case(options), [outcome], RateGoal(options), CpuGoal(options));
        result.NotMeasured("senders on another machine and a real network card: all of end to end is loopback");
        result.NotMeasured("a disk without a host's write-back cache");
        return result.Finish();
    }

    private static string Title(EndToEndOptions options) =>
        (options.ByKinesis ? "PutRecords of 500 " : "UDP ")
        + (options.Format ?? "envelope frames")
        + $", {options.Machines * options.Tags:#,0} machine-tags"
        + (options.HasFlush ? "" : ", no flush")
        + (options.DisorderMs > 0 ? ", out of order" : "")
        + (options.ProbesPerSecond > 0 ? $", at {options.Rate} with latency" : "");

    private static string Case(EndToEndOptions options) => options.Rate == "max" ? "as fast as taken" : "open loop";

    /// <summary>Goals are of envelope frames at full speed, in order, and of 500 JSON records a call.</summary>
    private static Goal? RateGoal(EndToEndOptions options) =>
        options is { ByKinesis: false, Format: null, DisorderMs: 0, ProbesPerSecond: 0, HasFlush: true } ? Goal.AtLeast(2) : null;

    private static Goal? CpuGoal(EndToEndOptions options) => options switch
    {
        { ByKinesis: true, Format: "json" } => Goal.AtMost(1_500),
        { ByKinesis: true } or { Format: not null } => null,
        { HasFlush: true } => Goal.AtMost(550),
        _ => Goal.AtMost(350),
    };
}
