using HotPath.Delta.Parquet;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Parquet;

public sealed class ParquetRoundTripTests(ITestOutputHelper output)
{
    public static TheoryData<SampleStyle, ParquetCompression, bool, bool> Cases()
    {
        var cases = new TheoryData<SampleStyle, ParquetCompression, bool, bool>();
        foreach (var style in Enum.GetValues<SampleStyle>())
        {
            foreach (var compression in Enum.GetValues<ParquetCompression>())
            {
                cases.Add(style, compression, true, false);
                cases.Add(style, compression, false, true);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_type_reads_back_as_it_was_written(
        SampleStyle style, ParquetCompression compression, bool nullable, bool isPlainOnly)
    {
        var random = Seeded.Random(output);
        var table = new SampleTable(random, rows: 1 + random.Next(9_000), style, nullable);
        var options = new ParquetWriterOptions
        {
            Compression = compression,
            PlainEncodingsOnly = isPlainOnly,
            RowGroupRowsMax = 1 + random.Next(9_000),
            PageRowsMax = 64 + random.Next(2_000),
            PageBytes = 64 + random.Next(20_000),
            DictionaryBytesMax = random.Next(10_000),
            PageChecksums = true,
        };

        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, table.Columns, options);
        writer.Write(table.Batch);
        var summary = writer.Close();

        Assert.Equal(stream.Length, summary.Bytes);
        Assert.Equal(table.Batch.RowCount, summary.Rows);
        table.ShouldBeHeldBy(ParquetReader.Open(stream.ToArray()));
    }

    [Fact]
    public void One_writer_serves_many_files_and_batches()
    {
        var random = Seeded.Random(output);
        var first = new SampleTable(random, 700, SampleStyle.Few);
        using var writer = new ParquetWriter(Stream.Null, first.Columns);
        writer.Write(first.Batch);
        foreach (var style in Enum.GetValues<SampleStyle>())
        {
            var table = new SampleTable(random, 1_000, style);
            using var stream = new MemoryStream();
            writer.Reset(stream);
            writer.Write(table.Batch);
            writer.Write(table.Batch);
            var summary = writer.Close();

            var reader = ParquetReader.Open(stream.ToArray());
            Assert.Equal(2_000, summary.Rows);
            Assert.Equal(2_000, reader.RowCount);
            var group = Assert.Single(reader.RowGroups);
            Assert.Equal(2_000, group.RowCount);
            for (var column = 0; column < table.Columns.Count; column++)
            {
                var vector = reader.ReadColumn(0, reader.Schema.Leaves[column]);
                Assert.Equal(table.Text(column, 999), SampleTable.Text(vector, table.Columns[column].Type, 999));
                Assert.Equal(table.Text(column, 0), SampleTable.Text(vector, table.Columns[column].Type, 1_000));
            }
        }
    }
}
