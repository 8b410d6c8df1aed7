using System.Net;
using System.Text;
using System.Text.Json;
using HotPath.Backtests;
using HotPath.Delta;
using HotPath.Engine;
using HotPath.Engine.Rules;
using HotPath.Serve.Http;

namespace HotPath.Tests.Backtests;

/// <summary>Rules on what a whole process has written into its tables.</summary>
public sealed class BacktestTests : IDisposable
{
    private const string Window = "from=2023-11-14T22:13:20Z&to=2023-11-14T22:30:00Z";
    private static readonly long s_from = QueryReader.Micros(DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000));

    private readonly PipelineRig _rig = new();

    [Fact]
    public async Task The_rules_in_force_would_have_said_what_was_said()
    {
        await using var pipeline = await RunningAsync();

        var same = await TestAsync(pipeline, Rules("speed == 0"), Window);

        Assert.Equal((5, 2, 0, 0), (Whole(same, "readings"), Whole(same, "same"), Whole(same, "onlyWouldCount"), Whole(same, "onlyWereCount")));
        Assert.Equal(same.GetProperty("were").GetRawText(), same.GetProperty("would").GetRawText());
        Assert.Equal((4, 2, 910.0), (Whole(same.GetProperty("would"), "transitions"), Whole(same.GetProperty("would"), "downtimes"), same.GetProperty("would").GetProperty("downSeconds").GetDouble()));
        await pipeline.StopAsync();
    }

    [Fact]
    public async Task Other_rules_are_told_apart_downtime_by_downtime_and_change_nothing()
    {
        await using var pipeline = await RunningAsync();

        // Second 10 to 80 is shorter than the micro-stop limit now.
        var other = await TestAsync(pipeline, Rules("speed == 0", ", microStop: 90s"), Window);

        Assert.Equal((1, 1, 1), (Whole(other, "same"), Whole(other, "onlyWouldCount"), Whole(other, "onlyWereCount")));
        var (would, were) = (other.GetProperty("onlyWould")[0], other.GetProperty("onlyWere")[0]);
        Assert.Equal(("2023-11-14T22:13:30Z", true), (would.GetProperty("startTime").GetString(), would.GetProperty("isMicro").GetBoolean()));
        Assert.Equal(("2023-11-14T22:13:30Z", false), (were.GetProperty("startTime").GetString(), were.GetProperty("isMicro").GetBoolean()));
        Assert.Equal(1, Whole(other.GetProperty("would"), "microStops"));
        Assert.Equal(1, pipeline.Engine.RuleVersion);
        Assert.Equal(4, pipeline.Live.Transitions(null, 100, _ => true).Count);
        await pipeline.StopAsync();
    }

    /// <summary>Without what was before, the machine would be in no state at the window's begin.</summary>
    [Fact]
    public async Task What_was_before_the_window_brings_machines_into_their_states()
    {
        await using var pipeline = await RunningAsync();
        const string Later = "from=2023-11-14T22:13:40Z&to=2023-11-14T22:15:00Z";

        var with = await TestAsync(pipeline, Rules("speed == 0"), Later);
        var without = await TestAsync(pipeline, Rules("speed == 0"), Later + "&lead=0s");
        var others = await TestAsync(pipeline, Rules("speed == 0"), Later + "&equipment=capper-*");

        Assert.Equal((3, 1, 0, 60.0), (Whole(with, "readings"), Whole(with, "same"), Whole(with, "onlyWouldCount"), with.GetProperty("would").GetProperty("downSeconds").GetDouble()));
        Assert.Equal((1, 0, 1), (Whole(without, "readings"), Whole(without, "same"), Whole(without, "onlyWereCount")));
        Assert.Equal((0, 0), (Whole(others, "readings"), Whole(others.GetProperty("were"), "downtimes")));
        await pipeline.StopAsync();
    }

    [Fact]
    public async Task Faults_of_the_document_and_of_the_question_are_all_told()
    {
        await using var pipeline = await _rig.StartAsync();

        var faulty = await RefusedAsync(pipeline, HttpStatusCode.UnprocessableEntity, Rules("speed =="), Window);
        Assert.Contains("nothing was run", faulty.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(8, faulty.GetProperty("faults")[0].GetProperty("line").GetInt32());
        var asked = await RefusedAsync(pipeline, HttpStatusCode.BadRequest, Rules("speed == 0"), "from=2023-11-14T22:30:00Z&to=2023-11-14T22:13:20Z&lead=long");
        Assert.Equal(2, asked.GetProperty("faults").GetArrayLength());
        await pipeline.StopAsync();
    }

    [Fact]
    public async Task More_than_it_may_take_is_refused_with_what_to_do()
    {
        await using (var pipeline = await RunningAsync())
        {
            await pipeline.StopAsync();
        }

        Assert.Equal(
            "The window holds more than 3 readings. Choose a shorter window or fewer machines.",
            await RefusalAsync(new BacktestLimits { Readings = 3 }));
        Assert.Equal(
            "It makes more than 1 downtimes: choose a shorter window or fewer machines.",
            await RefusalAsync(new BacktestLimits { Rows = 1 }));
        Assert.Equal(
            "It took longer than 0 s: choose a shorter window or fewer machines.",
            await RefusalAsync(new BacktestLimits { Time = TimeSpan.Zero }));
    }

    [Fact]
    public async Task One_runs_at_a_time()
    {
        await using (var pipeline = await RunningAsync())
        {
            await pipeline.StopAsync();
        }

        using var backtest = New(new BacktestLimits());
        using var isReading = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var first = Task.Run(() => backtest.RunAsync(
            Request(_ =>
            {
                isReading.Set();
                mayGoOn.Wait();
                return true;
            }),
            CancellationToken.None));
        isReading.Wait();

        var refused = await Assert.ThrowsAsync<BacktestRefusedException>(() => backtest.RunAsync(Request(null), CancellationToken.None));
        mayGoOn.Set();

        Assert.Equal("Another backtest is running; one runs at a time.", refused.Message);
        Assert.Equal(5, (await first).Readings);
        Assert.Equal(5, (await backtest.RunAsync(Request(null), CancellationToken.None)).Readings);
    }

    public void Dispose() => _rig.Dispose();

    private static string Rules(string when, string downtime = "") => $$"""
        version: 1
        rules:
          - id: line
            groups:
              - name: operation
                cases:
                  - state: STOPPED
                    when: {{when}}
                    reason: jam
                else: ACTIVE
            downtime: { down: [STOPPED]{{downtime}} }
        """;

    /// <summary>Stands from second 10 to 80, and from 160 on; all of it is in the tables.</summary>
    private async Task<Pipeline> RunningAsync()
    {
        var pipeline = await _rig.StartAsync();
        foreach (var (speed, second) in new[] { (5, 0), (0, 10), (5, 80), (0, 160), (0, 400) })
        {
            await PipelineRig.SendAsync(pipeline, speed, second);
        }

        await PipelineRig.UntilAsync(() => pipeline.Live.Transitions(null, 10, _ => true).Count == 4);
        var lsn = pipeline.View.Ring.PublishedLsn;
        await PipelineRig.UntilAsync(() => pipeline.Sink.PositionLsn >= lsn);
        return pipeline;
    }

    private static async Task<JsonElement> TestAsync(Pipeline pipeline, string rules, string query) =>
        await PostAsync(pipeline, HttpStatusCode.OK, rules, query);

    private static Task<JsonElement> RefusedAsync(Pipeline pipeline, HttpStatusCode status, string rules, string query) =>
        PostAsync(pipeline, status, rules, query);

    private static async Task<JsonElement> PostAsync(Pipeline pipeline, HttpStatusCode status, string rules, string query)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://{pipeline.Http.Address}") };
        using var body = new StringContent(rules, Encoding.UTF8, "application/yaml");
        using var response = await http.PostAsync(new Uri("api/v1/rules/backtest?" + query, UriKind.Relative), body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private async Task<string> RefusalAsync(BacktestLimits limits)
    {
        using var backtest = New(limits);
        return (await Assert.ThrowsAsync<BacktestRefusedException>(() => backtest.RunAsync(Request(null), CancellationToken.None))).Message;
    }

    private Backtest New(BacktestLimits limits) => new(_rig.Tables, new DeltaTableOptions(), new TimeOptions(), limits);

    private static BacktestRequest Request(Func<string, bool>? equipment)
    {
        Assert.True(RuleDocument.TryParse(Rules("speed == 0"), out var rules, out var faults), string.Join('\n', faults));
        return new BacktestRequest(rules, s_from, s_from + 1_000_000_000, TimeSpan.Zero, equipment);
    }

    private static int Whole(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
