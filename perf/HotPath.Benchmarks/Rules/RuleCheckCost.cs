using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;
using HotPath.Engine.Rules;
using HotPath.TestKit;
using HotPath.TestKit.Rules;

namespace HotPath.Benchmarks.Rules;

/// <summary>
/// What it costs to refuse a faulty rule document: every one of the test data, wall time of the parse alone, cold (the
/// first time in this process) and five times again. Each is refused, or the run fails.
/// </summary>
internal sealed class RuleCheckCost : IBenchCommand
{
    private const int RunCount = 5;
    private const int ShownCount = 10;

    public string Name => "rule-check";

    public string Says => "refusing each of the faulty rule documents of the test data";

    public int Run(string[] args)
    {
        var result = new BenchResult(Name, "Refusing faulty rule documents", args)
        {
            Verified = "every document was refused every time",
            Notes = $"Wall time of the parse on one thread. The {ShownCount} documents that cost most, of all that were refused.",
        };
        var kept = Directory.GetFiles(Repository.Combine("tests", "HotPath.Tests", "Cli", "FaultyRules"), "*.yaml")
            .Select(path => (Name: Path.GetFileNameWithoutExtension(path), Utf8: File.ReadAllBytes(path)));
        var huge = HugeRuleDocuments.All.Select(made => (Name: made.Key, Utf8: made.Value()));
        var refused = new List<(string Name, int Bytes, double FirstMs, double[] AgainMs)>();
        foreach (var (name, utf8) in kept.Concat(huge))
        {
            var first = RefuseMs(name, utf8);
            refused.Add((name, utf8.Length, first, [.. Enumerable.Range(0, RunCount).Select(_ => RefuseMs(name, utf8))]));
        }

        result.Option("documents refused", refused.Count);
        foreach (var (name, bytes, firstMs, againMs) in refused.OrderByDescending(one => one.AgainMs.Min()).Take(ShownCount))
        {
            const string Table = "document";
            result.Add(new Figure(Table, name, "size", "B", [bytes]));
            result.Add(new Figure(Table, name, "first", "ms", [firstMs]));
            result.Add(new Figure(Table, name, "again", "ms", againMs));
        }

        return result.Finish();
    }

    private static double RefuseMs(string name, byte[] utf8)
    {
        var measured = new Measured(name);
        measured.Take(1, () => Engine.Invariant.Holds(!RuleDocument.TryParse(utf8, out _, out _), "a faulty document is refused"));
        return measured.Best / 1e6;
    }
}
