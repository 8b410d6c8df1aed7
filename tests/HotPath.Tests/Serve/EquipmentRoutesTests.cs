using System.Net;
using System.Text.Json;

namespace HotPath.Tests.Serve;

public sealed class EquipmentRoutesTests
{
    [Fact]
    public async Task Machines_that_want_attention_come_first_and_say_why()
    {
        await using var serve = await ServeFixture.StartAsync(Plant());

        var page = await serve.Json("/api/v1/equipment");

        Assert.Equal(
            ["filler-2", "filler-4", "filler-3", "filler-1", "filler-5"],
            page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()));
        Assert.Equal((1, 1, 1, 2), Counts(page));
        var down = page.GetProperty("items")[0];
        Assert.Equal("down", down.GetProperty("category").GetString());
        var state = down.GetProperty("states")[0];
        Assert.Equal("STOPPED", state.GetProperty("state").GetString());
        Assert.Equal("jam", state.GetProperty("reason").GetString());
        Assert.Equal("2026-03-01T07:01:30Z", state.GetProperty("since").GetString());
        var downtime = state.GetProperty("downtime");
        Assert.Equal("open", downtime.GetProperty("status").GetString());
        Assert.Equal($"line@filler-2@{FakePlant.At(90)}", downtime.GetProperty("downtimeId").GetString());
    }

    [Fact]
    public async Task A_machine_that_was_only_heard_has_no_state_but_a_freshness()
    {
        await using var serve = await ServeFixture.StartAsync(Plant());

        var machine = (await serve.Json("/api/v1/equipment?search=LER-5")).GetProperty("items")[0];

        Assert.Equal(0, machine.GetProperty("states").GetArrayLength());
        Assert.Equal("2026-03-01T07:00:05Z", machine.GetProperty("lastEventAt").GetString());
        Assert.Equal(JsonValueKind.Null, machine.GetProperty("category").ValueKind);
    }

    [Fact]
    public async Task Pages_follow_each_other_by_cursor()
    {
        await using var serve = await ServeFixture.StartAsync(Plant());

        var first = await serve.Json("/api/v1/equipment?sort=id&limit=2");
        var second = await serve.Json($"/api/v1/equipment?sort=id&limit=2&cursor={first.GetProperty("next").GetString()}");
        var third = await serve.Json($"/api/v1/equipment?sort=id&limit=2&cursor={second.GetProperty("next").GetString()}");

        Assert.Equal(
            ["filler-1", "filler-2", "filler-3", "filler-4", "filler-5"],
            new[] { first, second, third }.SelectMany(page => page.GetProperty("items").EnumerateArray())
                .Select(item => item.GetProperty("id").GetString()));
        Assert.Equal(JsonValueKind.Null, third.GetProperty("next").ValueKind);
    }

    [Theory]
    [InlineData("category=planned", "filler-3")]
    [InlineData("state=NO_*", "filler-4")]
    [InlineData("rule=line&state=ACTIVE", "filler-1")]
    public async Task Machines_are_found_by_category_and_state(string query, string expected)
    {
        await using var serve = await ServeFixture.StartAsync(Plant());

        var items = (await serve.Json("/api/v1/equipment?" + query)).GetProperty("items");

        Assert.Equal(expected, Assert.Single(items.EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task One_machine_brings_its_history_and_the_evidence()
    {
        await using var serve = await ServeFixture.StartAsync(Plant());

        var detail = await serve.Json("/api/v1/equipment/filler-2");

        Assert.Equal("filler-2", detail.GetProperty("equipment").GetProperty("id").GetString());
        var newest = detail.GetProperty("transitions")[0];
        Assert.Equal("STOPPED", newest.GetProperty("toState").GetString());
        Assert.Equal("speed > 0", newest.GetProperty("evidence").GetProperty("case").GetString());
        Assert.Equal(1, detail.GetProperty("downtimes").GetArrayLength());
    }

    [Fact]
    public async Task An_unknown_machine_is_not_found()
    {
        await using var serve = await ServeFixture.StartAsync(Plant());

        var problem = await serve.Refused(HttpStatusCode.NotFound, "/api/v1/equipment/filler-99");

        Assert.Equal("No machine is called \"filler-99\".", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Every_fault_of_a_query_is_named_at_once()
    {
        await using var serve = await ServeFixture.StartAsync();

        var problem = await serve.Refused(HttpStatusCode.BadRequest, "/api/v1/equipment?limit=0&sort=atention&serch=x");

        Assert.Equal(
            [
                "sort cannot be \"atention\": attention, id. Did you mean attention?",
                "limit cannot be \"0\": a whole number from 1 to 2000.",
                "serch is no parameter here. Did you mean search? Allowed: search, rule, state, category, sort, limit, cursor.",
            ],
            problem.GetProperty("faults").EnumerateArray().Select(fault => fault.GetString()));
    }

    /// <summary>As the page loads a large plant: the order by name does not move, whoever goes down meanwhile.</summary>
    [Fact]
    public async Task Pages_by_name_hold_every_machine_once_while_machines_go_down()
    {
        var plant = new FakePlant();
        for (var machine = 0; machine < 4_500; machine++)
        {
            plant.Equipment($"filler-{machine}");
        }

        await using var serve = await ServeFixture.StartAsync(plant);
        var seen = new List<string>();
        for (var next = "0"; next is not null;)
        {
            var page = await serve.Json($"/api/v1/equipment?sort=id&limit=2000&cursor={next}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!));
            plant.Transition($"filler-{seen.Count % 4_500}", "ACTIVE", "STOPPED", at: seen.Count).Downtime($"filler-{seen.Count % 4_500}", "STOPPED", seen.Count, null);
            next = page.GetProperty("next").GetString()!;
        }

        Assert.Equal(4_500, seen.Count);
        Assert.Equal(4_500, seen.Distinct().Count());
    }

    private static FakePlant Plant()
    {
        var plant = new FakePlant()
            .Transition("filler-1", "UNKNOWN", "ACTIVE", at: 10)
            .Transition("filler-2", "UNKNOWN", "ACTIVE", at: 12)
            .Transition("filler-2", "ACTIVE", "STOPPED", at: 100, since: 90, reason: "jam")
            .Downtime("filler-2", "STOPPED", start: 90, end: null, reason: "jam")
            .Transition("filler-3", "UNKNOWN", "CHANGEOVER", at: 20)
            .Transition("filler-4", "UNKNOWN", "NO_DATA", at: 30);
        return plant.Heard("filler-5", FakePlant.At(5));
    }

    private static (int Down, int Unknown, int Planned, int Other) Counts(JsonElement page)
    {
        var counts = page.GetProperty("counts");
        return (counts.GetProperty("down").GetInt32(), counts.GetProperty("unknown").GetInt32(),
            counts.GetProperty("planned").GetInt32(), counts.GetProperty("other").GetInt32());
    }
}
