using System.Text.Json;
using HotPath.TestKit;

namespace HotPath.Interop.Tests;

/// <summary>Streams of readings whose records are kept: put and read by other people's clients, with kills between.</summary>
public sealed class KeptRecordsTests
{
    private const string Kept = "  retainRaw: { time: 1h, bytes: 64MiB }";

    [InteropFact(Need.Shared | Need.Node | Need.Boto3)]
    public async Task What_was_answered_before_a_kill_is_read_after_it_by_every_client_under_its_number()
    {
        var recording = new Recording("nab", "ms");
        using var directory = new TemporaryDirectory();
        using var service = await HotPathProcess.StartAsync(directory.Path, recording.RulesPath, "ms", kinesisMore: Kept);
        var answers = directory.Combine("answers");
        var sending = ChildProcess.PythonAsync(
            "put-records.py", "--endpoint", service.Endpoint, "--file", recording.ReadingsPath, "--batch", "50", "--answers", answers);
        foreach (var received in new[] { 2_000, 5_000, 8_000 })
        {
            await service.WaitUntilReceivedAsync(received);
            service.Kill();
            await service.RestartAsync();
        }

        await sending;
        service.Kill();
        await service.RestartAsync();
        var answered = (await File.ReadAllLinesAsync(answers)).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(recording.Lines.Count, answered.Distinct().Count());

        // Calls that were not answered may have been stored, and were sent again.
        var polled = Records(await ChildProcess.NodeAsync("read-stream.mjs", service.Endpoint, "readings"));
        var numbers = polled.Select(record => $"{record.Shard} {record.Number}").Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(numbers.Distinct(), numbers);
        Assert.Empty(answered.Except(numbers));
        Assert.InRange(numbers.Length, answered.Length, answered.Length + (4 * 50));
        Assert.Equal(
            recording.Lines.Order(StringComparer.Ordinal),
            polled.Where(record => answered.AsSpan().BinarySearch($"{record.Shard} {record.Number}", StringComparer.Ordinal) >= 0)
                .Select(record => record.Data).Order(StringComparer.Ordinal));

        var count = numbers.Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (var output in new[]
        {
            await ChildProcess.NodeAsync("read-stream.mjs", service.Endpoint, "readings", "--http1"),
            await ChildProcess.NodeAsync("read-stream.mjs", service.Endpoint, "readings", "--subscribe", "--records", count),
            await ChildProcess.PythonAsync("read-stream.py", "--endpoint", service.Endpoint, "--stream", "readings"),
            await ChildProcess.PythonAsync("read-stream.py", "--endpoint", service.Endpoint, "--stream", "readings", "--subscribe"),
        })
        {
            Assert.Equal(polled.Order(), Records(output).Order());
        }

        Assert.Equal(0, await service.StopAsync());
    }

    private static IReadOnlyList<(string Shard, string Number, string Data)> Records(string output) =>
    [
        .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Select(record => (
                record.GetProperty("shard").GetString()!, record.GetProperty("number").GetString()!, record.GetProperty("data").GetString()!)),
    ];
}
