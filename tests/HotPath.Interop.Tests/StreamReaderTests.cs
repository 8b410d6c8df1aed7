using System.Globalization;
using System.Text.Json;
using HotPath.TestKit;

namespace HotPath.Interop.Tests;

/// <summary>The streams of transitions and downtimes, read by other people's clients.</summary>
public sealed class StreamReaderTests
{
    [InteropFact(Need.Shared | Need.Node | Need.Boto3)]
    public async Task Every_client_reads_from_the_streams_the_rows_of_the_tables()
    {
        var recording = new Recording("nab", "ms");
        using var directory = new TemporaryDirectory();
        using var service = await HotPathProcess.StartAsync(directory.Path, recording.RulesPath, "ms");
        var endpoint = $"http://127.0.0.1:{service.KinesisPort}";
        await ChildProcess.PythonAsync(
            "put-records.py", "--endpoint", endpoint, "--file", recording.ReadingsPath, "--batch", "500");
        await service.WaitUntilStoredAsync(recording.Lines.Count);

        foreach (var (stream, table) in new[] { ("transitions", "transitions"), ("downtimes", "downtimes") })
        {
            var rows = (await TableReaders.ReadAsync(service.Tables, table)).Select(IdentityOfRow).Order(StringComparer.Ordinal).ToArray();
            Assert.NotEmpty(rows);
            var count = rows.Length.ToString(CultureInfo.InvariantCulture);

            Assert.Equal(rows, Identities(await ChildProcess.NodeAsync("read-stream.mjs", endpoint, stream)));
            Assert.Equal(rows, Identities(await ChildProcess.NodeAsync("read-stream.mjs", endpoint, stream, "--http1")));
            Assert.Equal(rows, Identities(await ChildProcess.NodeAsync("read-stream.mjs", endpoint, stream, "--subscribe", "--records", count)));
            Assert.Equal(rows, Identities(await ChildProcess.PythonAsync("read-stream.py", "--endpoint", endpoint, "--stream", stream)));
            Assert.Equal(rows, Identities(await ChildProcess.PythonAsync("read-stream.py", "--endpoint", endpoint, "--stream", stream, "--subscribe")));
        }

        Assert.Equal(0, await service.StopAsync());
    }

    [InteropFact(Need.Shared | Need.AwsCli)]
    public async Task The_AWS_command_line_reads_a_shard_by_the_StreamARN()
    {
        var recording = new Recording("nab", "ms");
        using var directory = new TemporaryDirectory();
        using var service = await HotPathProcess.StartAsync(directory.Path, recording.RulesPath, "ms");
        var endpoint = $"http://127.0.0.1:{service.KinesisPort}";
        var line = recording.Lines[0];
        await AwsAsync(endpoint, "put-record", "--stream-name", "readings", "--partition-key", "k", "--data", line);

        // What a reading causes is found when its time has passed, which is a moment later.
        var rows = await TableReaders.RowsUntilAsync(service, "transitions", 1);
        var stream = await AwsAsync(endpoint, "describe-stream", "--stream-name", "transitions");
        var arn = stream.GetProperty("StreamDescription").GetProperty("StreamARN").GetString()!;
        var records = new List<JsonElement>();
        foreach (var shard in stream.GetProperty("StreamDescription").GetProperty("Shards").EnumerateArray())
        {
            var iterator = await AwsAsync(
                endpoint, "get-shard-iterator", "--stream-arn", arn, "--shard-id", shard.GetProperty("ShardId").GetString()!,
                "--shard-iterator-type", "TRIM_HORIZON");
            var page = await AwsAsync(
                endpoint, "get-records", "--shard-iterator", iterator.GetProperty("ShardIterator").GetString()!);
            records.AddRange(page.GetProperty("Records").EnumerateArray());
        }

        Assert.Equal(rows.Count, records.Count);
        Assert.Equal(0, await service.StopAsync());
    }

    private static async Task<JsonElement> AwsAsync(string endpoint, params string[] arguments)
    {
        var output = await ChildProcess.RunAsync(
            "aws", ["--endpoint-url", endpoint, "--output", "json", "kinesis", .. arguments]);
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    private static string IdentityOfRow(JsonElement row) => string.Join(
        '|',
        row.GetProperty("lsn").GetInt64().ToString(CultureInfo.InvariantCulture),
        row.GetProperty("equipment_id").GetString(),
        row.GetProperty("rule_id").GetString(),
        row.TryGetProperty("downtime_id", out var id) ? id.GetString() : row.GetProperty("to_state").GetString(),
        row.TryGetProperty("revision", out var revision) ? revision.GetRawText() : "-");

    private static string[] Identities(string output) =>
    [
        .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Select(record =>
            {
                var row = JsonSerializer.Deserialize<JsonElement>(record.GetProperty("data").GetString()!);
                Assert.Equal(record.GetProperty("key").GetString(), row.GetProperty("equipmentId").GetString());
                return string.Join(
                    '|',
                    row.GetProperty("lsn").GetInt64().ToString(CultureInfo.InvariantCulture),
                    row.GetProperty("equipmentId").GetString(),
                    row.GetProperty("ruleId").GetString(),
                    row.TryGetProperty("downtimeId", out var id) ? id.GetString() : row.GetProperty("toState").GetString(),
                    row.TryGetProperty("revision", out var revision) ? revision.GetRawText() : "-");
            })
            .Order(StringComparer.Ordinal),
    ];
}
