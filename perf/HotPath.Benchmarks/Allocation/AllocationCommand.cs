using System.Globalization;
using System.Text.Json;
using HotPath.Benchmarks.Commands;
using HotPath.TestKit;

namespace HotPath.Benchmarks.Allocation;

/// <summary>Compares what stages allocate with the committed baseline; 1 where one allocates more, or is not in it.</summary>
internal sealed class AllocationCommand : IBenchCommand
{
    /// <summary>Half a byte in a hundred readings, and a twentieth: what a runtime's own housekeeping may differ by.</summary>
    private const double Tolerance = 0.005;
    private const double ToleranceShare = 0.05;

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    public string Name => "allocation";

    public string Says => "managed bytes a reading by stage against perf/allocation-baseline.json: [--write] takes them as the new baseline";

    private static string BaselinePath => Path.Combine(Repository.Root, "perf", "allocation-baseline.json");

    public int Run(string[] args)
    {
        var measured = AllocationStages.Measure().ToDictionary(
            stage => stage.Stage, stage => Math.Round(stage.BytesPerReading, 4), StringComparer.Ordinal);
        if (args.Contains("--write"))
        {
            File.WriteAllText(BaselinePath, JsonSerializer.Serialize(measured, Format) + "\n");
        }

        var baseline = JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(BaselinePath))!;
        var isWorse = false;
        Console.WriteLine("bytes a reading   baseline  stage");
        foreach (var (stage, bytes) in measured)
        {
            var isKnown = baseline.TryGetValue(stage, out var expected);
            var verdict = !isKnown ? "not in the baseline" : bytes > (expected * (1 + ToleranceShare)) + Tolerance ? "WORSE" : "";
            isWorse |= verdict.Length > 0;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes,15:F4} {expected,10:F4}  {stage} {verdict}"));
        }

        return isWorse ? 1 : 0;
    }
}
