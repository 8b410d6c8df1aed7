using System.Diagnostics;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Storage;
using HotPath.Delta.Tests.Parquet;

namespace HotPath.Delta.Tests.Table;

/// <summary>Tables written here, read by engines of others: tools/interop/read-delta.mjs.</summary>
public sealed class DeltaInteropTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LocalStore _store;

    public DeltaInteropTests() => _store = new LocalStore(_directory.Path);

    [OtherReadersTheory]
    [InlineData("chdb")]
    [InlineData("duckdb")]
    public async Task Others_read_the_same_rows(string engine)
    {
        using var table = await CreateAsync();

        await ShouldReadEqualAsync(engine, table);
    }

    [OtherReadersTheory]
    [InlineData("chdb")]
    [InlineData("duckdb")]
    public async Task Others_read_from_the_checkpoint_alone(string engine)
    {
        using var table = await CreateAsync();
        await table.CheckpointAsync();
        for (var version = 0L; version <= table.Snapshot.Version; version++)
        {
            File.Delete(Path.Combine(_directory.Path, LogNames.Commit(version)));
        }

        await ShouldReadEqualAsync(engine, table);
    }

    [OtherReadersTheory]
    [InlineData("chdb")]
    [InlineData("duckdb")]
    public async Task Others_read_what_was_merged_and_what_was_there_before(string engine)
    {
        using var table = await CreateAsync();
        var before = table.Snapshot.Version;
        Assert.True((await table.OptimizeAsync(new OptimizeOptions { SortBy = ["number"] })).FilesAdded > 0);
        await table.CheckpointAsync();

        await ShouldReadEqualAsync(engine, table);
        await ShouldReadEqualAsync(engine, table, before);
    }

    [OtherReadersFact]
    public async Task Another_engine_in_another_process_appends_at_the_same_time_and_nothing_is_lost()
    {
        const int Appends = 20;
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        using var process = Start("append-delta.mjs", table.Location, "1000", $"{Appends}");
        var errors = process.StandardError.ReadToEndAsync();

        // Ours are spread over the other's: one for each line that it reports, so that both are at work all the time.
        var lines = 0;
        while (await process.StandardOutput.ReadLineAsync() is not null)
        {
            var result = await table.AppendAsync(SmallTable.Numbers(lines), new AppendOptions { Txns = [new Txn("app", ++lines)] });
            Assert.Equal(AppendOutcome.Committed, result.Outcome);
        }

        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, await errors);
        await table.RefreshAsync();
        var rows = (await TableRows.ReadAsync(table)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            Enumerable.Range(0, Appends).Concat(Enumerable.Range(1000, Appends)).Select(n => $$"""{"n":{{n}}}""").Order(),
            rows.Order());
        Assert.Equal(2 * Appends, table.Snapshot.Version);
    }

    public void Dispose() => _directory.Dispose();

    private async Task<DeltaTable> CreateAsync()
    {
        var table = await DeltaTable.CreateAsync(_store, new TableDefinition
        {
            Schema = TableSchema.Of(
                new Column("number", ColumnType.Long),
                new Column("real", ColumnType.Double),
                new Column("at", ColumnType.Timestamp),
                new Column("exact", ColumnType.Decimal(20, 3)),
                new Column("raw", ColumnType.Binary),
                new Column("text", ColumnType.String),
                new Column("part", ColumnType.String),
                new Column("day", ColumnType.Date)),
            PartitionColumns = ["part", "day"],
        });
        foreach (var part in (string?[])["plain", "x:y%z /ü\"{}?", null])
        {
            for (var append = 0; append < 2; append++)
            {
                var values = PartitionValues.Of(("part", part), ("day", new DateOnly(2026, 11, 20)));
                var options = new AppendOptions { Txns = [new Txn($"app {part}", append + 1)] };
                await table.AppendAsync([new PartitionRows(values, [Batch(append)])], options);
            }
        }

        return table;
    }

    private static ColumnBatch Batch(int append)
    {
        ulong[] present = [0b0101];
        return new ColumnBatch(
            [
                ColumnVector.Longs(new[] { long.MaxValue - append, 0, -append, 0 }, present),
                ColumnVector.Doubles(new[] { 0.1 + append, 1, double.NaN, double.NegativeInfinity }),
                ColumnVector.Longs(new[] { 1_700_000_000_123_456 + append, 0, -1, 0 }, present),
                ColumnVector.Decimals(new Int128[] { -12345678901234567, 5, 0, 1 }),
                ColumnVector.Bytes(new byte[] { 0, 0xFF, 7 }, new[] { 0, 2, 2, 3, 3 }, present),
                SmallTable.Strings("ü\n\"", "", new string('z', 100), "d"),
            ],
            4);
    }

    private static async Task ShouldReadEqualAsync(string engine, DeltaTable table, long? version = null)
    {
        var ours = await TableRows.ReadAsync(table, new ReadOptions { Version = version });
        var theirs = Read(engine, table.Location, version);
        var columns = await table.ColumnsOfAsync(new ReadOptions());

        Assert.Equal(24, ObservedRows.Normalize(ours, columns).Count);
        Assert.Equal(ObservedRows.Normalize(ours, columns), ObservedRows.Normalize(theirs, columns));
    }

    private static string Read(string engine, string location, long? version)
    {
        using var process = version is null
            ? Start("read-delta.mjs", engine, location)
            : Start("read-delta.mjs", engine, location, $"{version}");
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{engine} cannot read the table: {errors.Result}");
        return output;
    }

    private static Process Start(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(OtherReaders.ToolsDirectory, script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOTPATH_INTEROP"] = OtherReaders.PackagesDirectory;
        return Process.Start(start)!;
    }
}

/// <summary>A test that needs the packages of tools/interop/setup.sh.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OtherReadersFactAttribute : FactAttribute
{
    public OtherReadersFactAttribute()
    {
        if (!OtherReaders.AreInstalled)
        {
            Skip = "The other readers are not installed: run tools/interop/setup.sh, or set HOTPATH_INTEROP to where they are.";
        }
    }
}
