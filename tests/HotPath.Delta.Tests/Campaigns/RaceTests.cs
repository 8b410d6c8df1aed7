using System.Globalization;
using HotPath.Delta.Log;
using HotPath.Delta.Storage;
using HotPath.Delta.Tests.Parquet;
using HotPath.Delta.Tests.Storage;
using HotPath.Delta.Tests.Table;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Campaigns;

/// <summary>
/// Writers in processes of their own on one table, beside one that merges and checkpoints and, in full, another engine that
/// appends: nothing is lost, nothing is there twice, and the log has no gap.
/// </summary>
[Trait(Campaign.Trait, Campaign.Name)]
public sealed class RaceTests(ITestOutputHelper output) : IDisposable
{
    private const int RowsPerWriter = 1_000_000;
    private const int OtherEngine = 99;

    private static readonly int Writers = Campaign.Count(4, 16);
    private static readonly int Appends = Campaign.Count(8, 500);

    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task Writers_in_processes_on_a_directory_lose_and_double_nothing()
    {
        var table = Path.Combine(_directory.Path, "table");
        await RaceAsync(new LocalStore(table), table, table, []);
    }

    [Fact]
    public async Task Writers_in_processes_on_an_object_store_lose_and_double_nothing()
    {
        using var server = new S3StandIn { PageKeys = 1000 };
        using var store = new S3Store("bucket", "race", new S3StoreOptions
        {
            Endpoint = server.Endpoint,
            AccessKeyId = "key",
            SecretAccessKey = "secret",
        });
        await RaceAsync(store, "s3://bucket/race", $"{server.Endpoint}/bucket/race/", [server.Endpoint]);
    }

    public void Dispose() => _directory.Dispose();

    private async Task RaceAsync(ITableStore store, string location, string locationOfOther, string[] endpoint)
    {
        (await DeltaTable.CreateAsync(store, SmallTable.Flat)).Dispose();
        using var compactor = WorkerProcess.Start(["compact", location, .. endpoint]);
        var stop = Path.Combine(_directory.Path, "stop");
        using var other = Campaign.IsFull && OtherReaders.AreInstalled
            ? WorkerProcess.StartNode("append-delta.mjs", locationOfOther, $"{OtherEngine * RowsPerWriter}", $"{RowsPerWriter}", stop)
            : null;
        var writers = Enumerable.Range(0, Writers).Select(writer => WorkerProcess.Start(
            ["append", location, $"{writer * RowsPerWriter}", $"{Appends}", $"writer-{writer}", .. endpoint])).ToList();
        foreach (var writer in writers)
        {
            await writer.OutputAsync();
            writer.Dispose();
        }

        await File.WriteAllTextAsync(stop, "");
        compactor.EndInput();
        var merged = (await compactor.OutputAsync()).Trim();
        var others = other is null ? [] : Lines(await other.OutputAsync()).Select(static line => long.Parse(line, CultureInfo.InvariantCulture)).ToList();

        using var table = await DeltaTable.OpenAsync(store);
        var rows = Lines(await TableRows.ReadAsync(table)).Select(NumberOf).Order().ToList();
        var expected = Enumerable.Range(0, Writers)
            .SelectMany(static writer => Enumerable.Range(0, Appends).Select(append => ((long)writer * RowsPerWriter) + append))
            .Concat(others)
            .Order();
        output.WriteLine(
            $"{Writers} writers x {Appends} commits, {others.Count} commits of another engine, {merged} files merged: "
            + $"version {table.Snapshot.Version}, {rows.Count} rows, {table.Snapshot.Files.Count} files");
        Assert.Equal(expected, rows);
        await ShouldHaveNoGapAsync(store, table.Snapshot.Version);
        Assert.All(Enumerable.Range(0, Writers), writer => Assert.Equal(Appends, table.LatestTxn($"writer-{writer}")));
    }

    private static async Task ShouldHaveNoGapAsync(ITableStore store, long version)
    {
        var listing = await LogListing.ReadAsync(store, 0, default);
        Assert.Equal(Enumerable.Range(0, (int)version + 1).Select(static number => (long)number), listing.Commits.Keys);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static long NumberOf(string row) => long.Parse(row["{\"n\":".Length..^1], CultureInfo.InvariantCulture);
}
