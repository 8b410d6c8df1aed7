using System.Globalization;
using HotPath.Benchmarks.Commands;
using HotPath.Engine.Rules;
using HotPath.TestKit;
using HotPath.TestKit.Rules;

namespace HotPath.Benchmarks.Rules;

/// <summary>
/// What it costs to refuse a faulty rule document: every one of the test data, wall time of the parse alone, cold (the
/// first time in this process) and the best of five. Each is refused, or the run fails.
/// </summary>
internal sealed class RuleCheckCost : IBenchCommand
{
    private const int RunCount = 5;

    public string Name => "rule-check";

    public string Says => "refusing each of the faulty rule documents of the test data";

    public int Run(string[] args)
    {
        var kept = Directory.GetFiles(Repository.Combine("tests", "HotPath.Tests", "Cli", "FaultyRules"), "*.yaml")
            .Select(path => (Name: Path.GetFileNameWithoutExtension(path), Utf8: File.ReadAllBytes(path)));
        var huge = HugeRuleDocuments.All.Select(made => (Name: made.Key, Utf8: made.Value()));
        var worst = new List<(string Name, int Bytes, double FirstMs, double BestMs)>();
        foreach (var (name, utf8) in kept.Concat(huge))
        {
            var first = RefuseMs(name, utf8);
            var best = Enumerable.Range(0, RunCount).Min(_ => RefuseMs(name, utf8));
            worst.Add((name, utf8.Length, first, best));
        }

        Console.WriteLine($"{worst.Count} documents refused; the ten that cost most:");
        foreach (var (name, bytes, firstMs, bestMs) in worst.OrderByDescending(one => one.BestMs).Take(10))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name,-32} {bytes,12:N0} bytes   first {firstMs,8:F2} ms   best {bestMs,8:F2} ms"));
        }

        return 0;
    }

    private static double RefuseMs(string name, byte[] utf8)
    {
        var measured = new Measured(name);
        measured.Take(1, () => Engine.Invariant.Holds(!RuleDocument.TryParse(utf8, out _, out _), "a faulty document is refused"));
        return measured.Best / 1e6;
    }
}
