using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HotPath.Cli;
using HotPath.Cli.Watch;
using HotPath.Serve;
using HotPath.Serve.Auth;
using HotPath.Serve.Http;
using HotPath.TestKit;
using HotPath.Tests.Serve;

namespace HotPath.Tests.Cli;

/// <summary>`top` and `tap` against real instances.</summary>
public sealed class WatchCommandTests
{
    [Fact]
    public async Task Top_as_json_is_the_status_of_the_instance()
    {
        await using var serve = await ServeFixture.StartAsync();
        using var client = Client(serve.Host);
        using var output = new StringWriter();

        Assert.Equal(ExitCode.Good, await TopCommand.SnapshotAsync(client, output, CancellationToken.None));

        using var status = JsonDocument.Parse(output.ToString());
        Assert.Equal(1_010, status.RootElement.GetProperty("books").GetProperty("received").GetInt64());
        Assert.Equal(1.5, status.RootElement.GetProperty("shards")[0].GetProperty("watermarkLagSeconds").GetDouble());
        Assert.Equal(2, status.RootElement.GetProperty("listeners")[0].GetProperty("droppedByReason").GetProperty("malformed").GetInt64());
    }

    [Fact]
    public async Task Top_without_a_terminal_writes_a_line_a_look()
    {
        await using var serve = await ServeFixture.StartAsync();
        using var client = Client(serve.Host);
        using var ends = new CancellationTokenSource();
        using var output = new LineCountingWriter(lines => { if (lines == 2) { ends.Cancel(); } });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            TopCommand.LinesAsync(client, TimeSpan.FromMilliseconds(100), output, ends.Token));

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Contains("ring 25 %  watermark lag 1.5 s  journal 2 behind  tables 3.5 s behind  dropped 6  lost 1  rejected 10", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Top_shows_where_it_is_stuck_and_colours_only_what_is_wrong()
    {
        await using var serve = await ServeFixture.StartAsync();
        using var client = Client(serve.Host);
        var before = await StatusAsync(client);
        serve.Engine.Checks = ImmutableArray.Create(new CheckView("journal", false, "the disk is full"));
        var later = await StatusAsync(client) with { At = before.At.AddSeconds(2) };
        later = later with { Listeners = [.. later.Listeners.Select(listener => listener with { Records = listener.Records + 1_000 })] };

        var plain = TopText.Frame(later, before, client.Address, isPlain: true).ToList();
        var coloured = TopText.Frame(later, before, client.Address, isPlain: false).ToList();

        Assert.Equal("NOT READY  journal: the disk is full", plain[1]);
        Assert.Equal("\e[31mNOT READY  journal: the disk is full\e[0m", coloured[1]);
        Assert.DoesNotContain(plain, line => line.Contains('\e', StringComparison.Ordinal));
        Assert.Single(coloured, line => line.Contains('\e', StringComparison.Ordinal));
        Assert.Contains(plain, line => line.StartsWith("    0 ", StringComparison.Ordinal) && line.Contains("25 %", StringComparison.Ordinal) && line.Contains("1.5 s", StringComparison.Ordinal));
        Assert.Contains(plain, line => line.StartsWith("udp:127.0.0.1:9999", StringComparison.Ordinal)
            && line.Contains(" 500 ", StringComparison.Ordinal) && line.EndsWith("6 (unauthenticated 3, malformed 2, kernel 1)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_is_needed_where_the_instance_has_keys()
    {
        var (key, line) = ApiKey.New("desk", Role.Viewer);
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.Combine("keys.yaml"), $"keys:\n{line}\n");
        Assert.True(KeyRing.TryLoad(directory.Combine("keys.yaml"), out var ring, out _));
        await using var serve = await ServeFixture.StartAsync(keys: ring);
        using var output = new StringWriter();

        using var without = Client(serve.Host);
        var refused = await Assert.ThrowsAsync<IOException>(() => TopCommand.SnapshotAsync(without, output, CancellationToken.None));
        Assert.Contains("says 401 to api/v1/status: An API key is needed", refused.Message, StringComparison.Ordinal);

        using var with = new InstanceClient(new Uri($"http://{serve.Host.Address}"), key, null);
        Assert.Equal(ExitCode.Good, await TopCommand.SnapshotAsync(with, output, CancellationToken.None));
    }

    [Fact]
    public async Task An_instance_that_is_not_there_is_said_so()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        using var client = new InstanceClient(new Uri($"http://{socket.LocalEndPoint}"), null, null);
        using var output = new StringWriter();

        var fault = await Assert.ThrowsAsync<IOException>(() => TopCommand.SnapshotAsync(client, output, CancellationToken.None));

        Assert.StartsWith($"http://{socket.LocalEndPoint}/ does not answer: Connection refused", fault.Message, StringComparison.Ordinal);
        Assert.True(StartFault.IsTold(fault));
    }

    [Fact]
    public async Task Tap_tells_readings_and_what_they_caused_of_the_machines_asked_for()
    {
        using var rig = new PipelineRig();
        await using var pipeline = await rig.StartAsync(hasTables: false);
        using var client = Client(pipeline.Http);
        using var ends = new CancellationTokenSource();
        StringWriter told = null!;
        using var output = told = new LineCountingWriter(_ => EndWhen(HasBothStages(told.ToString()), ends));
        using var errors = new StringWriter();
        var feeding = Task.Run(async () =>
        {
            for (var second = 1; !ends.IsCancellationRequested; second++)
            {
                await PipelineRig.SendAsync(pipeline, speed: second % 2, second);
            }
        });

        var path = TapCommand.Path("filler-*", [], 1_000);
        using var five = new StringWriter();
        Assert.Equal(ExitCode.Good, await TapCommand.RunAsync(client, path, linesMax: 5, five, errors, CancellationToken.None));
        Assert.Equal(5, five.ToString().Count(letter => letter == '\n'));

        // How many readings come before the first transition is nobody's promise.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => TapCommand.RunAsync(client, path, long.MaxValue, output, errors, ends.Token));
        await feeding;

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.All(lines, line => Assert.Equal("filler-1", line.GetProperty("equipmentId").GetString()));
        var reading = lines.First(line => line.GetProperty("stage").GetString() == "reading");
        Assert.Equal(("speed", "127.0.0.1", "good"), (reading.GetProperty("tag").GetString(), reading.GetProperty("sourceId").GetString(), reading.GetProperty("quality").GetString()));
        Assert.True(reading.GetProperty("number").GetDouble() is 0 or 1);
        await pipeline.StopAsync();
    }

    private static bool HasBothStages(string told) =>
        told.Contains("\"stage\":\"reading\"", StringComparison.Ordinal)
        && (told.Contains("\"stage\":\"transition\"", StringComparison.Ordinal)
            || told.Contains("\"stage\":\"downtime\"", StringComparison.Ordinal));

    private static void EndWhen(bool isEnough, CancellationTokenSource ends)
    {
        if (isEnough)
        {
            ends.Cancel();
        }
    }

    /// <summary>One event a second: the rest is counted, and told apart from the data.</summary>
    [Fact]
    public async Task Tap_counts_what_goes_beyond_its_rate()
    {
        var plant = new FakePlant();
        await using var serve = await ServeFixture.StartAsync(plant);
        using var client = Client(serve.Host);
        using var output = new StringWriter();
        using var ends = new CancellationTokenSource();
        using var errors = new LineCountingWriter(_ => ends.Cancel());
        var feeding = Task.Run(async () =>
        {
            for (var at = 0; !ends.IsCancellationRequested; at++)
            {
                plant.Transition("filler-1", "ACTIVE", "STOPPED", at).Transition("filler-2", "ACTIVE", "STOPPED", at);
                await Task.Yield();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            TapCommand.RunAsync(client, TapCommand.Path("filler-1", ["transition"], 1), long.MaxValue, output, errors, ends.Token));
        await feeding;
        Assert.StartsWith("left out: {\"sampled\":", errors.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("filler-2", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\"stage\":\"downtime\"", output.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(output.ToString());
    }

    [Fact]
    public async Task Tap_refuses_what_it_does_not_know()
    {
        await using var serve = await ServeFixture.StartAsync();

        var problem = await serve.Refused(System.Net.HttpStatusCode.BadRequest, "/api/v1/tap?stage=reading,rule&rate=0");

        Assert.Equal(
            ["stage cannot hold \"rule\": reading, transition, downtime.", "rate cannot be \"0\": a whole number from 1 to 10000."],
            problem.GetProperty("faults").EnumerateArray().Select(fault => fault.GetString()));
    }

    private static InstanceClient Client(HttpHost host) => new(new Uri($"http://{host.Address}"), null, null);

    private static async Task<StatusDocument> StatusAsync(InstanceClient client) =>
        JsonSerializer.Deserialize(await client.GetAsync("api/v1/status", CancellationToken.None), ServeJson.Default.StatusDocument)!;

    /// <summary>Tells after each line how many there are.</summary>
    private sealed class LineCountingWriter(Action<int> told) : StringWriter
    {
        private int _lines;

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            told(++_lines);
        }
    }
}
