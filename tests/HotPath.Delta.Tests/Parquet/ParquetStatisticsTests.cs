using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Parquet;

/// <summary>What a file and its summary say about its columns, so that readers may skip by it.</summary>
public sealed class ParquetStatisticsTests(ITestOutputHelper output)
{
    [Fact]
    public void Bounds_leave_out_nulls_and_count_them()
    {
        var (summary, chunk) = Write(ColumnType.Long, ColumnVector.Longs(new long[] { 0, -5, 0, 9 }, new ulong[] { 0b1010 }));

        Assert.Equal((2, -5L, 9L), (summary.NullCount, summary.Min!.Value.Integer, summary.Max!.Value.Integer));
        Assert.Equal((2L, -5L, 9L), (chunk.NullCount!.Value, chunk.Min!.Value.Integer, chunk.Max!.Value.Integer));
    }

    [Fact]
    public void Column_of_nulls_has_no_bounds()
    {
        var (summary, chunk) = Write(ColumnType.Long, ColumnVector.Longs(new long[3], new ulong[] { 0 }));

        Assert.Equal(3, summary.NullCount);
        Assert.Null(summary.Min);
        Assert.Null(summary.Max);
        Assert.Equal(3, chunk.NullCount);
        Assert.Null(chunk.Min);
    }

    [Fact]
    public void Bounds_of_doubles_leave_out_NaN_and_count_it()
    {
        var (summary, chunk) = Write(ColumnType.Double, ColumnVector.Doubles(new[] { double.NaN, 2.5, -1, double.NaN }));

        Assert.Equal((2, -1.0, 2.5), (summary.NanCount, summary.Min!.Value.Real, summary.Max!.Value.Real));
        Assert.Equal((-1.0, 2.5), (chunk.Min!.Value.Real, chunk.Max!.Value.Real));
    }

    [Fact]
    public void Column_of_NaN_has_no_bounds()
    {
        var (summary, chunk) = Write(ColumnType.Float, ColumnVector.Floats(Enumerable.Repeat(float.NaN, 100).ToArray()));

        Assert.Equal(100, summary.NanCount);
        Assert.Null(summary.Min);
        Assert.Null(chunk.Min);
    }

    [Fact]
    public void Zero_as_bound_is_negative_below_and_positive_above()
    {
        foreach (var zero in new[] { 0.0, double.NegativeZero })
        {
            var (summary, _) = Write(ColumnType.Double, ColumnVector.Doubles(new[] { zero }));

            Assert.True(double.IsNegative(summary.Min!.Value.Real));
            Assert.False(double.IsNegative(summary.Max!.Value.Real));
        }
    }

    [Fact]
    public void Infinity_is_a_bound()
    {
        var (summary, _) = Write(ColumnType.Double, ColumnVector.Doubles(new[] { double.NegativeInfinity, 1, double.PositiveInfinity }));

        Assert.Equal(double.NegativeInfinity, summary.Min!.Value.Real);
        Assert.Equal(double.PositiveInfinity, summary.Max!.Value.Real);
    }

    [Fact]
    public void Long_strings_are_whole_in_the_summary_and_cut_in_the_file()
    {
        var text = new string('m', 200);
        var (summary, chunk) = Write(ColumnType.String, Strings(text, text + "n"));

        Assert.Equal(text, Text(summary.Min));
        Assert.Equal(text + "n", Text(summary.Max));
        Assert.Equal(text[..64], Text(chunk.Min));
        Assert.Equal(text[..63] + "n", Text(chunk.Max));
    }

    [Fact]
    public void Strings_compare_as_unsigned_bytes()
    {
        var (summary, _) = Write(ColumnType.String, Strings("z", "ä", "", "zz", "\U0001F527", "\uFFFD"));

        Assert.Equal("", Text(summary.Min));
        Assert.Equal("\U0001F527", Text(summary.Max));
    }

    [Fact]
    public void Bounds_of_codes_are_those_of_the_strings_in_use()
    {
        var dictionary = Encoding.UTF8.GetBytes("aabbccdd");
        var (summary, _) = Write(ColumnType.String, ColumnVector.Codes(new[] { 2, 1, -1, 2 }, dictionary, new[] { 0, 2, 4, 6, 8 }));

        Assert.Equal(("bb", "cc", 1L), (Text(summary.Min), Text(summary.Max), summary.NullCount));
    }

    [Fact]
    public void Decimals_of_every_width_have_signed_bounds()
    {
        foreach (var precision in new[] { 5, 15, 30 })
        {
            var (summary, chunk) = Write(
                ColumnType.Decimal(precision, 2), ColumnVector.Decimals(new Int128[] { -12_345, 7, 99_999 }));

            Assert.Equal((-12_345, 99_999), (summary.Min!.Value.Unscaled, summary.Max!.Value.Unscaled));
            Assert.Equal((-12_345, 99_999), (chunk.Min!.Value.Unscaled, chunk.Max!.Value.Unscaled));
        }
    }

    [Fact]
    public void Booleans_have_bounds()
    {
        var (summary, chunk) = Write(ColumnType.Boolean, ColumnVector.Booleans(new[] { true, true }));

        Assert.Equal((1L, 1L), (summary.Min!.Value.Integer, summary.Max!.Value.Integer));
        Assert.Equal((1L, 1L), (chunk.Min!.Value.Integer, chunk.Max!.Value.Integer));
    }

    [Fact]
    public void Bounds_hold_for_random_rows_over_pages_and_row_groups()
    {
        var random = Seeded.Random(output);
        var values = Enumerable.Range(0, 5_000).Select(_ => random.NextInt64()).ToArray();
        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(
            stream, [new Column("x", ColumnType.Long)], new ParquetWriterOptions { RowGroupRowsMax = 1_700, PageRowsMax = 100 });
        writer.Write(new ColumnBatch([ColumnVector.Longs(values)], values.Length));
        var summary = writer.Close().Columns[0];

        Assert.Equal((values.Min(), values.Max()), (summary.Min!.Value.Integer, summary.Max!.Value.Integer));
        var reader = ParquetReader.Open(stream.ToArray());
        Assert.Equal([1_700L, 1_700, 1_600], reader.RowGroups.Select(group => group.RowCount));
        for (var group = 0; group < 3; group++)
        {
            var part = values.Skip(group * 1_700).Take(1_700).ToArray();
            var chunk = reader.RowGroups[group].Chunks[0];
            Assert.Equal((part.Min(), part.Max()), (chunk.Min!.Value.Integer, chunk.Max!.Value.Integer));
        }
    }

    private static (ColumnSummary Summary, ParquetChunk Chunk) Write(ColumnType type, ColumnVector vector)
    {
        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, [new Column("x", type)]);
        writer.Write(new ColumnBatch([vector], vector.RowCount));
        var summary = writer.Close();
        return (summary.Columns[0], ParquetReader.Open(stream.ToArray()).RowGroups[0].Chunks[0]);
    }

    private static ColumnVector Strings(params string[] values)
    {
        var offsets = new int[values.Length + 1];
        for (var i = 0; i < values.Length; i++)
        {
            offsets[i + 1] = offsets[i] + Encoding.UTF8.GetByteCount(values[i]);
        }

        return ColumnVector.Bytes(Encoding.UTF8.GetBytes(string.Concat(values)), offsets);
    }

    private static string Text(ColumnValue? value) => Encoding.UTF8.GetString(value!.Value.Bytes.Span);
}
