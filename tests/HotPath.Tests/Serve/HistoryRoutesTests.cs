using System.Globalization;
using System.Net;
using System.Text.Json;

namespace HotPath.Tests.Serve;

public sealed class HistoryRoutesTests
{
    [Fact]
    public async Task Transitions_come_newest_first_and_page_by_page_without_gap_or_repeat()
    {
        var plant = new FakePlant();
        for (var second = 0; second < 25; second++)
        {
            plant.Transition("filler-1", "ACTIVE", "STOPPED", at: second, sameLsn: second % 3 != 0);
        }

        await using var serve = await ServeFixture.StartAsync(plant);

        var seen = new List<string>();
        var pages = 0;
        for (string? cursor = ""; cursor is not null; pages++)
        {
            var page = await serve.Json("/api/v1/transitions?limit=4" + (cursor.Length > 0 ? "&cursor=" + cursor : ""));
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("at").GetString()!));
            cursor = page.GetProperty("next").GetString();
        }

        Assert.Equal(7, pages);
        Assert.Equal(Enumerable.Range(0, 25).Reverse().Select(second => At(second)), seen);
    }

    [Theory]
    [InlineData("equipment=filler-1", "10 20")]
    [InlineData("equipment=filler-*", "10 20 30")]
    [InlineData("equipment=filler-2,packer-1", "30 40")]
    [InlineData("rule=other", "40")]
    [InlineData("state=STOPPED", "20 40")]
    [InlineData("category=down", "20 40")]
    [InlineData("category=planned", "30")]
    [InlineData("category=other", "10")]
    [InlineData("from=2026-03-01T07:00:20Z&to=2026-03-01T07:00:40Z", "20 30")]
    public async Task Transitions_are_found_by_every_filter(string query, string seconds)
    {
        var plant = new FakePlant()
            .Transition("filler-1", "UNKNOWN", "ACTIVE", at: 10)
            .Transition("filler-1", "ACTIVE", "STOPPED", at: 20)
            .Transition("filler-2", "ACTIVE", "CHANGEOVER", at: 30)
            .Transition("packer-1", "ACTIVE", "STOPPED", at: 40, rule: "other");
        await using var serve = await ServeFixture.StartAsync(plant);

        var items = (await serve.Json("/api/v1/transitions?" + query)).GetProperty("items");

        Assert.Equal(
            seconds.Split(' ').Reverse().Select(second => At(int.Parse(second, CultureInfo.InvariantCulture))),
            items.EnumerateArray().Select(item => item.GetProperty("at").GetString()));
    }

    [Fact]
    public async Task A_transition_says_everything_that_the_ledger_says()
    {
        var plant = new FakePlant().Transition("filler-1", "ACTIVE", "STOPPED", at: 20, since: 15, reason: "jam");
        await using var serve = await ServeFixture.StartAsync(plant);

        var items = (await serve.Json("/api/v1/transitions")).GetProperty("items");

        Assert.Equal(
            """{"cursor":"1-0","lsn":1,"ruleId":"line","ruleVersion":7,"equipmentId":"filler-1","fromState":"ACTIVE","toState":"STOPPED","fromCategory":null,"toCategory":"down","at":"2026-03-01T07:00:20Z","since":"2026-03-01T07:00:15Z","groupName":"operation","cause":"reading","reason":"jam","evidence":{"case":"speed > 0"}}""",
            JsonSerializer.Serialize(items[0]).Replace("\\u003E", ">", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "p1 f2 f1 f1-micro")]
    [InlineData("status=open", "p1 f2")]
    [InlineData("status=closed", "f1 f1-micro")]
    [InlineData("micro=false", "p1 f2 f1")]
    [InlineData("micro=true", "f1-micro")]
    [InlineData("category=planned", "f2")]
    [InlineData("equipment=filler-*&status=open", "f2")]
    [InlineData("from=2026-03-01T07:05:00Z&to=2026-03-01T07:06:00Z", "p1 f2")]
    [InlineData("from=2026-03-01T07:01:00Z&to=2026-03-01T07:03:00Z", "f1")]
    public async Task Downtimes_are_found_by_every_filter_open_ones_first(string query, string expected)
    {
        await using var serve = await ServeFixture.StartAsync(Downtimes());

        var items = (await serve.Json("/api/v1/downtimes?" + query)).GetProperty("items");

        Assert.Equal(expected.Split(' '), items.EnumerateArray().Select(Name));
    }

    [Fact]
    public async Task Downtimes_page_across_the_border_of_open_and_closed()
    {
        await using var serve = await ServeFixture.StartAsync(Downtimes());

        var first = await serve.Json("/api/v1/downtimes?limit=1");
        var second = await serve.Json($"/api/v1/downtimes?limit=2&cursor={first.GetProperty("next").GetString()}");
        var third = await serve.Json($"/api/v1/downtimes?limit=2&cursor={second.GetProperty("next").GetString()}");

        Assert.Equal(
            ["p1", "f2", "f1", "f1-micro"],
            new[] { first, second, third }.SelectMany(page => page.GetProperty("items").EnumerateArray()).Select(Name));
        Assert.Equal(JsonValueKind.Null, third.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task A_closed_downtime_is_the_same_one_as_when_it_was_open()
    {
        var plant = new FakePlant()
            .Transition("filler-1", "ACTIVE", "STOPPED", at: 100)
            .Downtime("filler-1", "STOPPED", start: 100, end: null);
        await using var serve = await ServeFixture.StartAsync(plant);
        var open = (await serve.Json("/api/v1/downtimes")).GetProperty("items")[0];

        plant.Transition("filler-1", "STOPPED", "ACTIVE", at: 400)
            .Downtime("filler-1", "STOPPED", start: 100, end: 400, revision: 2, reason: "jam");
        var items = (await serve.Json("/api/v1/downtimes")).GetProperty("items");

        var closed = Assert.Single(items.EnumerateArray());
        Assert.Equal(open.GetProperty("downtimeId").GetString(), closed.GetProperty("downtimeId").GetString());
        Assert.Equal((2, 300.0, "jam"),
            (closed.GetProperty("revision").GetInt32(), closed.GetProperty("durationSeconds").GetDouble(), closed.GetProperty("reason").GetString()));
    }

    [Theory]
    [InlineData("/api/v1/transitions?cursor=next")]
    [InlineData("/api/v1/transitions?from=yesterday")]
    [InlineData("/api/v1/transitions?limit=1001")]
    [InlineData("/api/v1/downtimes?cursor=17-0")]
    [InlineData("/api/v1/downtimes?status=opened")]
    [InlineData("/api/v1/downtimes?equipment=a&equipment=b")]
    public async Task A_query_that_makes_no_sense_is_refused(string path)
    {
        await using var serve = await ServeFixture.StartAsync();

        var problem = await serve.Refused(HttpStatusCode.BadRequest, path);

        Assert.NotEqual("", problem.GetProperty("detail").GetString());
    }

    private static FakePlant Downtimes() => new FakePlant()
        .Transition("filler-1", "ACTIVE", "STOPPED", at: 10)
        .Downtime("filler-1", "STOPPED", start: 10, end: 40, micro: true, sameLsn: false)
        .Downtime("filler-1", "STOPPED", start: 60, end: 240, revision: 2, sameLsn: false)
        .Transition("filler-2", "ACTIVE", "CHANGEOVER", at: 250)
        .Downtime("filler-2", "CHANGEOVER", start: 250, end: null)
        .Transition("packer-1", "ACTIVE", "STOPPED", at: 300)
        .Downtime("packer-1", "STOPPED", start: 300, end: null);

    private static string Name(JsonElement item) =>
        (item.GetProperty("equipmentId").GetString() switch { "filler-1" => "f1", "filler-2" => "f2", _ => "p1" })
        + (item.GetProperty("micro").ValueKind == JsonValueKind.True ? "-micro" : "");

    private static string At(int second) =>
        string.Create(CultureInfo.InvariantCulture, $"2026-03-01T07:{second / 60:00}:{second % 60:00}Z");
}
