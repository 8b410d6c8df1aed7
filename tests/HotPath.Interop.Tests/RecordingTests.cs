using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HotPath.TestKit;

namespace HotPath.Interop.Tests;

/// <summary>
/// Real recordings through real sockets into a real process, and its tables read by others. The arrival clock plays no
/// part: idleTimeout is an hour.
/// </summary>
public sealed class RecordingTests
{
    // A resent call must lie within the 128 readings of a machine among which a repeated one is a duplicate.
    private const int RecordsPerCall = 100;

    [InteropTheory(Need.Shared | Need.Node)]
    [InlineData("nab", "ms")]
    [InlineData("okuma", "us")]
    public async Task A_recording_sent_by_udp_gives_its_downtimes_and_tables_that_every_engine_reads(string name, string unit)
    {
        var recording = new Recording(name, unit);
        using var directory = new TemporaryDirectory();
        using var service = await HotPathProcess.StartAsync(directory.Path, recording.RulesPath, unit);

        await SendByUdpAsync(recording.Lines, service);
        await service.WaitUntilStoredAsync(recording.Lines.Count);

        Assert.Equal(0, await service.StopAsync());
        Assert.Equal(recording.ExpectedDowntimes(), Recording.DowntimesOf(await TableReaders.ReadAsync(service.Tables, "downtimes")));
        await TableReaders.AssertEveryEngineAgreesAsync(service.Tables);
    }

    [InteropTheory(Need.Shared | Need.Boto3)]
    [InlineData("nab", "ms")]
    [InlineData("okuma", "us")]
    public async Task A_recording_sent_by_boto3_gives_its_downtimes(string name, string unit)
    {
        var recording = new Recording(name, unit);
        using var directory = new TemporaryDirectory();
        using var service = await HotPathProcess.StartAsync(directory.Path, recording.RulesPath, unit);

        await PutRecordsAsync(recording, service.KinesisPort);
        await service.WaitUntilStoredAsync(recording.Lines.Count);

        Assert.Equal(0, await service.StopAsync());
        Assert.Equal(recording.ExpectedDowntimes(), Recording.DowntimesOf(await TableReaders.ReadAsync(service.Tables, "downtimes")));
    }

    [InteropTheory(Need.Shared | Need.Boto3)]
    [InlineData("nab", "ms", 6_000)]
    [InlineData("okuma", "us", 11_000)]
    public async Task A_kill_in_the_middle_of_PutRecords_leaves_the_tables_of_an_undisturbed_run(string name, string unit, int killAfter)
    {
        var recording = new Recording(name, unit);
        using var undisturbed = new TemporaryDirectory();
        using var disturbed = new TemporaryDirectory();
        using var service = await HotPathProcess.StartAsync(undisturbed.Path, recording.RulesPath, unit);
        await PutRecordsAsync(recording, service.KinesisPort);
        await service.WaitUntilStoredAsync(recording.Lines.Count);
        await service.StopAsync();

        using var killed = await HotPathProcess.StartAsync(disturbed.Path, recording.RulesPath, unit, ended: service);
        var sending = PutRecordsAsync(recording, killed.KinesisPort);
        await killed.WaitUntilReceivedAsync(killAfter);
        killed.Kill();
        await killed.RestartAsync();
        await sending;
        await killed.WaitUntilQuietAsync();
        await killed.StopAsync();

        foreach (var table in TableReaders.Tables)
        {
            Assert.Equal(await RowsOf(service, table), await RowsOf(killed, table));
        }
    }

    [InteropTheory(Need.Shared)]
    [InlineData("nab", "ms")]
    [InlineData("okuma", "us")]
    public async Task After_a_kill_in_the_middle_of_udp_the_tables_are_what_the_journal_says(string name, string unit)
    {
        var recording = new Recording(name, unit);
        using var directory = new TemporaryDirectory();
        using var service = await HotPathProcess.StartAsync(directory.Path, recording.RulesPath, unit);
        var half = recording.Lines.Count / 2;
        await SendByUdpAsync([.. recording.Lines.Take(half)], service);
        service.Kill();
        await service.RestartAsync();
        await SendByUdpAsync([.. recording.Lines.Skip(half)], service);
        await service.WaitUntilReceivedAsync(recording.Lines.Count - half);
        await service.WaitUntilQuietAsync();
        Assert.Equal(0, await service.StopAsync());

        var replayed = TableReaders.Parse(await ChildProcess.RunAsync("dotnet", [HotPathProcess.Program, "replay", "--input", service.Journal]));

        Assert.Equal(
            Recording.TextsOf(replayed, "transition", Recording.TransitionMembers),
            Recording.TextsOf(await TableReaders.ReadAsync(service.Tables, "transitions"), null, Recording.TransitionColumns));
        Assert.Equal(
            Recording.TextsOf(replayed, "downtime", Recording.DowntimeMembers),
            Recording.TextsOf(await TableReaders.ReadAsync(service.Tables, "downtimes"), null, Recording.DowntimeColumns));
        var summary = replayed[^1];
        var stored = summary.GetProperty("readings").GetInt64() - summary.GetProperty("duplicate").GetInt64() - summary.GetProperty("future").GetInt64();
        var readings = await TableReaders.ReadAsync(service.Tables, "readings");
        Assert.Equal(stored, readings.Count);
        Assert.Equal(summary.GetProperty("late").GetInt64(), readings.Count(row => row.GetProperty("late").GetBoolean()));
    }

    private static async Task<List<string>> RowsOf(HotPathProcess service, string table)
    {
        var rows = await TableReaders.ReadAsync(service.Tables, table);
        return [.. rows.Select(TableReaders.WithoutArrival).Order(StringComparer.Ordinal)];
    }

    private static Task PutRecordsAsync(Recording recording, int port) => ChildProcess.PythonAsync(
        "put-records.py",
        "--endpoint", $"http://127.0.0.1:{port}",
        "--file", recording.ReadingsPath,
        "--batch", RecordsPerCall.ToString(CultureInfo.InvariantCulture));

    /// <summary>One JSON a datagram, in order; never more under way than the socket surely holds.</summary>
    private static async Task SendByUdpAsync(IReadOnlyList<string> lines, HotPathProcess service)
    {
        const int WindowDatagrams = 500;
        using var sender = new UdpClient();
        sender.Connect(IPAddress.Loopback, service.UdpPort);
        for (var sent = 0; sent < lines.Count; sent++)
        {
            if (sent % WindowDatagrams == 0)
            {
                await service.WaitUntilReceivedAsync(sent);
            }

            await sender.SendAsync(Encoding.UTF8.GetBytes(lines[sent]));
        }
    }
}
