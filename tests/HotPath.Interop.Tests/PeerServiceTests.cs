using System.Globalization;
using System.Text.Json;
using HotPath.TestKit;

namespace HotPath.Interop.Tests;

/// <summary>HotPath between two streams of another service: reads one while it is resharded, is killed, and writes the other.</summary>
public sealed class PeerServiceTests
{
    private const int Machines = 12;
    private const int ReadingsPerMachine = 150;
    private const int ReadingsPerFeed = 50;

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

    [InteropTheory(Need.Node)]
    [InlineData("kinesalite", null)]
    [InlineData("kinesalite", "plant")]
    [InlineData("kinesis-local", null)]
    [InlineData("kinesis-local", "plant")]
    [InlineData("hotpath", null)]
    [InlineData("hotpath", "plant")]
    public async Task Split_merged_and_killed_while_reading_nothing_is_lost_or_doubled_and_keys_keep_their_order(
        string package, string? consumer)
    {
        using var directory = new TemporaryDirectory();
        var rules = directory.Combine("rules.yaml");
        await File.WriteAllTextAsync(rules, Rules);
        using var peer = await PeerService.StartAsync(package, rules);
        await FeedAsync(peer.Endpoint, "--stream", "warm-up", "--shards", "1", "--readings", "0", "--also", "rows");
        using var service = await HotPathProcess.StartAsync(directory.Path, rules, "ms", more: $$"""
            kinesisSource:
              - { endpoint: "{{peer.Endpoint}}", region: us-east-1, stream: readings-upstream, consumer: {{consumer ?? "null"}}, from: TRIM_HORIZON }
            outputs:
              - { kind: kinesis, endpoint: "{{peer.Endpoint}}", region: us-east-1, stream: rows, from: TRIM_HORIZON }
            """);

        // What a shard holds that was closed, kinesis-local does not push: with a consumer its shards stay as they are.
        string[] reshard = package == "kinesis-local" && consumer is not null ? [] : ["--reshard"];
        for (var first = 0; first < ReadingsPerMachine; first += ReadingsPerFeed)
        {
            // Every feed brings more than is waited for, so that the kill always comes while there is more to read.
            var feeding = FeedAsync(
                peer.Endpoint, ["--stream", "readings-upstream", "--shards", "2", "--machines", Text(Machines),
                "--readings", Text(ReadingsPerFeed), "--first", Text(first), .. reshard]);
            await service.WaitUntilReceivedAsync(Machines * ReadingsPerFeed / 6);
            service.Kill();
            await service.RestartAsync();
            var fed = JsonSerializer.Deserialize<JsonElement>(await feeding);
            Assert.Equal(Machines * ReadingsPerFeed, fed.GetProperty("records").GetInt32());
        }

        var readings = await TableReaders.RowsUntilAsync(service, "readings", Machines * ReadingsPerMachine);
        AssertEachOnceAndInOrder(readings);
        var downtimes = await TableReaders.ReadAsync(service.Tables, "downtimes");
        await AssertOutputAsync(peer, service, downtimes);
        Assert.Equal(0, await service.StopAsync());
    }

    private static void AssertEachOnceAndInOrder(IReadOnlyList<JsonElement> readings)
    {
        Assert.Equal(Machines * ReadingsPerMachine, readings.Count);
        foreach (var machine in readings.GroupBy(row => row.GetProperty("equipment_id").GetString()))
        {
            var numbers = machine.OrderBy(row => row.GetProperty("lsn").GetInt64()).Select(row => row.GetProperty("sequence_number").GetInt32());
            Assert.Equal(Enumerable.Range(0, ReadingsPerMachine), numbers);
        }
    }

    /// <summary>At least once: repeated rows are told by their id, and the first of each stand in order.</summary>
    private static async Task AssertOutputAsync(PeerService peer, HotPathProcess service, IReadOnlyList<JsonElement> downtimes)
    {
        var transitions = await TableReaders.ReadAsync(service.Tables, "transitions");
        var wanted = downtimes.Count + transitions.Count;
        var output = await ChildProcess.NodeAsync("read-stream.mjs", peer.Endpoint, "rows", "--http1", "--records", Text(wanted));
        var rows = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(JsonSerializer.Deserialize<JsonElement>(line).GetProperty("data").GetString()!))
            .DistinctBy(row => row.GetProperty("id").GetString())
            .ToArray();

        Assert.Equal(
            downtimes.Select(row => $"{row.GetProperty("downtime_id").GetString()}#{row.GetProperty("revision").GetInt32()}").Order(StringComparer.Ordinal),
            rows.Where(row => row.GetProperty("type").GetString() == "downtime")
                .Select(row => $"{row.GetProperty("downtimeId").GetString()}#{row.GetProperty("revision").GetInt32()}").Order(StringComparer.Ordinal));
        Assert.Equal(wanted, rows.Length);
        foreach (var machine in rows.GroupBy(row => row.GetProperty("equipmentId").GetString()))
        {
            var lsns = machine.Select(row => row.GetProperty("lsn").GetInt64()).ToArray();
            Assert.Equal(lsns.Order(), lsns);
        }
    }

    private static Task<string> FeedAsync(string endpoint, params string[] arguments) =>
        ChildProcess.NodeAsync("feed-upstream.mjs", [endpoint, .. arguments]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
