using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Format;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Parquet;

/// <summary>
/// Whatever the bytes, a file is read or refused with <see cref="ParquetFormatException"/>, and takes no more memory than
/// its budget. Nothing else may come out: no other exception, no hang.
/// </summary>
public sealed class HostileParquetTests(ITestOutputHelper output)
{
    private const long MemoryBytesBase = 4 << 20;
    private static readonly ParquetReaderOptions Options = new() { MemoryBytesBase = MemoryBytesBase, VerifyChecksums = false };

    [Theory]
    [InlineData(SampleStyle.Few, ParquetCompression.Snappy)]
    [InlineData(SampleStyle.Wild, ParquetCompression.Uncompressed)]
    public void Every_truncation_is_refused(SampleStyle style, ParquetCompression compression)
    {
        var file = File(style, compression);
        for (var bytes = 0; bytes < file.Length; bytes++)
        {
            Assert.Throws<ParquetFormatException>(() => ReadAll(file.AsMemory(0, bytes)));
        }
    }

    /// <summary>The footer stays whole, and the pages before it lose their end: what a short read of an object gives.</summary>
    [Fact]
    public void Pages_that_moved_under_their_footer_are_read_or_refused()
    {
        var file = File(SampleStyle.Few, ParquetCompression.Snappy);
        for (var lost = 1; lost < file.Length - 2_000; lost += 7)
        {
            ReadOrRefuse([.. "PAR1"u8, .. file.AsSpan(4 + lost)]);
        }
    }

    [Theory]
    [InlineData(SampleStyle.Constant, ParquetCompression.Uncompressed)]
    [InlineData(SampleStyle.Few, ParquetCompression.Snappy)]
    [InlineData(SampleStyle.Few, ParquetCompression.Zstd)]
    [InlineData(SampleStyle.Rising, ParquetCompression.Uncompressed)]
    [InlineData(SampleStyle.Rising, ParquetCompression.Lz4Raw)]
    [InlineData(SampleStyle.Wild, ParquetCompression.Uncompressed)]
    public void Random_changes_are_read_or_refused(SampleStyle style, ParquetCompression compression)
    {
        var random = Seeded.Random(output);
        var file = File(style, compression);
        for (var i = 0; i < 2_000; i++)
        {
            ReadOrRefuse(Change(file, random));
        }
    }

    /// <summary>
    /// Cause: a data page whose header says dictionary made entries out of values that had no codes yet. Symptom: an index
    /// out of range when the column was spread over its rows.
    /// </summary>
    [Fact]
    public void A_dictionary_behind_values_is_refused()
    {
        var random = new Random(12_625_470);
        var file = File(SampleStyle.Rising, ParquetCompression.Uncompressed);
        for (var i = 0; i < 2_000; i++)
        {
            ReadOrRefuse(Change(file, random));
        }
    }

    public static TheoryData<string> Small => SharedParquet.Files("data");

    [SharedParquetTheory]
    [MemberData(nameof(Small))]
    public void Random_changes_of_other_writers_files_are_read_or_refused(string file)
    {
        var random = Seeded.Random(output);
        var bytes = SharedParquet.Bytes(file);
        var rounds = Math.Clamp(2_000_000 / bytes.Length, 3, 200);
        for (var i = 0; i < rounds; i++)
        {
            ReadOrRefuse(Change(bytes, random));
        }
    }

    /// <summary>A footer of a few bytes claims two thousand million values; the page is one run.</summary>
    [Fact]
    public void Run_of_billions_is_refused_by_the_budget()
    {
        var file = File(SampleStyle.Constant, ParquetCompression.Uncompressed);
        var before = GC.GetTotalAllocatedBytes();
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            ReadOrRefuse(Change(file, random));
        }

        var leaves = ParquetReader.Open(file).Schema.Leaves.Count;
        var perRead = MemoryBytesBase + 64L * file.Length;
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 300L * leaves * 4 * perRead);
    }

    private static byte[] File(SampleStyle style, ParquetCompression compression)
    {
        var table = new SampleTable(new Random(7), rows: 150, style);
        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(
            stream, table.Columns, new ParquetWriterOptions { Compression = compression, PageRowsMax = 64 });
        writer.Write(table.Batch);
        writer.Close();
        return stream.ToArray();
    }

    private static byte[] Change(byte[] file, Random random)
    {
        var changed = (byte[])file.Clone();
        for (var n = 1 + random.Next(4); n > 0; n--)
        {
            var at = random.Next(changed.Length);
            switch (random.Next(4))
            {
                case 0:
                    changed[at] = (byte)random.Next(256);
                    break;
                case 1:
                    changed[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    changed[at] = byte.MaxValue;
                    break;
                default:
                    var length = random.Next(Math.Min(16, changed.Length - at));
                    changed.AsSpan(random.Next(changed.Length - length), length).CopyTo(changed.AsSpan(at));
                    break;
            }
        }

        return changed;
    }

    private static void ReadOrRefuse(byte[] file)
    {
        try
        {
            ReadAll(file);
        }
        catch (ParquetFormatException)
        {
            // Refused: that is an answer.
        }
    }

    private static void ReadAll(ReadOnlyMemory<byte> file)
    {
        var reader = ParquetReader.Open(file, Options);
        for (var group = 0; group < reader.RowGroups.Count; group++)
        {
            foreach (var leaf in reader.Schema.Leaves)
            {
                if (leaf.RepetitionLevelMax == 0 && leaf.ColumnType is not null)
                {
                    TouchRows(reader.ReadColumn(group, leaf), leaf);
                }
                else
                {
                    reader.ReadLeaf(group, leaf);
                }
            }
        }
    }

    private static void TouchRows(HotPath.Delta.Columns.ColumnVector vector, ParquetNode leaf)
    {
        for (var row = 0; row < vector.RowCount; row++)
        {
            _ = SampleTable.Text(vector, leaf.ColumnType!.Value, row);
        }
    }
}
