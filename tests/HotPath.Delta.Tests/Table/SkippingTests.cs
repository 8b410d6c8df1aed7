using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Tests.Table;

/// <summary>Reads of ranges: what can hold no such row is not read, and every such row comes.</summary>
public sealed class SkippingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LocalStore _store;

    public SkippingTests() => _store = new LocalStore(_directory.Path);

    [Theory]
    [InlineData(20L, 29L, 10)]
    [InlineData(15L, 20L, 20)]
    [InlineData(null, 0L, 10)]
    [InlineData(29L, null, 10)]
    [InlineData(100L, null, 0)]
    public async Task Files_outside_of_a_range_are_not_read(long? min, long? max, int rows)
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        for (var first = 0; first < 30; first += 10)
        {
            await table.AppendAsync(SmallTable.Numbers([.. Enumerable.Range(first, 10).Select(static n => (long)n)]));
        }

        Assert.Equal(rows, await CountAsync(table, new ColumnRange("n", Value(min), Value(max))));
    }

    [Fact]
    public async Task Row_groups_outside_of_a_range_are_not_read()
    {
        var options = new DeltaTableOptions { Parquet = new ParquetWriterOptions { RowGroupRowsMax = 100 } };
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat, options);
        await table.AppendAsync(SmallTable.Numbers([.. Enumerable.Range(0, 1000).Select(static n => (long)n)]));

        Assert.Equal(100, await CountAsync(table, new ColumnRange("n", Value(250), Value(260))));
    }

    [Fact]
    public async Task Partitions_outside_of_a_range_are_not_read_and_nulls_are_never_wanted()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Definition);
        await table.AppendAsync([SmallTable.Day(20, 1), SmallTable.Day(21, 2, 3)]);
        var day = HotPath.Delta.Log.DeltaTime.DaysOf(new DateOnly(2026, 11, 21));
        await table.AppendAsync(
            [new PartitionRows(PartitionValues.Of(("day", null)), SmallTable.Day(20, 4).Batches)]);

        Assert.Equal(2, await CountAsync(table, new ColumnRange("day", Value(day), null)));
        Assert.Equal(3, await CountAsync(table, new ColumnRange("day", null, Value(day))));
    }

    /// <summary>NaN stands behind all numbers and in no bounds: a file that may hold one is read for an open end.</summary>
    [Fact]
    public async Task A_file_with_a_NaN_is_read_for_an_open_end()
    {
        using var table = await DeltaTable.CreateAsync(
            _store, new TableDefinition { Schema = TableSchema.Of(new Column("x", ColumnType.Double)) });
        await table.AppendAsync(new ColumnBatch([ColumnVector.Doubles(new[] { 1, double.NaN })], 2));

        Assert.Equal(2, await CountAsync(table, new ColumnRange("x", ColumnValue.OfReal(100), null)));
        Assert.Equal(0, await CountAsync(table, new ColumnRange("x", ColumnValue.OfReal(100), ColumnValue.OfReal(200))));
    }

    /// <summary>Engines cut times in statistics to milliseconds, downwards: the last millisecond of a file may hold the row.</summary>
    [Fact]
    public async Task A_time_within_the_millisecond_of_a_maximum_that_was_cut_is_read()
    {
        using var table = await DeltaTable.CreateAsync(
            _store, new TableDefinition { Schema = TableSchema.Of(new Column("at", ColumnType.Timestamp)) });
        await table.AppendAsync(new ColumnBatch([ColumnVector.Longs(new[] { 1_700_000_000_123_456L })], 1));
        var log = Path.Combine(_directory.Path, HotPath.Delta.Log.LogNames.Commit(1));
        var commit = await File.ReadAllTextAsync(log);
        await File.WriteAllTextAsync(log, commit.Replace("20.124Z", "20.123Z", StringComparison.Ordinal));
        using var again = await DeltaTable.OpenAsync(_store);

        Assert.Contains("20.123Z\\\"},\\\"nullCount", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync(again, new ColumnRange("at", Value(1_700_000_000_123_450), null)));
        Assert.Equal(0, await CountAsync(again, new ColumnRange("at", Value(1_700_000_000_124_000), null)));
    }

    public void Dispose() => _directory.Dispose();

    private static ColumnValue? Value(long? value) => value is { } number ? ColumnValue.OfInteger(number) : null;

    private static async Task<int> CountAsync(DeltaTable table, ColumnRange range)
    {
        var rows = 0;
        await foreach (var batch in table.ReadAsync(new ReadOptions { Ranges = [range] }))
        {
            rows += batch.RowCount;
        }

        return rows;
    }
}
