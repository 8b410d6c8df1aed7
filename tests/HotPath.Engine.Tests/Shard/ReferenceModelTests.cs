using System.Globalization;
using HotPath.Engine.Rules;
using HotPath.TestKit;
using HotPath.TestKit.Reference;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Shard;

/// <summary>
/// The engine beside the reference model, on cases made of a seed, and the reference model beside the vectors.
/// <c>HOTPATH_SEED</c> gives the seed, <c>HOTPATH_CASES</c> the number of cases of each test.
/// </summary>
public sealed class ReferenceModelTests(ITestOutputHelper output)
{
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
        var rows = 0L;
        foreach (var (seed, made) in Cases(usual: 300))
        {
            rows += ReferenceModel.Rows(made).Count;
            Compare(seed, made, DifferenceInMemory);
        }

        output.WriteLine($"{rows} rows equal");
    }

    /// <summary>Rows are a function of the lines in their order; shards, batches and restarts cannot change them.</summary>
    [Fact]
    public void The_whole_engine_gives_the_rows_of_the_reference_model_through_restarts()
    {
        var rows = 0L;
        foreach (var (seed, made) in Cases(usual: 60))
        {
            var random = new Random(seed);
            var restarts = random.Next(3);
            var service = ServiceCase.Of(made, _ => random.Next(made.Lines.Count) < restarts);
            rows += ReferenceModel.Rows(service, hasEnd: false).Count;
            Compare(seed, service, DifferenceOfService);
        }

        output.WriteLine($"{rows} rows equal");
    }

    /// <summary>The theorem of RULES.md: nothing late, nothing judged by the arrival clock, so only the set of readings counts.</summary>
    [Fact]
    public void Rows_are_a_function_of_the_set_of_readings_while_nothing_is_late()
    {
        var (compared, rows) = (0, 0L);
        foreach (var (seed, made) in Cases(usual: 200, isOrdered: true))
        {
            var random = new Random(seed);
            var shuffled = Shuffled(made, random);
            var expected = EngineRun.Rows(made, 1, 1024);
            var came = EngineRun.Rows(shuffled, 1 + random.Next(7), 1 + random.Next(20));
            if (!IsNothingLate(expected) || !IsNothingLate(came))
            {
                continue;
            }

            compared++;
            rows += expected.Count - 1;
            Assert.True(RowsOnly(expected).SequenceEqual(RowsOnly(came)), $"HOTPATH_SEED={seed}");
        }

        output.WriteLine($"{compared} cases compared, {rows} rows equal");
        Assert.True(compared > 50, "hardly any case met the theorem's premise, so this showed nothing");
    }

    private IEnumerable<(int Seed, RecordedCase Made)> Cases(int usual, bool isOrdered = false)
    {
        var seed = TestSeed.Next();
        var count = int.TryParse(
            Environment.GetEnvironmentVariable("HOTPATH_CASES"), CultureInfo.InvariantCulture, out var asked)
            ? asked
            : usual;
        output.WriteLine($"HOTPATH_SEED={seed}, {count} cases");
        for (var index = 0; index < count; index++)
        {
            yield return (unchecked(seed + index), RandomCase.Make(unchecked(seed + index), isOrdered));
        }
    }

    // With duplicates, and either in any order at all, or out of order by less than the options allow.
    private static RecordedCase Shuffled(RecordedCase made, Random random)
    {
        var lines = made.Lines.Concat(made.Lines.Take(20));
        if (random.Next(2) == 0)
        {
            return made with { Lines = [.. lines.OrderBy(_ => random.Next())] };
        }

        var ordernessMs = random.Next(1, 30_000);
        return made with
        {
            Options = new TimeOptions { OutOfOrdernessMicros = ordernessMs * 1_000L },
            Lines = [.. lines.OrderBy(line => line.GetProperty("timestamp").GetInt64() + random.Next(ordernessMs))],
        };
    }

    private static bool IsNothingLate(IReadOnlyList<string> rows) =>
        rows[^1].Contains("\"late\":0,", StringComparison.Ordinal);

    private static IEnumerable<string> RowsOnly(IReadOnlyList<string> rows) => rows.Take(rows.Count - 1);

    private static void Compare(int seed, RecordedCase made, Func<RecordedCase, string?> difference)
    {
        if (difference(made) is not null)
        {
            var least = Shrinker.Shrink(made, smaller => RuleDocument.TryParse(smaller.Rules, out _, out _) && difference(smaller) is not null);
            Assert.Fail(
                $"HOTPATH_SEED={seed}: {difference(least)}\noptions {least.Options}\nrules {least.Rules}\n"
                + string.Join("\n", least.Lines));
        }
    }

    private static string? DifferenceInMemory(RecordedCase made)
    {
        var expected = ReferenceModel.Rows(made);
        return Ways
            .Select(way => Difference(expected, EngineRun.Rows(made, way.Shards, way.Batch), $"{way.Shards} shards, batches of {way.Batch}"))
            .FirstOrDefault(difference => difference is not null);
    }

    private static string? DifferenceOfService(RecordedCase service)
    {
        // A shrunk case may have lost its first start.
        if (!service.Lines[0].TryGetProperty("control", out var control) || control.GetString() != "start")
        {
            return null;
        }

        var expected = ReferenceModel.Rows(service, hasEnd: false).SkipLast(1).ToList();
        var (shards, batch) = (1 + (service.Lines.Count % 3), 1 + (service.Lines.Count % 13));
        return Difference(expected, ServiceRun.Rows(service, shards, batch), $"the whole engine, {shards} shards, {batch} lines at a time");
    }

    private static string? Difference(IReadOnlyList<string> expected, IReadOnlyList<string> rows, string way)
    {
        var at = rows.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
        return at == rows.Count && at == expected.Count ? null
            : $"{way}, row {at}:\n  expected {expected.ElementAtOrDefault(at)}\n  came     {rows.ElementAtOrDefault(at)}";
    }
}
