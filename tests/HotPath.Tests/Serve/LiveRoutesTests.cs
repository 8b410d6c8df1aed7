using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using HotPath.Serve.Live;

namespace HotPath.Tests.Serve;

public sealed class LiveRoutesTests
{
    [Fact]
    public async Task A_new_client_is_greeted_with_the_position_and_told_what_happens_then()
    {
        var plant = new FakePlant().Transition("filler-1", "UNKNOWN", "ACTIVE", at: 1);
        await using var serve = await ServeFixture.StartAsync(plant);
        await using var stream = await Follow(serve, "?events=transition,downtime");

        Assert.Equal("hello 1-0", await stream.NextAsync());
        plant.Transition("filler-1", "ACTIVE", "STOPPED", at: 2).Downtime("filler-1", "STOPPED", start: 2, end: null);

        Assert.Equal("transition 2-0", await stream.NextAsync());
        Assert.Equal("downtime 2-1", await stream.NextAsync());
        Assert.Contains("\"status\":\"open\"", stream.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_said_of_a_downtime_reaches_every_client_without_moving_its_place()
    {
        var plant = new FakePlant().Downtime("filler-1", "STOPPED", start: 2, end: 62);
        await using var serve = await ServeFixture.StartAsync(plant);
        await using var stream = await Follow(serve, "?events=downtime");
        Assert.Equal("hello 1-0", await stream.NextAsync());
        var id = (await serve.Json("/api/v1/downtimes")).GetProperty("items")[0].GetProperty("downtimeId").GetString()!;

        using var answer = await serve.Client.PostAsJsonAsync($"/api/v1/downtimes/{Uri.EscapeDataString(id)}/acknowledge", new { reason = "jam" });

        Assert.Equal("acknowledgement ", await stream.NextAsync());
        Assert.Contains("\"reason\":\"jam\"", stream.Data, StringComparison.Ordinal);
        plant.Downtime("filler-2", "STOPPED", start: 3, end: 63);
        Assert.Equal("downtime 1-1", await stream.NextAsync());
    }

    [Fact]
    public async Task A_client_that_comes_back_gets_what_it_missed_in_order_and_once()
    {
        var plant = Busy(5);
        await using var serve = await ServeFixture.StartAsync(plant);
        await using var stream = await Follow(serve, "?events=transition&coalesce=false", lastEventId: "2-0");

        Assert.Equal("transition 3-0", await stream.NextAsync());
        Assert.Equal("transition 4-0", await stream.NextAsync());
        Assert.Equal("transition 5-0", await stream.NextAsync());
        plant.Transition("filler-9", "ACTIVE", "STOPPED", at: 99);
        Assert.Equal("transition 6-0", await stream.NextAsync());
    }

    [Fact]
    public async Task A_client_that_was_away_too_long_is_told_to_load_anew()
    {
        await using var serve = await ServeFixture.StartAsync(Busy(50, new LiveLimits { Transitions = 10 }));
        await using var stream = await Follow(serve, "?events=transition", lastEventId: "2-0");

        Assert.Equal("resync 50-0", await stream.NextAsync());
    }

    [Fact]
    public async Task A_cursor_of_another_life_is_told_to_load_anew()
    {
        await using var serve = await ServeFixture.StartAsync(Busy(3));
        await using var stream = await Follow(serve, "?events=transition", lastEventId: "900-0");

        Assert.Equal("resync 3-0", await stream.NextAsync());
    }

    [Fact]
    public async Task A_flapping_machine_is_told_by_its_newest_state()
    {
        var plant = Busy(1);
        await using var serve = await ServeFixture.StartAsync(plant);
        await using var stream = await Follow(serve, "?events=transition", lastEventId: "1-0");
        for (var second = 0; second < 40; second++)
        {
            plant.Transition("filler-7", "ACTIVE", "STOPPED", at: second);
        }

        var told = 0;
        for (var last = ""; last != "transition 41-0"; told++)
        {
            last = await stream.NextAsync();
        }

        // It may straddle beats, but never takes one event per flip.
        Assert.InRange(told, 1, 10);
    }

    [Fact]
    public async Task Filters_take_only_what_was_asked_for()
    {
        var plant = new FakePlant()
            .Transition("filler-1", "UNKNOWN", "ACTIVE", at: 1)
            .Transition("packer-1", "UNKNOWN", "ACTIVE", at: 2)
            .Transition("packer-1", "OK", "WARNING", at: 3, rule: "heat")
            .Transition("packer-2", "UNKNOWN", "ACTIVE", at: 4);
        await using var serve = await ServeFixture.StartAsync(plant);
        await using var stream = await Follow(serve, "?events=transition&equipment=packer-*&rule=line&cursor=0");

        Assert.Equal("transition 2-0", await stream.NextAsync());
        Assert.Equal("transition 4-0", await stream.NextAsync());
    }

    [Fact]
    public async Task The_system_tells_of_itself()
    {
        await using var serve = await ServeFixture.StartAsync();
        await using var stream = await Follow(serve, "?events=system");

        Assert.Equal("hello -1-0", await stream.NextAsync());
        Assert.Equal("system ", await stream.NextAsync());
        Assert.Contains("\"readingsPerSecond\":", stream.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_client_too_many_is_turned_away_and_a_place_becomes_free_again()
    {
        await using var serve = await ServeFixture.StartAsync(limits: new LiveLimits { Clients = 1 });
        var first = await Follow(serve, "");

        await serve.Refused(HttpStatusCode.ServiceUnavailable, "/api/v1/live");
        await first.DisposeAsync();

        // The server notices with its next beat: ask until it has, at most as long as the test's own patience.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var status = HttpStatusCode.ServiceUnavailable;
        while (status != HttpStatusCode.OK)
        {
            using var response = await serve.Client.GetAsync(
                new Uri("/api/v1/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, patience.Token);
            status = response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task Unknown_events_are_refused()
    {
        await using var serve = await ServeFixture.StartAsync();

        var problem = await serve.Refused(HttpStatusCode.BadRequest, "/api/v1/live?events=transitions");

        Assert.Equal("events cannot hold \"transitions\": transition, downtime, system.", problem.GetProperty("detail").GetString());
    }

    private static FakePlant Busy(int transitions, LiveLimits? limits = null)
    {
        var plant = new FakePlant(limits);
        for (var at = 0; at < transitions; at++)
        {
            plant.Transition(string.Create(CultureInfo.InvariantCulture, $"filler-{at}"), "UNKNOWN", "ACTIVE", at);
        }

        return plant;
    }

    private static async Task<EventStream> Follow(ServeFixture serve, string query, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/live" + query, UriKind.Relative));
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await serve.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new EventStream(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>Reads events as a browser does.</summary>
    private sealed class EventStream(HttpResponseMessage response, StreamReader reader) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(20));

        public string Data { get; private set; } = "";

        /// <summary>Kind and id of the next event that is no heartbeat.</summary>
        public async Task<string> NextAsync()
        {
            var (kind, id) = ("", "");
            while (await reader.ReadLineAsync(_patience.Token) is { } line)
            {
                if (line.Length == 0 && kind != "heartbeat")
                {
                    return $"{kind} {id}";
                }

                var value = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].TrimStart();
                _ = line.Split(':')[0] switch
                {
                    "event" => kind = value,
                    "id" => id = value,
                    "data" => Data = value,
                    _ => "",
                };
            }

            throw new EndOfStreamException("The live stream ended.");
        }

        public ValueTask DisposeAsync()
        {
            _patience.Dispose();
            reader.Dispose();
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
