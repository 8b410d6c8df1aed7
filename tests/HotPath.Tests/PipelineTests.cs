using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HotPath.Configuration;
using HotPath.Engine.Rules;
using HotPath.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace HotPath.Tests;

/// <summary>The whole process in this one: real sockets, real files.</summary>
public sealed class PipelineTests
{
    private const string Rules = """
        version: 1
        rules:
          - id: line
            groups:
              - name: operation
                cases:
                  - { state: STOPPED, when: speed == 0, reason: jam }
                else: ACTIVE
            downtime: { down: [STOPPED] }
        """;

    /// <summary>
    /// The API took the engine's evidence for JSON, which it is not in the ledger. Every answer with a transition broke
    /// off, and the page's live stream with it.
    /// </summary>
    [Fact]
    public async Task A_transition_and_its_evidence_come_through_the_API_and_the_live_stream()
    {
        using var directory = new TemporaryDirectory();
        await using var pipeline = await StartAsync(directory);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{pipeline.Http.Address}") };
        using var live = new StreamReader(await http.GetStreamAsync(new Uri("api/v1/live", UriKind.Relative)));

        Send(pipeline, speed: 10, second: 1);
        Send(pipeline, speed: 0, second: 2);
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
        using var directory = new TemporaryDirectory();
        await using var pipeline = await StartAsync(directory, receivers: 3);
        for (var index = 0; index < 20; index++)
        {
            using var sender = new UdpClient();
            sender.Send([0], pipeline.Udp[0].Receiver.Local);
        }

        await ReceivedAsync(pipeline, 20);
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
        using var directory = new TemporaryDirectory();
        await using (var first = await StartAsync(directory))
        {
            Send(first, speed: 10, second: 1);
            await ReceivedAsync(first, 1);
            await first.StopAsync();
        }

        await using var second = await StartAsync(directory);
        Send(second, speed: 0, second: 2);
        await ReceivedAsync(second, 1);
        await second.StopAsync();

        // One transition of this process; what the journal told again has no latency of its own.
        Assert.Equal(1, second.View.EventLatency!.Counts.Sum());
        Assert.True(second.View.EventLatency.SumSeconds > 3600, "the reading is of years ago");
        Assert.True(second.View.Journal.CommitDuration!.Counts.Sum() > 0);
        Assert.True(second.View.Delta.CommitDuration!.Counts.Sum() > 0);
        Assert.Equal(2, second.Sink.Tables.Single(table => table.Name == "readings").Version);
        Assert.Equal(1, second.View.Books.Stored);
        Assert.Equal(2, await RowsAsync(directory, "readings"));
        Assert.Equal(2, await RowsAsync(directory, "transitions"));
    }

    private static async Task<long> RowsAsync(TemporaryDirectory directory, string table) =>
        (await Demo.TruthCheck.CountRowsAsync(directory.Combine("tables"))).Single(row => row.Table == table).Rows;

    private static async Task ReceivedAsync(Pipeline pipeline, long readings)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (pipeline.View.Books.Received < readings)
        {
            await poll.WaitForNextTickAsync(patience.Token);
        }
    }

    private static void Send(Pipeline pipeline, int speed, int second)
    {
        using var sender = new UdpClient();
        var json = $$"""{"equipmentId":"filler-1","timestamp":{{1_700_000_000_000 + (second * 1_000)}},"tag":"speed","value":{{speed}}}""";
        sender.Send(Encoding.UTF8.GetBytes(json), pipeline.Udp[0].Receiver.Local);
    }

    private static Task<Pipeline> StartAsync(TemporaryDirectory directory, int receivers = 1)
    {
        Assert.True(RuleDocument.TryParse(Rules, out var rules, out var faults), string.Join('\n', faults));
        var configuration = new HotPathConfiguration
        {
            Data = directory.Combine("data"),
            Udp = [new UdpOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Receivers = receivers }],
            Kinesis = null,
            Http = new HttpOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) },
            Delta = new DeltaOptions { Location = directory.Combine("tables"), FlushRows = 100_000 },
        };
        return Pipeline.StartAsync(configuration, rules, NullLoggerFactory.Instance);
    }
}
