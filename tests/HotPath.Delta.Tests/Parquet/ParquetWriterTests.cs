using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;

namespace HotPath.Delta.Tests.Parquet;

public sealed class ParquetWriterTests
{
    private const string TinyFile =
        "50415231" // PAR1
        + "1500" + "1520" + "1520" + "2c" + "1506" + "150a" + "1506" + "1506" + "00" + "00" // data page, 16 bytes, 3 values in delta
        + "02000000" + "0601" // definition levels: a run of three 1
        + "8001" + "04" + "03" + "02" + "02" + "00000000" // blocks of 128 in 4, 3 values from 1, each 1 more
        + "191102" + "1918080100000000000000" + "1918080300000000000000" + "1502" + "191600" + "00" // column index: 1 to 3, rising
        + "191c" + "1608" + "1542" + "1600" + "00" + "00" // offset index: a page of 33 bytes at 4, from row 0
        + "1502" // footer of version 1
        + "192c" + "4806736368656d61" + "1502" + "00" + "1504" + "2502" + "180178" + "00" // schema with a child, optional INT64 x
        + "1606" + "191c" + "191c" // 3 rows, a row group, a chunk
        + "2600" + "1c" + "1504" + "19250a06" + "19180178" + "1500" + "1606" + "1642" + "1642" + "2608" // its metadata
        + "3c" + "3600" + "28080300000000000000" + "18080100000000000000" + "11" + "11" + "00" // no nulls, 1 to 3, both exact
        + "191c" + "1500" + "150a" + "1502" + "00" + "00" // one data page in delta
        + "168801" + "1514" + "164a" + "153e" + "00" // where the indexes are
        + "1642" + "1606" + "2608" + "1642" + "1400" + "00" // the row group in bytes and rows
        + "28"; // the name of the writer follows

    /// <summary>One column of the longs 1 to 3, nothing compressed: every byte before the name of the writer.</summary>
    [Fact]
    public void Tiny_file_has_these_bytes()
    {
        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(
            stream, [new Column("x", ColumnType.Long)], new ParquetWriterOptions { Compression = ParquetCompression.Uncompressed });
        writer.Write(new ColumnBatch([ColumnVector.Longs(new long[] { 1, 2, 3 })], 3));
        writer.Close();

        var bytes = stream.ToArray();
        var name = bytes.AsSpan().IndexOf("HotPath version"u8);
        Assert.Equal(TinyFile, Convert.ToHexStringLower(bytes.AsSpan(0, name - 1)));
        Assert.Equal("PAR1"u8, bytes.AsSpan(^4..));
    }

    [Fact]
    public void Null_in_a_column_without_nulls_is_refused()
    {
        var refusal = Assert.Throws<ArgumentException>(() => Write(
            new Column("x", ColumnType.Long, Nullable: false), ColumnVector.Longs(new long[2], new ulong[] { 1 })));

        Assert.Contains("'x' takes no nulls", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Value_that_its_type_cannot_hold_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Write(new Column("x", ColumnType.Byte), ColumnVector.Integers(new[] { 128 })));
        Assert.Throws<ArgumentException>(() => Write(new Column("x", ColumnType.Short), ColumnVector.Integers(new[] { -40_000 })));
        Assert.Throws<ArgumentException>(() => Write(
            new Column("x", ColumnType.Decimal(4, 1)), ColumnVector.Decimals(new Int128[] { 10_000 })));
        Assert.Throws<ArgumentException>(() => Write(
            new Column("x", ColumnType.Decimal(18, 1)), ColumnVector.Decimals(new[] { Int128.MinValue })));
        Assert.Throws<ArgumentException>(() => Write(
            new Column("x", ColumnType.Decimal(38, 1)), ColumnVector.Decimals(new[] { Int128.MaxValue })));
    }

