using System.Text.Json;

namespace HotPath.Tests.Serve;

public sealed class AnalysisRoutesTests
{
    private const string Window = "from=2026-03-01T07:01:00Z&to=2026-03-01T07:10:00Z";

    [Fact]
    public async Task A_lane_holds_the_state_that_reaches_into_the_window_and_every_one_after()
    {
        var plant = new FakePlant()
            .Transition("filler-1", "UNKNOWN", "ACTIVE", at: 10)
            .Transition("filler-1", "ACTIVE", "STOPPED", at: 120, since: 110)
            .Transition("filler-1", "STOPPED", "ACTIVE", at: 300)
            .Transition("filler-2", "UNKNOWN", "CHANGEOVER", at: 20)
            .Transition("filler-1", "ACTIVE", "STOPPED", at: 900);
        await using var serve = await ServeFixture.StartAsync(plant);

        var timeline = await serve.Json("/api/v1/timeline?rule=line&" + Window);

        Assert.Equal(
            ["filler-1 60:ACTIVE 110:STOPPED 300:ACTIVE", "filler-2 60:CHANGEOVER"], Lanes(timeline));
        Assert.False(timeline.GetProperty("isCut").GetBoolean());
    }

    [Fact]
    public async Task The_rule_that_drives_downtime_is_the_one_shown_unless_asked_otherwise()
    {
        var plant = new FakePlant()
            .Transition("filler-1", "UNKNOWN", "ACTIVE", at: 70)
            .Transition("filler-1", "OK", "WARNING", at: 80, rule: "heat");
        await using var serve = await ServeFixture.StartAsync(plant);

        Assert.Equal(["filler-1 60:UNKNOWN 70:ACTIVE"], Lanes(await serve.Json("/api/v1/timeline?" + Window)));
        Assert.Equal(["filler-1 60:OK 80:WARNING"], Lanes(await serve.Json("/api/v1/timeline?rule=heat&" + Window)));
        Assert.Empty(Lanes(await serve.Json("/api/v1/timeline?rule=absent&" + Window)));
    }

    [Fact]
    public async Task Reasons_are_ordered_by_the_time_they_cost_within_the_window()
    {
        var plant = new FakePlant()
            .Transition("filler-1", "ACTIVE", "STOPPED", at: 0)
            .Downtime("filler-1", "STOPPED", start: 0, end: 120, reason: "jam", sameLsn: false)
            .Downtime("filler-2", "STOPPED", start: 120, end: 300, reason: "film break", sameLsn: false)
            .Downtime("filler-2", "STOPPED", start: 400, end: 430, reason: "jam", micro: true, sameLsn: false)
            .Downtime("filler-3", "STOPPED", start: 500, end: 1_000, sameLsn: false)
            .Downtime("filler-4", "CHANGEOVER", start: 100, end: 500, reason: "changeover", sameLsn: false);
        await using var serve = await ServeFixture.StartAsync(plant);

        var pareto = await serve.Json("/api/v1/pareto?" + Window);

        Assert.Equal(
            ["film break 180 0.53", "STOPPED 100 0.82", "jam 60 1.00"],
            pareto.GetProperty("lines").EnumerateArray().Select(line => FormattableString.Invariant(
                $"{line.GetProperty("reason").GetString() ?? line.GetProperty("state").GetString()} {line.GetProperty("seconds").GetDouble()} {line.GetProperty("cumulativeRatio").GetDouble():0.00}")));
        Assert.Equal((1, 30.0), (pareto.GetProperty("microStops").GetInt32(), pareto.GetProperty("microStopSeconds").GetDouble()));
        Assert.Equal(400, (await serve.Json("/api/v1/pareto?category=planned&" + Window)).GetProperty("totalSeconds").GetDouble());
    }

    private static IEnumerable<string> Lanes(JsonElement timeline)
    {
        var states = timeline.GetProperty("states").EnumerateArray().Select(state => state.GetProperty("name").GetString()).ToArray();
        foreach (var lane in timeline.GetProperty("lanes").EnumerateArray())
        {
            var spans = lane.GetProperty("spans").EnumerateArray().Select(number => number.GetInt64()).Chunk(2)
                .Select(span => FormattableString.Invariant($" {(span[0] - (FakePlant.MorningMicros / 1000)) / 1000}:{states[span[1]]}"));
            yield return lane.GetProperty("id").GetString() + string.Concat(spans);
        }
    }
}
