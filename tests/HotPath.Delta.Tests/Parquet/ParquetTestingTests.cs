using HotPath.Delta.Parquet;

namespace HotPath.Delta.Tests.Parquet;

/// <summary>The collection of Parquet files that all engines test with: each is read, or refused for what is wrong with it.</summary>
public sealed class ParquetTestingTests
{
    private static readonly Dictionary<string, string> Refusals = new()
    {
        ["PARQUET-1481"] = "there is no physical type -7",
        ["ARROW-RS-GH-6229-DICTHEADER"] = "in a file of 533",
        ["ARROW-RS-GH-6229-LEVELS"] = "its pages have at least 21 values instead of 1",
        ["ARROW-GH-41321"] = "runs of values end too early",
        ["ARROW-GH-41317"] = "the metadata has Struct where a number belongs",
        ["ARROW-GH-45185"] = "its first entry continues a row that did not begin",
        ["ARROW-GH-47662"] = "values of 400 bytes in a page where 364 are left",
        ["datapage_v1-corrupt-checksum"] = "a page has the CRC-32 0f4f6d0a",
        ["rle-dict-uncompressed-corrupt-checksum"] = "a page has the CRC-32 6522df69",

        // One string of 1 GiB in 4 KiB of Brotli.
        ["large_string_map.brotli"] = "of memory, which the file's length does not justify",
    };

    public static TheoryData<string> Good => SharedParquet.Files("data");

    public static TheoryData<string> Bad => SharedParquet.Files("bad_data");

    [SharedParquetTheory]
    [MemberData(nameof(Good))]
    [MemberData(nameof(Bad))]
    public void File_is_read_whole_or_refused_for_what_is_wrong_with_it(string file)
    {
        var refusal = Record.Exception(() => ReadAll(SharedParquet.Bytes(file)));

        if (Refusals.TryGetValue(Path.GetFileNameWithoutExtension(file), out var wanted))
        {
            Assert.Contains(wanted, Assert.IsType<ParquetFormatException>(refusal).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Null(refusal);
        }
    }

    /// <summary>DuckDB passes through nanoseconds, where the year 290000 wraps around; Spark wrote it and means it.</summary>
    [SharedParquetTheory]
    [InlineData("data/int96_from_spark.parquet")]
    public void Old_timestamps_of_96_bits_are_microseconds_since_the_epoch(string file)
    {
        var reader = ParquetReader.Open(SharedParquet.Bytes(file));

        var micros = reader.ReadColumn(0, reader.Schema.Leaves[0]);

        Assert.Equal(6, micros.RowCount);
        Assert.Equal(1_704_141_296_123_456, micros.LongValues[0]); // 2024-01-01T20:34:56.123456
        Assert.Equal(1_704_070_800_000_000, micros.LongValues[1]); // 2024-01-01T01:00:00
        Assert.Equal(253_402_225_200_000_000, micros.LongValues[2]); // 9999-12-31T03:00:00
        Assert.False(micros.IsPresent(4));
        Assert.Equal(9_089_380_393_200_000_000, micros.LongValues[5]); // 290000-12-30T23:00:00
    }

    private static void ReadAll(byte[] bytes)
    {
        var reader = ParquetReader.Open(bytes);
        for (var group = 0; group < reader.RowGroups.Count; group++)
        {
            foreach (var leaf in reader.Schema.Leaves)
            {
                var column = reader.ReadLeaf(group, leaf);
                Assert.Equal(reader.RowGroups[group].Chunks[leaf.LeafIndex].ValueCount, column.EntryCount);
            }
        }
    }
}
