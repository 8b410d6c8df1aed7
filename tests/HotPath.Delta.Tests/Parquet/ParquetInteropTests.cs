using System.Text.Json;
using HotPath.Delta.Parquet;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Parquet;

public sealed class ParquetInteropTests(ITestOutputHelper output)
{
    private static readonly string[] Engines = ["duckdb", "chdb", "hyparquet"];

    [OtherReadersTheory]
    [InlineData(SampleStyle.Constant, ParquetCompression.Uncompressed, false)]
    [InlineData(SampleStyle.Few, ParquetCompression.Snappy, false)]
    [InlineData(SampleStyle.Few, ParquetCompression.Zstd, true)]
    [InlineData(SampleStyle.Rising, ParquetCompression.Snappy, false)]
    [InlineData(SampleStyle.Rising, ParquetCompression.Lz4Raw, false)]
    [InlineData(SampleStyle.Wild, ParquetCompression.Uncompressed, false)]
    [InlineData(SampleStyle.Wild, ParquetCompression.Zstd, false)]
    [InlineData(SampleStyle.Wild, ParquetCompression.Snappy, true)]
    public void Three_other_readers_read_what_was_written(SampleStyle style, ParquetCompression compression, bool isPlainOnly)
    {
        var table = new SampleTable(Seeded.Random(output), rows: 5_000, style);
        var options = new ParquetWriterOptions
        {
            Compression = compression,
            PlainEncodingsOnly = isPlainOnly,
            RowGroupRowsMax = 3_001,
            PageRowsMax = 700,
            PageChecksums = true,
        };
        var path = Path.Combine(Path.GetTempPath(), $"hotpath-{Guid.NewGuid():N}.parquet");
        try
        {
            using (var file = File.Create(path))
            using (var writer = new ParquetWriter(file, table.Columns, options))
            {
                writer.Write(table.Batch);
                writer.Close();
            }

            foreach (var engine in Engines)
            {
                ShouldHold(table, OtherReaders.Read(engine, path), engine);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void ShouldHold(SampleTable table, string[] lines, string engine)
    {
        Assert.Equal(table.Batch.RowCount, lines.Length);
        for (var row = 0; row < lines.Length; row++)
        {
            using var json = JsonDocument.Parse(lines[row]);
            for (var column = 0; column < table.Columns.Count; column++)
            {
                var definition = table.Columns[column];
                var actual = OtherReaders.Text(json.RootElement.GetProperty(definition.Name));
                var expected = table.Text(column, row);
                Assert.True(
                    OtherReaders.AreEqual(definition.Type, expected, actual, engine),
                    $"{engine}, row {row}, {definition.Name}: wrote {expected ?? "null"}, read {actual ?? "null"}.");
            }
        }
    }
}
