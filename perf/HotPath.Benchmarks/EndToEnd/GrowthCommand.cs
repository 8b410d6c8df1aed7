using System.Globalization;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>How a reading's cost grows with the number of machines.</summary>
internal sealed class GrowthCommand : IBenchCommand
{
    private static readonly int[] Times = [1, 2, 4, 8];

    public string Name => "end-to-end-growth";

    public string Says => "the whole way at 1, 2, 4 and 8 times the machines, other arguments as of end-to-end";

    public int Run(string[] args)
    {
        var options = EndToEndOptions.Parse(["--rate", "max", "--seconds", "15", .. args]);
        var result = new BenchResult(Name, "End to end, growth with machines", args)
        {
            Verified = EndToEndFigures.Verified,
            Notes = "One run each, as fast as the readings are taken; short runs, so that starting and JIT weigh more than above.",
        };
        result.Option("seconds", options.Seconds);
        result.Option("tags", options.Tags);
        foreach (var times in Times)
        {
            var grown = options with { Machines = options.Machines * times };
            var name = string.Create(CultureInfo.InvariantCulture, $"{grown.Machines * grown.Tags:#,0} machine-tags");
            EndToEndFigures.Add(result, name, [EndToEndRun.Execute(grown)]);
        }

        return result.Finish();
    }
}
