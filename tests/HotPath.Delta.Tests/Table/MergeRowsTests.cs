using System.Globalization;
using HotPath.Delta.Parquet;
using HotPath.Delta.Tests.Parquet;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Table;

/// <summary>Merges of every type, whose arrays serve row group after row group: no value of one may stand in another.</summary>
public sealed class MergeRowsTests(ITestOutputHelper output) : IDisposable
{
    private const int NumberColumn = 4;

    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Merged_rows_are_those_of_the_files(bool nullable)
    {
        var random = Seeded.Random(output);
        using var table = await MakeAsync(random, nullable);
        var before = await CanonicalRows.ReadAsync(table, keepsRows: false);

        var options = new OptimizeOptions { SortBy = ["c4_Long", "c13_String"], RowsMax = 1 + random.Next(12_000) };
        Assert.True((await table.OptimizeAsync(options)).FilesRemoved > 0);

        Assert.Equal(before.Digest, (await CanonicalRows.ReadAsync(table, keepsRows: false)).Digest);
    }

    [Fact]
    public async Task Rows_of_one_run_are_sorted_and_equal_ones_keep_their_order()
    {
        var random = Seeded.Random(output);
        using var table = await MakeAsync(random, nullable: true);
        var before = await CanonicalRows.ReadAsync(table, keepsRows: true);

        Assert.Equal(1, (await table.OptimizeAsync(new OptimizeOptions { SortBy = ["c4_Long"] })).FilesAdded);

        var after = await CanonicalRows.ReadAsync(table, keepsRows: true);
        Assert.Equal(before.Rows.OrderBy(NumberOf), after.Rows);

        // Sorted rows come as they are, and stay what they are.
        await table.AppendAsync(new SampleTable(random, 3_000, SampleStyle.Constant).Batch);
        await table.OptimizeAsync(new OptimizeOptions { SortBy = ["c4_Long"], RowsMax = 1 });
        Assert.Equal(after.Rows, (await CanonicalRows.ReadAsync(table, keepsRows: true)).Rows.Take(after.Rows.Count));
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Nulls come first.</summary>
    private static Int128 NumberOf(string row) =>
        row.Split('\u001f')[NumberColumn] is var text && text == "N" ? Int128.MinValue : Int128.Parse(text, CultureInfo.InvariantCulture);

    private async Task<DeltaTable> MakeAsync(Random random, bool nullable)
    {
        var options = new DeltaTableOptions
        {
            Parquet = new ParquetWriterOptions { RowGroupRowsMax = 1_000 + random.Next(9_000), DictionaryBytesMax = random.Next(10_000) },
        };
        var location = Path.Combine(_directory.Path, Guid.NewGuid().ToString("N"));
        var schema = TableSchema.Of(new SampleTable(random, 1, SampleStyle.Few, nullable).Columns);
        var table = await DeltaTable.CreateAsync(location, new TableDefinition { Schema = schema }, options);
        for (var file = 0; file < 6; file++)
        {
            var style = Enum.GetValues<SampleStyle>()[random.Next(Enum.GetValues<SampleStyle>().Length)];
            await table.AppendAsync(new SampleTable(random, 1 + random.Next(9_000), style, nullable).Batch);
        }

        return table;
    }
}
