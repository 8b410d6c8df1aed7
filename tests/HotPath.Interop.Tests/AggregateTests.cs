using System.Text.Json;
using HotPath.TestKit;

namespace HotPath.Interop.Tests;

/// <summary>Aggregates as another producer library makes them.</summary>
public sealed class AggregateTests
{
    private const string Rules = """
        version: 1
        rules:
          - { id: line, groups: [{ name: g, cases: [{ state: HIGH, when: speed > 100 }], else: LOW }] }
        """;

    [InteropFact(Need.Node)]
    public async Task Aggregates_of_aws_kinesis_agg_are_their_readings_each_once_and_in_order()
    {
        using var directory = new TemporaryDirectory();
        var rules = directory.Combine("rules.yaml");
        await File.WriteAllTextAsync(rules, Rules);
        using var service = await HotPathProcess.StartAsync(directory.Path, rules, "ms");

        var sent = JsonSerializer.Deserialize<JsonElement>(
            await ChildProcess.NodeAsync("put-aggregates.mjs", service.Endpoint, "--machines", "7", "--readings", "3000"));
        await service.WaitUntilStoredAsync(21_000);

        var readings = await TableReaders.ReadAsync(service.Tables, "readings");
        Assert.True(sent.GetProperty("aggregates").GetInt32() > 1);
        Assert.Equal(21_000, readings.Count);
        foreach (var machine in readings.GroupBy(row => row.GetProperty("equipment_id").GetString()))
        {
            var numbers = machine.OrderBy(row => row.GetProperty("lsn").GetInt64()).Select(row => row.GetProperty("sequence_number").GetInt32());
            Assert.Equal(Enumerable.Range(0, 3000), numbers);
        }

        Assert.Equal(0, await service.StopAsync());
    }
}
