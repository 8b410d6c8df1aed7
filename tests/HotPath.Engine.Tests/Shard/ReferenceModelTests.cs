using System.Globalization;
using HotPath.TestKit;
using HotPath.TestKit.Reference;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Shard;

/// <summary>The engine beside the reference model, on cases made of a seed, and the reference model beside the vectors.</summary>
public sealed class ReferenceModelTests(ITestOutputHelper output)
{
    private const int CaseCountUsual = 300;

    private static readonly (int Shards, int Batch)[] Ways = [(1, 1024), (2, 7), (7, 1)];

    [SharedFact]
    public void Reference_model_gives_the_rows_of_every_vector()
    {
        var differing = Directory.GetFiles(Path.Combine(SharedData.Directory!, "vectors"), "*.json")
            .Select(RecordedCase.ReadVector)
            .Where(vector => !ReferenceModel.Rows(vector).SequenceEqual(vector.Expected))
            .Select(vector => vector.Name)
            .ToList();

        Assert.Empty(differing);
    }

    [Fact]
    public void Engine_gives_the_rows_of_the_reference_model_whatever_the_shards_and_batches()
    {
        var seed = TestSeed.Next();
        var count = int.TryParse(
            Environment.GetEnvironmentVariable("HOTPATH_CASES"), CultureInfo.InvariantCulture, out var asked)
            ? asked
            : CaseCountUsual;
        output.WriteLine($"HOTPATH_SEED={seed}, {count} cases");
        var rows = 0L;
        for (var index = 0; index < count; index++)
        {
            var made = RandomCase.Make(unchecked(seed + index));
            rows += ReferenceModel.Rows(made).Count;
            if (DifferenceOf(made) is not null)
            {
                var least = Shrinker.Shrink(made, smaller => DifferenceOf(smaller) is not null);
                Assert.Fail(
                    $"HOTPATH_SEED={seed + index}: {DifferenceOf(least)}\noptions {least.Options}\nrules {least.Rules}\n"
                    + string.Join("\n", least.Lines));
            }
        }

        output.WriteLine($"{rows} rows equal");
    }

    /// <summary>The theorem of RULES.md: nothing late, nothing judged by the arrival clock, so only the set of readings counts.</summary>
    [Fact]
    public void Rows_are_a_function_of_the_set_of_readings_while_nothing_is_late()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        for (var index = 0; index < 60; index++)
        {
            var made = RandomCase.Make(unchecked(seed + index), isOrdered: true);
            var random = new Random(unchecked(seed + index));
            var expected = RowsOnly(EngineRun.Rows(made, 1, 1024));
            var shuffled = made with
            {
                Lines = [.. made.Lines.Concat(made.Lines.Take(20)).OrderBy(_ => random.Next())],
            };

            var rows = RowsOnly(EngineRun.Rows(shuffled, 3, 5));

            Assert.True(expected.SequenceEqual(rows), $"HOTPATH_SEED={seed + index}");
        }
    }

    private static IEnumerable<string> RowsOnly(IReadOnlyList<string> rows) => rows.Take(rows.Count - 1);

    private static string? DifferenceOf(RecordedCase made)
    {
        var expected = ReferenceModel.Rows(made);
        foreach (var (shards, batch) in Ways)
        {
            var rows = EngineRun.Rows(made, shards, batch);
            var at = rows.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
            if (at < rows.Count || at < expected.Count)
            {
                return $"{shards} shards, batches of {batch}, row {at}:\n"
                    + $"  expected {expected.ElementAtOrDefault(at)}\n  came     {rows.ElementAtOrDefault(at)}";
            }
        }

        return null;
    }
}