    [Fact]
    public void Vector_of_another_form_is_refused()
    {
        var refusal = Assert.Throws<ArgumentException>(() => Write(
            new Column("x", ColumnType.Timestamp), ColumnVector.Integers(new[] { 1 })));

        Assert.Contains("'x' of timestamp cannot be written from Integers", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Writer_serves_the_next_file_after_a_refusal()
    {
        using var writer = new ParquetWriter(Stream.Null, [new Column("x", ColumnType.String, Nullable: false)]);
        var names = Encoding.UTF8.GetBytes("onetwo");
        Assert.Throws<ArgumentException>(() => writer.Write(
            new ColumnBatch([ColumnVector.Codes(new[] { 0, 1, -1 }, names, new[] { 0, 3, 6 })], 3)));

        using var stream = new MemoryStream();
        writer.Reset(stream);
        writer.Write(new ColumnBatch([ColumnVector.Codes(new[] { 1, 0 }, names, new[] { 0, 3, 6 })], 2));
        writer.Close();

        var vector = ParquetReader.Open(stream.ToArray()).ReadBatch(0, [new Column("x", ColumnType.String)]).Vectors[0];
        Assert.Equal("two", Encoding.UTF8.GetString(vector.BytesAt(0)));
        Assert.Equal("one", Encoding.UTF8.GetString(vector.BytesAt(1)));
    }

    [Fact]
    public void Column_that_the_file_does_not_have_is_null_in_all_rows()
    {
        var bytes = Write(new Column("x", ColumnType.Integer), ColumnVector.Integers(new[] { 1, 2, 3 }));

        var batch = ParquetReader.Open(bytes).ReadBatch(0, [new Column("later", ColumnType.String), new Column("x", ColumnType.Long)]);

        Assert.Equal(3, batch.RowCount);
        Assert.False(batch.Vectors[0].IsPresent(2));
        Assert.Equal([1L, 2, 3], batch.Vectors[1].LongValues.ToArray());
    }

    [Fact]
    public void Dictionary_that_grows_too_large_is_left_in_the_middle_of_a_chunk()
    {
        // The first page recurs, so that a dictionary is chosen; then values never recur.
        var values = Enumerable.Range(0, 4_096).Select(i => (i % 4 == 0 ? i * 7_919L : 3) * 1_000_003L).ToArray();
        var options = new ParquetWriterOptions { DictionaryBytesMax = 400, PageRowsMax = 64 };
        var bytes = Write(new Column("x", ColumnType.Long), ColumnVector.Longs(values), options);

        var reader = ParquetReader.Open(bytes);

        Assert.Equal(values, reader.ReadColumn(0, reader.Schema.Leaves[0]).LongValues.ToArray());
    }

    [Fact]
    public void Field_ids_stand_in_the_schema()
    {
        var bytes = Write(new Column("x", ColumnType.Integer, FieldId: 77), ColumnVector.Integers(new[] { 1 }));

        Assert.Equal(77, ParquetReader.Open(bytes).Schema.Leaves[0].FieldId);
    }

    [Theory]
    [InlineData(ParquetCompression.Uncompressed)]
    [InlineData(ParquetCompression.Snappy)]
    [InlineData(ParquetCompression.Zstd)]
    public void Nothing_is_allocated_for_rows_after_warm_up(ParquetCompression compression)
    {
        var tables = Enum.GetValues<SampleStyle>().Select(style => new SampleTable(new Random(3), 3_000, style)).ToArray();
        var batches = tables.Select(table => table.Batch).ToArray();
        using var writer = new ParquetWriter(
            Stream.Null, tables[0].Columns, new ParquetWriterOptions { Compression = compression, RowGroupRowsMax = 2_000 });

        // Tiers of the compiler settle after some rounds; the first round without allocation is proof enough.
        var allocated = long.MaxValue;
        for (var round = 0; round < 60 && allocated > 0; round++)
        {
            writer.Reset(Stream.Null);
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var batch in batches)
            {
                writer.Write(batch);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    private static byte[] Write(Column column, ColumnVector vector, ParquetWriterOptions? options = null)
    {
        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, [column], options);
        writer.Write(new ColumnBatch([vector], vector.RowCount));
        writer.Close();
        return stream.ToArray();
    }
}
