using System.Globalization;
using System.Text.Json;
using HotPath.TestKit.Reference;

namespace HotPath.Engine.Tests.Shard.Saving;

/// <summary>Readings that flip nothing go a short way through the shard; a save under way and a load are in force there too.</summary>
public sealed class QuietSavingTests
{
    private const int Seeds = 40;
    private const string Rules = """{"version":1,"rules":[{"id":"r","groups":[{"name":"g","cases":[{"state":"HIGH","when":"t > 90"}],"else":"LOW"}]}]}""";

    /// <summary>
    /// A quiet reading changed its machine before a save under way had written it. After a restart from that state the
    /// reading came a second time, as a duplicate, and what it released was gone.
    /// </summary>
    [Fact]
    public void A_quiet_reading_during_a_save_belongs_to_what_follows_the_marker()
    {
        var recorded = Case(new TimeOptions(), Enumerable.Range(0, 400).Select(
            index => Line(machine: index % 40, atMs: 10_000 + index, value: index < 390 ? 50 : 95)));

        AssertSameRows(recorded);
    }

    /// <summary>Loaded time options did not reach the short way: a reading far in the future was taken there.</summary>
    [Fact]
    public void A_reading_of_the_future_is_none_after_a_load_either()
    {
        var recorded = Case(new TimeOptions { MaxFutureMicros = 1_000_000 }, Enumerable.Range(0, 200).Select(
            index => Line(machine: index % 3, atMs: 10_000 + index + (index % 7 == 6 ? 60_000 : 0), value: 50)));

        AssertSameRows(recorded);
    }

    private static void AssertSameRows(RecordedCase recorded)
    {
        var expected = EngineRun.Rows(recorded, shardCount: 1, batchSlots: 1024);
        var restarts = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var (rows, count) = RestartedRun.Rows(recorded, seed);
            Assert.Equal(expected, rows);
            restarts += count;
        }

        Assert.True(restarts > Seeds, $"{restarts} restarts prove little");
    }

    private static RecordedCase Case(TimeOptions options, IEnumerable<JsonElement> lines) =>
        new("quiet", options, 1_000, Rules, [.. lines], []);

    private static JsonElement Line(int machine, long atMs, int value) => JsonDocument.Parse(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"timestamp":{{atMs}},"equipmentId":"m{{machine}}","tag":"t","value":{{value}},"receivedAt":{{Math.Min(atMs, 10_400)}}}""")).RootElement;
}
