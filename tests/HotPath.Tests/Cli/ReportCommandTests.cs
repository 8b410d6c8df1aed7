using System.Text.Json;
using HotPath.Cli.Reports;
using HotPath.Delta;
using HotPath.Standstills;

namespace HotPath.Tests.Cli;

/// <summary>Reports from the tables of a whole process that was stopped.</summary>
public sealed class ReportCommandTests : IDisposable
{
    private const string From = "2023-11-14T22:13:20Z";
    private const string To = "2023-11-14T22:30:00Z";

    private readonly PipelineRig _rig = new();

    [Fact]
    public async Task Availability_from_the_tables_is_what_the_API_says_live()
    {
        string live;
        await using (var pipeline = await _rig.StartAsync())
        {
            await StopAndGoAsync(pipeline);
            live = (await PipelineRig.AskAsync(pipeline, $"api/v1/kpi?from={From}&to={To}")).GetRawText();
            await pipeline.StopAsync();
        }

        var report = await AskAsync(ReportCommand.AvailabilityAsync, From, To, isJson: true);

        Assert.Equal(live, report.Trim());
        using var document = JsonDocument.Parse(report);
        var line = Assert.Single(document.RootElement.GetProperty("lines").EnumerateArray());
        Assert.Equal(("filler-1", 2, 910.0), (
            line.GetProperty("equipmentId").GetString(), line.GetProperty("stops").GetInt32(), line.GetProperty("stoppedSeconds").GetDouble()));
    }

    [Fact]
    public async Task Downtimes_are_summed_by_reason_and_listed_each_with_its_newest_revision()
    {
        await using (var pipeline = await _rig.StartAsync())
        {
            await StopAndGoAsync(pipeline);
            await pipeline.StopAsync();
        }

        using var report = JsonDocument.Parse(await AskAsync(ReportCommand.DowntimeAsync, From, To, isJson: true));
        var downtimes = report.RootElement.GetProperty("downtimes").EnumerateArray().ToList();
        Assert.Equal(
            [("2023-11-14T22:13:30Z", "2023-11-14T22:14:40Z"), ("2023-11-14T22:16:00Z", null)],
            downtimes.Select(row => (row.GetProperty("startTime").GetString()!, row.GetProperty("endTime").GetString())));
        var reason = Assert.Single(report.RootElement.GetProperty("reasons").GetProperty("lines").EnumerateArray());
        Assert.Equal(("jam", 2, 910.0), (reason.GetProperty("reason").GetString(), reason.GetProperty("count").GetInt32(), reason.GetProperty("seconds").GetDouble()));

        // The first was over before this window, and its open row stands in the table too.
        using var later = JsonDocument.Parse(await AskAsync(ReportCommand.DowntimeAsync, "2023-11-14T22:15:00Z", To, isJson: true));
        Assert.Equal("2023-11-14T22:16:00Z", Assert.Single(later.RootElement.GetProperty("downtimes").EnumerateArray()).GetProperty("startTime").GetString());
        using var others = JsonDocument.Parse(await AskAsync(ReportCommand.DowntimeAsync, From, To, isJson: true, equipment: "capper-*"));
        Assert.Empty(others.RootElement.GetProperty("downtimes").EnumerateArray());
    }

    [Fact]
    public async Task Reports_for_people_are_columns()
    {
        await using (var pipeline = await _rig.StartAsync())
        {
            await StopAndGoAsync(pipeline);
            await pipeline.StopAsync();
        }

        Assert.Equal(
            """
            2023-11-14T22:13:20Z to 2023-11-14T22:30:00Z

            machine   rule  availability  stops  stopped    MTBF  MTTR  micro-stops  planned  unknown
            filler-1  line         9.0 %      2    15:10  45.0 s  7:35            0     0 ms     0 ms

            """.ReplaceLineEndings("\n"),
            await AskAsync(ReportCommand.AvailabilityAsync, From, To, isJson: false));
        var downtimes = (await AskAsync(ReportCommand.DowntimeAsync, From, To, isJson: false)).Split('\n');
        Assert.Contains("jam     STOPPED  down      15:10      2   100.0 %", downtimes);
        Assert.Contains(downtimes, line => line.StartsWith("filler-1  line  STOPPED  jam     down             2023-11-14T22:16:00Z  open", StringComparison.Ordinal));
    }

    [Fact]
    public void A_window_that_is_none_is_refused()
    {
        var empty = Assert.Throws<FormatException>(() => Question(To, From, null, false));
        var unread = Assert.Throws<FormatException>(() => Question("yesterday", null, null, false));

        Assert.Equal("The window from 2023-11-14T22:30:00.0000000Z to 2023-11-14T22:13:20.0000000Z is empty.", empty.Message);
        Assert.Equal("from cannot be \"yesterday\": a time like 2026-03-01T06:00:00Z, or -8h for eight hours ago.", unread.Message);
    }

    [Fact]
    public async Task Tables_that_are_not_there_are_said_so() =>
        await Assert.ThrowsAsync<DeltaException>(() => AskAsync(ReportCommand.DowntimeAsync, From, To, isJson: true));

    public void Dispose() => _rig.Dispose();

    /// <summary>Stands from second 10 to 80, and from 160 on.</summary>
    private static async Task StopAndGoAsync(Pipeline pipeline)
    {
        foreach (var (speed, second) in new[] { (5, 0), (0, 10), (5, 80), (0, 160) })
        {
            await PipelineRig.SendAsync(pipeline, speed, second);
        }

        await PipelineRig.UntilAsync(() => pipeline.Live.Transitions(null, 10, _ => true).Count == 4);
    }

    private async Task<string> AskAsync(
        Func<ReportQuestion, TextWriter, CancellationToken, Task> report, string from, string to, bool isJson, string? equipment = null)
    {
        using var output = new StringWriter();
        await report(Question(from, to, equipment, isJson), output, CancellationToken.None);
        return output.ToString();
    }

    private ReportQuestion Question(string? from, string? to, string? equipment, bool isJson) => ReportCommand.Question(
        from, to, equipment, DateTimeOffset.UtcNow, new TableStandstills(_rig.Tables, new DeltaTableOptions()), isJson);
}
