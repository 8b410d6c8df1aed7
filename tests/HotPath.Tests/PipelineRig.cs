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

/// <summary>
/// The whole process in this one, started as often as a test likes on the same directory: real sockets, real files, one
/// rule that calls speed 0 a stop. One thread.
/// </summary>
internal sealed class PipelineRig : IDisposable
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

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();

    public string Tables => _directory.Combine("tables");

    public string Data => _directory.Combine("data");

    public string Away => _directory.Combine("away");

    public Task<Pipeline> StartAsync(
        bool hasTables = true, Func<HotPathConfiguration, HotPathConfiguration>? change = null)
    {
        Assert.True(RuleDocument.TryParse(Rules, out var rules, out var faults), string.Join('\n', faults));
        var configuration = new HotPathConfiguration
        {
            Data = Data,
            Udp = [new UdpOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }],
            Kinesis = null,
            Http = new HttpOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) },
            Delta = new DeltaOptions
            {
                Location = Tables,
                Enabled = hasTables,
                FlushRows = 100_000,
                FlushInterval = TimeSpan.FromMilliseconds(50),
            },
        };
        return Pipeline.StartAsync(change?.Invoke(configuration) ?? configuration, rules, NullLoggerFactory.Instance);
    }

    /// <summary>Sends one reading of speed and waits until the shards have it.</summary>
    public static async Task SendAsync(Pipeline pipeline, int speed, int second)
    {
        var before = pipeline.View.Books.Received;
        using var sender = new UdpClient();
        var json = $$"""{"equipmentId":"filler-1","timestamp":{{1_700_000_000_000 + (second * 1_000)}},"tag":"speed","value":{{speed}}}""";
        sender.Send(Encoding.UTF8.GetBytes(json), pipeline.Udp[0].Receiver.Local);
        await UntilAsync(() => pipeline.View.Books.Received > before);
    }

    public static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!isSo())
        {
            await poll.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>A page of the API as JSON.</summary>
    public static async Task<JsonElement> AskAsync(Pipeline pipeline, string path)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://{pipeline.Http.Address}") };
        return await http.GetFromJsonAsync<JsonElement>(new Uri(path, UriKind.Relative));
    }

    /// <summary>Why readiness is red because of the tables; null when it is not.</summary>
    public static string? TablesProblem(Pipeline pipeline) =>
        pipeline.View.Checks.Single(check => check.Name == "tables") is { IsGood: false } check ? check.Reason : null;

    public async Task<long> RowsAsync(string table) =>
        (await Demo.TruthCheck.CountRowsAsync(Tables)).Single(row => row.Table == table).Rows;

    public void Dispose() => _directory.Dispose();
}
