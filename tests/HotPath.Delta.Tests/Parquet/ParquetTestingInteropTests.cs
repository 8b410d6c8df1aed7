using System.Text.Json;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Tests.Parquet;

/// <summary>The flat columns of the test collection hold what another reader finds in them.</summary>
public sealed class ParquetTestingInteropTests
{
    // DuckDB reads neither the framed LZ4 nor byte streams of whole numbers.
    private static readonly string[] NotForDuckDb =
        ["byte_stream_split_extended.gzip", "hadoop_lz4_compressed", "hadoop_lz4_compressed_larger", "non_hadoop_lz4_compressed", "map_no_value"];

    public static TheoryData<string> Good => SharedParquet.Files("data");

    [OtherReadersTheory]
    [MemberData(nameof(Good))]
    public void Flat_columns_hold_what_another_reader_finds(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        if (!SharedParquet.IsThere || IsRefused(name) || name == "int96_from_spark")
        {
            return;
        }

        var reader = ParquetReader.Open(SharedParquet.Bytes(file));
        var leaves = reader.Schema.Leaves.Where(IsComparable).ToArray();
        if (leaves.Length == 0)
        {
            return;
        }

        var engine = NotForDuckDb.Contains(name) ? "hyparquet" : "duckdb";
        var lines = OtherReaders.Read(engine, SharedParquet.PathOf(file));
        var row = 0;
        for (var group = 0; group < reader.RowGroups.Count; group++)
        {
            var vectors = leaves.Select(leaf => reader.ReadColumn(group, leaf)).ToArray();
            for (var i = 0; i < reader.RowGroups[group].RowCount; i++)
            {
                using var json = JsonDocument.Parse(lines[row++]);
                for (var column = 0; column < leaves.Length; column++)
                {
                    ShouldEqual(json, leaves[column], vectors[column], i, engine);
                }
            }
        }

        Assert.Equal(lines.Length, row);
    }

    private static bool IsRefused(string name) =>
        name.Contains("corrupt", StringComparison.Ordinal) || name == "large_string_map.brotli";

    // Half floats, intervals and the like have no Delta type: they are read as their bytes.
    private static bool IsComparable(ParquetNode leaf) =>
        leaf.IsFlat && leaf.ColumnType is not null && leaf.Logical != LogicalKind.Other;

    private static void ShouldEqual(JsonDocument json, ParquetNode leaf, ColumnVector vector, int row, string engine)
    {
        var type = leaf.ColumnType!.Value;
        var actual = SampleTable.Text(vector, type, row);
        var expected = OtherReaders.Text(json.RootElement.GetProperty(leaf.Name));
        Assert.True(
            OtherReaders.AreEqual(type, actual, expected, engine),
            $"{leaf}, row {row}: HotPath reads {actual ?? "null"}, {engine} {expected ?? "null"}.");
    }
}
