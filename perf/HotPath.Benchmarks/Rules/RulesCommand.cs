using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;

namespace HotPath.Benchmarks.Rules;

internal sealed class RulesCommand : IBenchCommand
{
    public string Name => "rules";

    public string Says =>
        "a shard processor beside one that evaluates every rule: machines | thresholds | disorder | holds, or all; [--quick]";

    public int Run(string[] args)
    {
        var parts = args.Where(word => word != "--quick").ToArray();
        var result = new BenchResult("rules", $"Rules in one shard{(parts.Length == 0 ? "" : ": " + string.Join(", ", parts))}", args)
        {
            Verified = "every reading was taken, none late, none twice; on one tag both engines gave the same transitions",
            Notes = "CPU time of the one thread that turns the shard. The other engine runs the same compiled conditions, all of them for each reading.",
        };
        var scaling = new RuleScaling(result, args.Contains("--quick"));
        foreach (var part in parts.Length == 0 ? ["machines", "thresholds", "disorder", "holds"] : parts)
        {
            switch (part)
            {
                case "machines":
                    scaling.Machines();
                    break;
                case "thresholds":
                    scaling.Thresholds();
                    break;
                case "disorder":
                    scaling.Disorder();
                    break;
                case "holds":
                    scaling.HoldsAndWindows();
                    break;
                default:
                    Console.Error.WriteLine($"rules: there is no part {part}. Parts are machines, thresholds, disorder, holds.");
                    return 2;
            }
        }

        return result.Finish();
    }
}
