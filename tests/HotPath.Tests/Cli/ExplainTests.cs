using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HotPath.Cli;
using HotPath.Cli.Explain;
using HotPath.Configuration;
using HotPath.Engine.Rules;
using HotPath.TestKit;
using HotPath.TestKit.Reference;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace HotPath.Tests.Cli;

/// <summary>What `explain` prints leads somebody who knows nothing else to the same verdict.</summary>
public sealed class ExplainTests(ITestOutputHelper output)
{
    private const string PlantRules = """
        version: 1
        rules:
          - id: line
            groups: [{ name: operation, cases: [{ state: STOPPED, when: speed == 0, reason: jam }], else: ACTIVE }]
        """;

    [SharedTheory]
    [InlineData("nab", 1_000)]
    [InlineData("okuma", 1)]
    public void Of_every_transition_of_a_recording_the_printed_evidence_leads_to_its_verdict(string machine, long unitMicros)
    {
        var directory = Path.Combine(SharedData.Directory!, "real", machine);
        foreach (var expected in Directory.GetFiles(directory, "expected-*.ndjson").Order())
        {
            var recorded = RecordedCase.ReadRecording(directory, Path.GetFileName(expected), unitMicros);
            var printed = Printed(recorded);

            Assert.Equal(recorded.Expected.Count(row => row.StartsWith("{\"type\":\"transition\"", StringComparison.Ordinal)), printed.Count);
            AllLeadToTheirVerdict(recorded.Name, printed);
        }
    }

    [Fact]
    public void Of_every_transition_of_random_rules_the_printed_evidence_leads_to_its_verdict()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var count = 0;
        for (var index = 0; index < 150; index++)
        {
            var made = RandomCase.Make(unchecked(seed + index));
            var printed = Printed(made with { Lines = [.. made.Lines.Where(line => !TimeLine.Is(line))] });
            AllLeadToTheirVerdict($"HOTPATH_SEED={seed + index}", printed);
            count += printed.Count;
        }

