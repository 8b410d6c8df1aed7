using HotPath.Benchmarks.Commands;

namespace HotPath.Benchmarks.Rules;

internal sealed class RulesCommand : IBenchCommand
{
    public string Name => "rules";

    public string Says => "a shard processor by machines, rules on one tag and flips: [--quick]";

    public int Run(string[] args) => RuleScaling.Run(isQuick: args.Contains("--quick"));
}
