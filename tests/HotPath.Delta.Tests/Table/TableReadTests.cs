using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Tests.Table;

public sealed class TableReadTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LocalStore _store;

    public TableReadTests() => _store = new LocalStore(_directory.Path);

    [Fact]
    public async Task Rows_come_back_with_their_partition_values_in_the_order_of_the_files()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Definition);
        await table.AppendAsync([SmallTable.Day(20, 1, 2), SmallTable.Day(21, 3)]);

        Assert.Equal(
            """
            {"machine":"m","value":1,"at":"1970-01-01T00:00:00.000001Z","day":"2026-11-20"}
            {"machine":"m","value":2,"at":"1970-01-01T00:00:00.000002Z","day":"2026-11-20"}
            {"machine":"m","value":3,"at":"1970-01-01T00:00:00.000003Z","day":"2026-11-21"}

            """,
            await TableRows.ReadAsync(table));
        Assert.StartsWith(
            "{\"day\":\"2026-11-20\",\"value\":1}\n{",
            await TableRows.ReadAsync(table, new ReadOptions { Columns = ["day", "VALUE"] }),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_that_came_later_is_null_in_earlier_rows()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        await table.AppendAsync(SmallTable.Numbers(1));
        var batch = new ColumnBatch([ColumnVector.Longs(new long[] { 2 }), SmallTable.Strings("two")], 1);
        await table.AppendAsync(batch, new AppendOptions
        {
            Columns = [new("n", ColumnType.Long), new("word", ColumnType.String)],
            AddsColumns = true,
        });

        Assert.Equal("{\"n\":1,\"word\":null}\n{\"n\":2,\"word\":\"two\"}\n", await TableRows.ReadAsync(table));
        Assert.Equal("{\"n\":1}\n", await TableRows.ReadAsync(table, new ReadOptions { Version = 1 }));
    }

    [Fact]
    public async Task Every_type_comes_back_as_it_went_in()
    {
        Column[] columns =
        [
            new("b", ColumnType.Boolean), new("i8", ColumnType.Byte), new("i16", ColumnType.Short),
            new("i32", ColumnType.Integer), new("i64", ColumnType.Long), new("f", ColumnType.Float),
            new("d", ColumnType.Double), new("day", ColumnType.Date), new("t", ColumnType.Timestamp),
            new("ntz", ColumnType.TimestampNtz), new("n", ColumnType.Decimal(38, 3)), new("s", ColumnType.String),
            new("raw", ColumnType.Binary),
        ];
        using var table = await DeltaTable.CreateAsync(_store, new TableDefinition { Schema = TableSchema.Of(columns) });
        ulong[] first = [1];
        await table.AppendAsync(new ColumnBatch(
            [
                ColumnVector.Booleans(new[] { true, false }, first),
                ColumnVector.Integers(new[] { -128, 0 }, first),
                ColumnVector.Integers(new[] { -32768, 0 }, first),
                ColumnVector.Integers(new[] { int.MinValue, 0 }, first),
                ColumnVector.Longs(new[] { long.MinValue, 0 }, first),
                ColumnVector.Floats(new[] { float.NaN, 0 }, first),
                ColumnVector.Doubles(new[] { double.NegativeInfinity, 0 }, first),
                ColumnVector.Integers(new[] { -1, 0 }, first),
                ColumnVector.Longs(new[] { -1L, 0 }, first),
                ColumnVector.Longs(new[] { 1L, 0 }, first),
                ColumnVector.Decimals(new[] { Int128.Parse("-12345678901234567890123456789", null), 0 }, first),
                ColumnVector.Bytes("ü\n"u8.ToArray(), new[] { 0, 3, 3 }, first),
                ColumnVector.Bytes(new byte[] { 0xFF, 0x00 }, new[] { 0, 2, 2 }, first),
            ],
            2));

        Assert.Equal(
            """
            {"b":true,"i8":-128,"i16":-32768,"i32":-2147483648,"i64":-9223372036854775808,"f":"NaN","d":"-Infinity",
            "day":"1969-12-31","t":"1969-12-31T23:59:59.999999Z","ntz":"1970-01-01T00:00:00.000001",
            "n":-12345678901234567890123456.789,"s":"ü\n","raw":"/wA="}
            {"b":null,"i8":null,"i16":null,"i32":null,"i64":null,"f":null,"d":null,"day":null,"t":null,"ntz":null,"n":null,
            "s":null,"raw":null}
            """.ReplaceLineEndings("").Replace("}{", "}\n{", StringComparison.Ordinal) + "\n",
            await TableRows.ReadAsync(table));
    }

    [Fact]
    public async Task A_table_can_be_loaded_from_its_checkpoint_alone()
    {
        using (var table = await DeltaTable.CreateAsync(_store, SmallTable.Definition with
        {
            Name = "named",
            Configuration = new Dictionary<string, string> { ["delta.checkpointInterval"] = "1000", ["custom"] = "kept" },
        }))
        {
            for (var append = 1; append <= 3; append++)
            {
                await table.AppendAsync(
                    [SmallTable.Day(append, append)], new AppendOptions { Txns = [new Txn("app", append)] });
            }

            Assert.Equal(3, await table.CheckpointAsync());
        }

        var before = await DeltaTable.OpenAsync(_store, new DeltaTableOptions());
        var rows = await TableRows.ReadAsync(before);
        for (var version = 0; version <= 3; version++)
        {
            File.Delete(Path.Combine(_directory.Path, LogNames.Commit(version)));
        }

        using var after = await DeltaTable.OpenAsync(_store);

        Assert.Equal(3, after.Snapshot.Version);
        Assert.Equal(3, after.LatestTxn("app"));
        Assert.Equal(before.Snapshot.Protocol, after.Snapshot.Protocol);
        Assert.Equal("named", after.Snapshot.Metadata.Name);
        Assert.Equal(before.Snapshot.Metadata.Configuration, after.Snapshot.Metadata.Configuration);
        Assert.Equal(
            before.Snapshot.Files.Select(file => (file.Path, file.Size, file.Stats)),
            after.Snapshot.Files.Select(file => (file.Path, file.Size, file.Stats)));
        Assert.Equal(rows, await TableRows.ReadAsync(after));
        Assert.Equal(4, (await after.AppendAsync([SmallTable.Day(4, 4)])).Version);
    }

    public void Dispose() => _directory.Dispose();
}

/// <summary>The rows of a table as text, for comparison.</summary>
internal static class TableRows
{
    public static async Task<string> ReadAsync(DeltaTable table, ReadOptions? options = null)
    {
        options ??= new ReadOptions();
        using var output = new MemoryStream();
        using var rows = new NdjsonRows(output, await table.ColumnsOfAsync(options));
        await foreach (var batch in table.ReadAsync(options))
        {
            rows.Write(batch);
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }
}
