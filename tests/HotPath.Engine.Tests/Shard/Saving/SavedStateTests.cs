using System.Globalization;
using HotPath.TestKit;
using HotPath.TestKit.Reference;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Shard.Saving;

/// <summary>
/// The theorem of snapshots: the state at L and what follows L give what everything from the begin gives, whatever the
/// number of shards that saved and of those that go on, and whatever went on while the state was saved.
/// </summary>
public sealed class SavedStateTests(ITestOutputHelper output)
{
    private const int CaseCountUsual = 400;

    [Fact]
    public void Restarts_from_snapshots_at_random_places_change_no_row_of_random_cases()
    {
        var seed = TestSeed.Next();
        var count = int.TryParse(
            Environment.GetEnvironmentVariable("HOTPATH_CASES"), CultureInfo.InvariantCulture, out var asked)
            ? asked
            : CaseCountUsual;
        var restarts = 0;
        for (var index = 0; index < count; index++)
        {
            var caseSeed = unchecked(seed + index);
            var made = RandomCase.Make(caseSeed);
            restarts += RestartsOf(made, EngineRun.Rows(made, 1, 1024), caseSeed);
        }

        output.WriteLine($"HOTPATH_SEED={seed}, {count} cases, {restarts} restarts");
        Assert.True(restarts > count, $"{restarts} restarts prove little");
    }

    [SharedFact]
    public void Every_vector_gives_its_rows_with_snapshots_and_restarts_in_the_middle()
    {
        var restarts = 0;
        var paths = Directory.GetFiles(Path.Combine(SharedData.Directory!, "vectors"), "*.json").Order().ToList();
        foreach (var (path, index) in paths.Select((path, index) => (path, index)))
        {
            var vector = RecordedCase.ReadVector(path);
            restarts += RestartsOf(vector, vector.Expected, index);
        }

        output.WriteLine($"{paths.Count} vectors, {restarts} restarts");
        Assert.True(restarts > paths.Count, $"{restarts} restarts prove little");
    }

    [SharedFact]
    public void Every_recording_gives_its_rows_with_snapshots_and_restarts_in_the_middle()
    {
        foreach (var (machine, unitMicros) in new[] { ("nab", 1_000L), ("okuma", 1L) })
        {
            var directory = Path.Combine(SharedData.Directory!, "real", machine);
            foreach (var expected in Directory.GetFiles(directory, "expected-*.ndjson").Order())
            {
                var recorded = RecordedCase.ReadRecording(directory, Path.GetFileName(expected), unitMicros);
                Assert.True(RestartsOf(recorded, recorded.Expected, seed: 5) > 0);
            }
        }
    }

    private static int RestartsOf(RecordedCase recorded, IReadOnlyList<string> expected, int seed)
    {
        var (rows, restarts) = RestartedRun.Rows(recorded, seed);
        var at = rows.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.True(
            at == rows.Count && at == expected.Count,
            $"HOTPATH_SEED={seed} {recorded.Name}, {restarts} restarts, row {at} of {expected.Count}:\n"
            + $"  expected {expected.ElementAtOrDefault(at)}\n  came     {rows.ElementAtOrDefault(at)}");
        return restarts;
    }
}
