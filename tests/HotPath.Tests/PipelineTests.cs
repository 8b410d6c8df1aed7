using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace HotPath.Tests;

/// <summary>The whole process in this one: real sockets, real files.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly PipelineRig _rig = new();

    /// <summary>
    /// The API took the engine's evidence for JSON, which it is not in the ledger. Every answer with a transition broke
    /// off, and the page's live stream with it.
    /// </summary>
    [Fact]
    public async Task A_transition_and_its_evidence_come_through_the_API_and_the_live_stream()
    {
        await using var pipeline = await _rig.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{pipeline.Http.Address}") };
        using var live = new StreamReader(await http.GetStreamAsync(new Uri("api/v1/live", UriKind.Relative)));

        await PipelineRig.SendAsync(pipeline, speed: 10, second: 1);
        await PipelineRig.SendAsync(pipeline, speed: 0, second: 2);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await live.ReadLineAsync(patience.Token) is { } line && line != "event: downtime")
        {
        }

        var page = await http.GetFromJsonAsync<JsonElement>("api/v1/transitions");
        var stopped = page.GetProperty("items").EnumerateArray().First();
        Assert.Equal("STOPPED", stopped.GetProperty("toState").GetString());
        Assert.Contains("speed == 0", stopped.GetProperty("evidence").GetRawText(), StringComparison.Ordinal);
        await pipeline.StopAsync();
    }

    /// <summary>
    /// Cause: the view said 0 for refused datagrams, and one line for each receiver of a port. Symptom: a page that
    /// Prometheus refuses for double samples, and a faulty sender without a trace on it.
    /// </summary>
    [Fact]
    public async Task Refused_datagrams_are_counted_once_for_all_receivers_of_a_port()
    {
        await using var pipeline = await _rig.StartAsync(change: configuration =>
            configuration with { Udp = [.. configuration.Udp.Select(listener => listener with { Receivers = 3 })] });
        for (var index = 0; index < 20; index++)
        {
            using var sender = new UdpClient();
            sender.Send([0], pipeline.Udp[0].Receiver.Local);
        }

        await PipelineRig.UntilAsync(() => pipeline.View.Books.Received >= 20);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{pipeline.Http.Address}") };
        var page = (await http.GetStringAsync(new Uri("metrics", UriKind.Relative))).Split('\n');

        var listener = $"listener=\"udp:{pipeline.Udp[0].Receiver.Local}\"";
        Assert.Equal(
            [$"hotpath_datagrams_dropped_total{{{listener},reason=\"malformed\"}} 20"],
            page.Where(line => line.StartsWith("hotpath_datagrams_dropped_total", StringComparison.Ordinal) && line.Contains("malformed", StringComparison.Ordinal)));
        Assert.Single(page, line => line == $"hotpath_datagrams_received_total{{{listener}}} 20");
        await pipeline.StopAsync();
    }

    [Fact]
    public async Task What_was_received_is_in_the_tables_once_also_after_a_restart()
    {
        await using (var first = await _rig.StartAsync())
        {
            await PipelineRig.SendAsync(first, speed: 10, second: 1);
            await first.StopAsync();
        }

        await using var second = await _rig.StartAsync();
        await PipelineRig.SendAsync(second, speed: 0, second: 2);
        await second.StopAsync();

        // One transition of this process; what the journal told again has no latency of its own.
        Assert.Equal(1, second.View.EventLatency!.Counts.Sum());
        Assert.True(second.View.EventLatency.SumSeconds > 3600, "the reading is of years ago");
        Assert.True(second.View.Journal.CommitDuration!.Counts.Sum() > 0);
        Assert.True(second.View.Delta.CommitDuration!.Counts.Sum() > 0);
        Assert.Equal(2, second.Sink.Tables.Single(table => table.Name == "readings").Version);
        Assert.Equal(1, second.View.Books.Stored);
        Assert.Equal(2, await _rig.RowsAsync("readings"));
        Assert.Equal(2, await _rig.RowsAsync("transitions"));
    }

    public void Dispose() => _rig.Dispose();
}
