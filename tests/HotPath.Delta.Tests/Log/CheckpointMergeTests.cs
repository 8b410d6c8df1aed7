using HotPath.Delta.Log;
using HotPath.Delta.Storage;
using HotPath.Delta.Tests.Table;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Log;

/// <summary>Checkpoints that are made from the log alone hold what the table holds.</summary>
public sealed class CheckpointMergeTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task Random_histories_give_the_state_that_replaying_them_gives()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var history = 0; history < 20; history++)
        {
            var store = new LocalStore(Path.Combine(_directory.Path, $"{history}"));
            using var table = await DeltaTable.CreateAsync(
                store, SmallTable.Definition, new DeltaTableOptions { CheckpointsItself = random.Next(2) == 0 });
            for (var step = random.Next(30); step > 0; step--)
            {
                await StepAsync(table, random, step);
            }

            await ShouldBeKeptAsync(store, table, $"history {history}, seed {seed}");
        }
    }

    [SharedTablesFact]
    public async Task Logs_of_other_engines_give_the_state_that_replaying_them_gives()
    {
        var count = 0;
        foreach (var name in (string[])[
            "golden/basic-with-inserts-deletes-checkpoint/delta", "golden/dv-partitioned-with-checkpoint/delta",
            "golden/multi-part-checkpoint/delta", "golden/v2-checkpoint-parquet/delta", "golden/v2-checkpoint-json/delta",
            "golden/125-iterator-bug/delta", "kernel/compacted-log-files-table", "kernel/parsed-stats",
            "delta-rs/checkpoints_vacuumed", "delta-rs/table-with-domain-metadata", "delta-rs/delta-2.2.0-partitioned-types"])
        {
            var source = Path.Combine(SharedTables.Directory!, "tables", name);
            var copy = Path.Combine(_directory.Path, name);
            if (!Directory.Exists(source))
            {
                continue;
            }

            foreach (var file in Directory.EnumerateFiles(Path.Combine(source, "_delta_log"), "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(copy, Path.GetRelativePath(source, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }

            var store = new LocalStore(copy);
            using var table = await DeltaTable.OpenAsync(store);
            try
            {
                await ShouldBeKeptAsync(store, table, name);
                count++;
            }
            catch (UnsupportedFeatureException refused)
            {
                output.WriteLine($"{name}: {refused.Message}");
            }
        }

        Assert.True(count >= 6, $"{count} tables");
    }

    [Fact]
    public async Task Where_there_is_no_table_there_is_no_checkpoint() =>
        await Assert.ThrowsAsync<DeltaException>(async () => await DeltaTable.CheckpointAtAsync(_directory.Path));

    public void Dispose() => _directory.Dispose();

    private static async Task StepAsync(DeltaTable table, Random random, int step)
    {
        switch (random.Next(8))
        {
            case 0:
                await table.OptimizeAsync(new OptimizeOptions { TargetFileBytes = random.Next(2000, 5000) });
                break;
            case 1:
                await table.CheckpointAsync();
                break;
            default:
                await table.AppendAsync(
                    [SmallTable.Day(random.Next(1, 4), step)], new AppendOptions { Txns = [new Txn($"app-{random.Next(3)}", step)] });
                break;
        }
    }

    /// <summary>The checkpoint is written, the commits it stands for are taken away, and the table is what it was.</summary>
    private static async Task ShouldBeKeptAsync(LocalStore store, DeltaTable table, string which)
    {
        var before = (await table.RefreshAsync()).State;
        Assert.Equal(before.Version, await DeltaTable.CheckpointAtAsync(store));
        await foreach (var file in store.ListAsync(LogNames.Directory, null, recursive: false, default))
        {
            if (file.Path != LogNames.Checkpoint(before.Version) && file.Path != LogNames.LastCheckpoint)
            {
                await store.DeleteAsync(file.Path, default);
            }
        }

        using var again = await DeltaTable.OpenAsync(store);
        var after = again.Snapshot.State;
        Assert.True(before.Version == after.Version, which);
        Assert.Equal(before.Metadata.Id, after.Metadata.Id);
        Assert.Equal(before.Metadata.SchemaString, after.Metadata.SchemaString);
        Assert.Equal(before.Protocol.ReaderFeatures ?? [], after.Protocol.ReaderFeatures ?? []);
        Assert.Equal(before.Txns.Values.Order(ByName), after.Txns.Values.Order(ByName));
        Assert.Equal(before.Domains.Values.OrderBy(domain => domain.Domain), after.Domains.Values.OrderBy(domain => domain.Domain));
        Assert.True(before.Files.Keys.Order().SequenceEqual(after.Files.Keys.Order()), which);
        Assert.Equal(table.Snapshot.RowCount, again.Snapshot.RowCount);
        Assert.Equal(before.Bytes, after.Bytes);
        foreach (var (key, live) in before.Files)
        {
            var kept = after.Files[key].Add;
            Assert.Equal((live.Add.Path, live.Add.Size, live.Add.Stats), (kept.Path, kept.Size, kept.Stats));
            Assert.Equal(live.Add.PartitionValues.OrderBy(pair => pair.Key), kept.PartitionValues.OrderBy(pair => pair.Key));
            Assert.Equal(live.Add.DeletionVector, kept.DeletionVector);
        }
    }

    private static Comparer<Txn> ByName => Comparer<Txn>.Create(
        static (one, other) => string.CompareOrdinal(one.AppId, other.AppId));
}