        output.WriteLine($"{count} transitions");
    }

    /// <summary>The checker can fail: each falsification of one printed transition is seen.</summary>
    [Theory]
    [InlineData("tags/0/value", "99")]
    [InlineData("tags/0/quality", "\"bad\"")]
    [InlineData("tags/0/at", "9000000000000000")]
    [InlineData("cases/0/when", "false")]
    [InlineData("cases/0/met", "false")]
    [InlineData("cases/0/satisfied", "false")]
    [InlineData("cases/0/state", "\"OTHER\"")]
    [InlineData("groups/0/report", "null")]
    [InlineData("groups/1/weight", "1000")]
    [InlineData("group", "\"other\"")]
    [InlineData("for", "\"10s\"")]
    [InlineData("when", "\"t > 45\"")]
    [InlineData("watermark", "0")]
    [InlineData("ruleVersion", "2")]
    [InlineData("../to", "\"NORMAL\"")]
    [InlineData("../since", "1")]
    public void Falsified_evidence_is_seen(string path, string value)
    {
        const string Rules = """
            {"version":1,"rules":[{"id":"r","groups":[
              {"name":"g","weight":5,"cases":[{"state":"COLD","when":"t < 45","for":"2s"},{"state":"HOT","when":"t > 90"}],"else":"NORMAL"},
              {"name":"other","cases":[{"state":"ON","when":"t > 0"}]}]}]}
            """;
        string[] lines =
        [
            """{"timestamp":1000,"equipmentId":"m","tag":"t","value":60}""",
            """{"timestamp":2000,"equipmentId":"m","tag":"t","value":40}""",
            """{"timestamp":4500,"equipmentId":"m","tag":"t","value":41}""",
        ];
        var printed = Printed(new RecordedCase("one", new(), 1_000, Rules, [.. lines.Select(line => JsonDocument.Parse(line).RootElement)], []));
        var cold = printed.Single(one => one.GetProperty("to").GetString() == "COLD");
        Assert.Empty(EvidenceChecker.Contradictions(cold));

        var falsified = JsonNode.Parse(cold.GetRawText())!;
        var steps = path.Split('/');
        var node = steps[0] == ".." ? falsified : falsified["evidence"]!;
        foreach (var step in steps[..^1].Where(step => step != ".."))
        {
            node = int.TryParse(step, out var place) ? node[place]! : node[step]!;
        }

        Assert.True(node.AsObject().ContainsKey(steps[^1]), "what is falsified is there");
        node[steps[^1]] = JsonNode.Parse(value);

        Assert.NotEmpty(EvidenceChecker.Contradictions(JsonSerializer.SerializeToElement(falsified)));
    }

    [Fact]
    public async Task A_state_of_the_tables_is_explained_as_it_was_at_the_time_asked()
    {
        using var directory = new TemporaryDirectory();
        var tables = directory.Combine("tables");
        await FillTablesAsync(directory, tables);
        var asked = new ExplainQuestion("filler-1", "line", 1_700_000_002_500_000);
        var answers = await ExplainCommand.OfTableAsync(asked, tables, null, CancellationToken.None);
        using var text = new StringWriter { NewLine = "\n" };

        Assert.Equal(ExitCode.Good, ExplainCommand.Print(asked, answers, isJson: false, text, TextWriter.Null));

        Assert.Equal(
            """
            filler-1, rule line: STOPPED since 2023-11-14T22:13:22.000000Z
              from ACTIVE at 2023-11-14T22:13:22.000000Z by a reading; rules version 1, LSN N; reason: jam
              group operation, case 1 (STOPPED) won:
                when: speed == 0
              speed = 0 (good, 2023-11-14T22:13:22.000000Z, from "plc")
              case operation/STOPPED: when is true, met since 2023-11-14T22:13:22.000000Z, satisfied
              group operation (weight 0) reports STOPPED
              watermark 2023-11-14T22:13:22.000000Z, held by "plc"

            """.ReplaceLineEndings("\n"),
            System.Text.RegularExpressions.Regex.Replace(text.ToString(), "LSN [0-9]+", "LSN N"));
        AllLeadToTheirVerdict("tables", [.. answers.Select(Printed)]);
        var unknown = new ExplainQuestion("filler-9", null, long.MaxValue);
        Assert.Equal(ExitCode.Failed, ExplainCommand.Print(unknown, await ExplainCommand.OfTableAsync(unknown, tables, null, CancellationToken.None), false, text, TextWriter.Null));
    }

    [Fact]
    public async Task Readings_of_the_table_replayed_give_the_transitions_of_the_table()
    {
        using var directory = new TemporaryDirectory();
        var tables = directory.Combine("tables");
        await FillTablesAsync(directory, tables);

        var all = await ReplayedAsync(tables, new TableReadings(long.MinValue, long.MaxValue, null));
        var first = await ReplayedAsync(tables, new TableReadings(long.MinValue, 1_700_000_002_000_000, "filler-1"));
        var none = await ReplayedAsync(tables, new TableReadings(long.MinValue, long.MaxValue, "filler-9"));

        Assert.Equal("ACTIVE at 1, STOPPED at 2, ACTIVE at 3", all);
        Assert.Equal("ACTIVE at 1", first);
        Assert.Equal("", none);
    }

    private static async Task<string> ReplayedAsync(string tables, TableReadings readings)
    {
        using var errors = new StringWriter();
        using var replay = new RecordingReplay(new(), RecordingReplay.UnitOf("us"), "readings", errors);
        Assert.True(RuleDocument.TryParse(PlantRules, out var document, out _));
        Assert.True(replay.TryAddRules(document, "rules"));
        replay.Take(await readings.ReadAsync(Path.Combine(tables, "readings"), replay.Names, CancellationToken.None));
        using var rows = new MemoryStream();
        replay.Write(rows);
        var transitions = Encoding.UTF8.GetString(rows.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).SkipLast(1)
            .Select(row => JsonDocument.Parse(row).RootElement)
            .Select(row => $"{row.GetProperty("to").GetString()} at {(row.GetProperty("at").GetInt64() / 1_000_000) - 1_700_000_000}");
        return string.Join(", ", transitions);
    }

    private static async Task FillTablesAsync(TemporaryDirectory directory, string tables)
    {
        await using (var pipeline = await StartAsync(directory, tables))
        {
            using var sender = new UdpClient();
            foreach (var (second, speed) in ((int, int)[])[(1, 10), (2, 0), (3, 20)])
            {
                var json = $$$"""{"equipmentId":"filler-1","timestamp":{{{1_700_000_000_000 + (second * 1_000)}}},"tag":"speed","value":{{{speed}}},"meta":{"sourceId":"plc"}}""";
                sender.Send(Encoding.UTF8.GetBytes(json), pipeline.Udp[0].Receiver.Local);
            }

            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (pipeline.View.Books.Received < 3)
            {
                await poll.WaitForNextTickAsync(patience.Token);
            }

            await pipeline.StopAsync();
        }
    }

    private static void AllLeadToTheirVerdict(string name, List<JsonElement> printed)
    {
        foreach (var one in printed)
        {
            var contradictions = EvidenceChecker.Contradictions(one);
            Assert.True(contradictions.Count == 0, $"{name}: {string.Join("; ", contradictions)}\n{one}");
        }
    }

    private static List<JsonElement> Printed(RecordedCase recorded)
    {
        var printed = new List<JsonElement>();
        RecordingReplay? replay = null;
        using var errors = new StringWriter();
        var unit = recorded.TimestampUnitMicros == 1 ? "us" : "ms";
        using var run = replay = new RecordingReplay(recorded.Options, RecordingReplay.UnitOf(unit), "lines", errors, record =>
        {
            if (ExplainedTransition.TryRead(record, replay!.Names, replay.Catalog, out var transition))
            {
                printed.Add(Printed(transition));
            }
        });
        Assert.True(RuleDocument.TryParse(recorded.Rules, out var document, out _));
        Assert.True(run.TryAddRules(document, "rules"));
        run.Read(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', recorded.Lines.Select(line => line.GetRawText())))));
        Assert.True(run.RefusedCount == 0, errors.ToString());
        return printed;
    }

    private static JsonElement Printed(ExplainedTransition transition)
    {
        using var text = new StringWriter();
        ExplainText.WriteJson(transition, text);
        return JsonDocument.Parse(text.ToString()).RootElement;
    }

    private static Task<Pipeline> StartAsync(TemporaryDirectory directory, string tables)
    {
        Assert.True(RuleDocument.TryParse(PlantRules, out var rules, out _));
        var configuration = new HotPathConfiguration
        {
            Data = directory.Combine("data"),
            Udp = [new UdpOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }],
            Kinesis = null,
            Http = new HttpOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) },
            Delta = new DeltaOptions { Location = tables, FlushRows = 100_000 },
        };
        return Pipeline.StartAsync(configuration, rules, NullLoggerFactory.Instance);
    }
}
