using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Tests.Table;

public sealed class MaintenanceTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LocalStore _store;
    private readonly SettableClock _clock = new(DateTimeOffset.UtcNow);

    public MaintenanceTests() => _store = new LocalStore(_directory.Path);

    [Fact]
    public async Task Small_files_of_a_partition_become_one_and_its_rows_stay()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Definition);
        for (var value = 1; value <= 3; value++)
        {
            await table.AppendAsync([SmallTable.Day(20, 4 - value), SmallTable.Day(21, value)]);
        }

        var result = await table.OptimizeAsync(new OptimizeOptions { SortBy = ["machine", "absent", "value"] });

        Assert.Equal((6, 2, 0), (result.FilesRemoved, result.FilesAdded, result.BinsLost));
        Assert.Equal(5, table.Snapshot.Version);
        Assert.Equal(
            ["1", "2", "3", "1", "2", "3"],
            (await TableRows.ReadAsync(table, new ReadOptions { Columns = ["value"] }))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line["{\"value\":".Length..^1]));
        Assert.Equal(6, table.Snapshot.RowCount);
        Assert.All(table.Snapshot.Files, file => Assert.False(file.DataChange));
        Assert.Equal(0, (await table.OptimizeAsync()).FilesRemoved);
    }

    /// <summary>Merges that come again and again write a row once per level of sizes, not once per merge.</summary>
    [Fact]
    public async Task Files_merge_with_files_of_their_size_where_merges_are_frequent()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        var options = new OptimizeOptions { FilesMin = 8, SortBy = ["n"], RowsMax = 5 };
        var written = 0;
        for (var append = 1; append <= 64; append++)
        {
            await table.AppendAsync(SmallTable.Numbers(append, 100 - append));
            written += (await table.OptimizeAsync(options)).FilesRemoved;
        }

        Assert.Equal(64, written);
        Assert.Equal(8, table.Snapshot.Files.Count);
        Assert.Equal(128, table.Snapshot.RowCount);
        Assert.Equal(8, (await table.OptimizeAsync(new OptimizeOptions())).FilesRemoved);
        Assert.Equal(128, table.Snapshot.RowCount);
    }

    [Fact]
    public async Task Partitions_that_are_not_wanted_are_left_alone()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Definition);
        await table.AppendAsync([SmallTable.Day(20, 1), SmallTable.Day(21, 1)]);
        await table.AppendAsync([SmallTable.Day(20, 2), SmallTable.Day(21, 2)]);

        var result = await table.OptimizeAsync(new OptimizeOptions { Partition = values => values["day"] == "2026-11-20" });

        Assert.Equal((2, 1), (result.FilesRemoved, result.FilesAdded));
        Assert.Equal(3, table.Snapshot.Files.Count);
    }

    [Fact]
    public async Task Appends_go_on_beside_a_merge()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        using var other = await DeltaTable.OpenAsync(_store);
        await table.AppendAsync(SmallTable.Numbers(1));
        await table.AppendAsync(SmallTable.Numbers(2));
        await table.OptimizeAsync();

        Assert.Equal(AppendOutcome.Committed, (await other.AppendAsync(SmallTable.Numbers(3))).Outcome);
        Assert.Equal(3, (await other.RefreshAsync()).RowCount);
    }

    [Fact]
    public async Task A_merge_whose_file_was_taken_is_lost_and_nothing_else()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        using var other = await DeltaTable.OpenAsync(_store);
        await table.AppendAsync(SmallTable.Numbers(1));
        await table.AppendAsync(SmallTable.Numbers(2));
        var stale = TableOptimize.Plan(table.Snapshot, new OptimizeOptions()).Single();
        var before = table.Snapshot;
        await other.RefreshAsync();
        await other.OptimizeAsync();

        using var files = new ParquetFiles(_store, new DeltaTableOptions());
        var optimize = new TableOptimize(
            _store, new DeltaTableOptions(), new OptimizeOptions(), files, new Committer(_store, new DeltaTableOptions()));
        var after = await optimize.MergeAsync(before, stale, default);

        Assert.Equal(1, optimize.BinsLost);
        Assert.Equal(2, after.RowCount);
        Assert.Equal(3, Directory.GetFiles(_directory.Path, "*.parquet").Length);
    }

    [Fact]
    public async Task A_vacuum_takes_what_nobody_needs_and_spares_what_is_young()
    {
        var options = new DeltaTableOptions { Clock = _clock };
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat, options);
        await table.AppendAsync(SmallTable.Numbers(1));
        await table.AppendAsync(SmallTable.Numbers(2));
        await table.OptimizeAsync();
        await _store.PutAsync("orphan.parquet", new byte[3], default);
        await _store.PutAsync("_hidden/file", new byte[3], default);
        await _store.PutAsync(".hidden", new byte[3], default);
        Assert.Empty((await table.VacuumAsync()).Paths);

        _clock.Advance(TimeSpan.FromDays(8));
        var planned = await table.VacuumAsync(new VacuumOptions { DryRun = true });
        var done = await table.VacuumAsync();

        Assert.Equal(3, planned.Paths.Count);
        Assert.Contains("orphan.parquet", planned.Paths);
        Assert.Equal(planned.Paths, done.Paths);
        Assert.Equal("{\"n\":1}\n{\"n\":2}\n", await TableRows.ReadAsync(table));
        Assert.NotNull(await _store.TryReadAsync("_hidden/file", default));
        Assert.Empty((await table.VacuumAsync()).Paths);
    }

    [Fact]
    public async Task A_retention_below_the_table_s_must_be_forced()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        var options = new VacuumOptions { Retention = TimeSpan.Zero, DryRun = true };

        await Assert.ThrowsAsync<DeltaException>(async () => await table.VacuumAsync(options));
        Assert.Empty((await table.VacuumAsync(options with { Force = true })).Paths);
    }

    [Fact]
    public async Task A_partition_column_that_begins_with_an_underscore_is_not_hidden()
    {
        var definition = new TableDefinition
        {
            Schema = TableSchema.Of(new Column("n", ColumnType.Long), new Column("_2", ColumnType.String)),
            PartitionColumns = ["_2"],
        };
        using var table = await DeltaTable.CreateAsync(_store, definition, new DeltaTableOptions { Clock = _clock });
        await table.AppendAsync([new PartitionRows(PartitionValues.Of(("_2", "bar+%21")), [SmallTable.Numbers(1)])]);
        await _store.PutAsync("_2=bar+%2521/orphan.parquet", new byte[1], default);
        _clock.Advance(TimeSpan.FromDays(8));

        Assert.StartsWith("_2=bar+%252521/part-", table.Snapshot.Files[0].Path, StringComparison.Ordinal);
        Assert.Equal(["_2=bar+%2521/orphan.parquet"], (await table.VacuumAsync()).Paths);
        Assert.Equal("{\"n\":1,\"_2\":\"bar+%21\"}\n", await TableRows.ReadAsync(table));
    }

    [Fact]
    public async Task Every_tenth_version_becomes_a_checkpoint_by_itself()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        for (var append = 1; append <= 12; append++)
        {
            await table.AppendAsync(SmallTable.Numbers(append));
        }

        Assert.NotNull(await _store.TryReadAsync(LogNames.Checkpoint(10), default));
        Assert.Equal(10, (await LastCheckpoint.TryReadAsync(_store, default))?.Version);
        File.Delete(Path.Combine(_directory.Path, LogNames.Commit(5)));
        using var again = await DeltaTable.OpenAsync(_store);
        Assert.Equal(12, again.Snapshot.RowCount);
    }

    [Fact]
    public async Task A_damaged_checkpoint_costs_nothing_but_time()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        await table.AppendAsync(SmallTable.Numbers(1));
        await table.CheckpointAsync();
        await File.WriteAllBytesAsync(Path.Combine(_directory.Path, LogNames.Checkpoint(1)), new byte[100]);

        using var again = await DeltaTable.OpenAsync(_store);

        Assert.Equal(1, again.Snapshot.RowCount);
    }

    [Fact]
    public async Task The_hint_never_goes_backwards()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        await table.AppendAsync(SmallTable.Numbers(1));
        var older = table.Snapshot;
        await table.AppendAsync(SmallTable.Numbers(2));
        await table.CheckpointAsync();

        await new CheckpointWriter(_store, _clock).WriteAsync(older, default);

        Assert.Equal(2, (await LastCheckpoint.TryReadAsync(_store, default))?.Version);
    }

    [Fact]
    public async Task The_log_before_an_old_checkpoint_goes_and_the_table_stays()
    {
        using var table = await DeltaTable.CreateAsync(
            _store, SmallTable.Flat, new DeltaTableOptions { Clock = _clock, CheckpointsItself = false });
        for (var append = 1; append <= 5; append++)
        {
            await table.AppendAsync(SmallTable.Numbers(append));
            if (append == 3)
            {
                await table.CheckpointAsync();
            }
        }

        Assert.Equal(0, await table.CleanupAsync());
        _clock.Advance(TimeSpan.FromDays(32));
        Assert.Equal(6, await table.CleanupAsync());

        Assert.Equal(
            [
                LogNames.Checkpoint(3), LogNames.Checksum(3), LogNames.Commit(3), LogNames.Checksum(4), LogNames.Commit(4),
                LogNames.Checksum(5), LogNames.Commit(5), LogNames.LastCheckpoint,
            ],
            Directory.GetFiles(Path.Combine(_directory.Path, "_delta_log")).Order(StringComparer.Ordinal)
                .Select(file => "_delta_log/" + Path.GetFileName(file)));
        using var again = await DeltaTable.OpenAsync(_store);
        Assert.Equal(5, again.Snapshot.RowCount);
        Assert.Equal(4, (await again.SnapshotAtAsync(4)).RowCount);
        await Assert.ThrowsAsync<DeltaException>(async () => await again.SnapshotAtAsync(2));
    }

    [Fact]
    public async Task A_log_without_a_checkpoint_is_never_cleaned()
    {
        using var table = await DeltaTable.CreateAsync(
            _store, SmallTable.Flat, new DeltaTableOptions { Clock = _clock, CheckpointsItself = false });
        await table.AppendAsync(SmallTable.Numbers(1));
        _clock.Advance(TimeSpan.FromDays(365));

        Assert.Equal(0, await table.CleanupAsync());
    }

    public void Dispose() => _directory.Dispose();
}

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class SettableClock(DateTimeOffset now) : TimeProvider
{
    private DateTimeOffset _now = now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.UtcTicks;

    public void Advance(TimeSpan by) => _now += by;
}
