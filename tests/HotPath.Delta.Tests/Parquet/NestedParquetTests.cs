using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Writing;

namespace HotPath.Delta.Tests.Parquet;

/// <summary>Leaves below structs, lists and maps, as checkpoints have them: levels and values read back.</summary>
public sealed class NestedParquetTests
{
    /// <summary>Rows: {k: {a: x, b: null}}, {k: {}}, {k: null}, null, {k: {c: y}}.</summary>
    [Fact]
    public void Map_in_a_struct_keeps_its_levels()
    {
        var key = new ParquetNode { Name = "key", PhysicalType = PhysicalType.ByteArray, Logical = LogicalKind.String };
        var value = new ParquetNode
        {
            Name = "value", Repetition = Repetition.Optional, PhysicalType = PhysicalType.ByteArray, Logical = LogicalKind.String,
        };
        var entries = Group("key_value", Repetition.Repeated, LogicalKind.None, key, value);
        var map = Group("k", Repetition.Optional, LogicalKind.Map, entries);
        var schema = new ParquetSchema(Group("schema", Repetition.Required, LogicalKind.None, Group("add", Repetition.Optional, LogicalKind.None, map)));
        byte[] repetition = [0, 1, 0, 0, 0, 0];
        byte[] keyLevels = [3, 3, 2, 1, 0, 3];
        byte[] valueLevels = [4, 3, 2, 1, 0, 4];

        using var stream = new MemoryStream();
        using var file = new FileWriter(schema, new ParquetWriterOptions());
        file.Begin(stream);
        Append(file.Chunks[0], keyLevels, repetition, "a", "b", "c");
        Append(file.Chunks[1], valueLevels, repetition, "x", "y");
        file.FlushRowGroup(5);
        file.End();

        var reader = ParquetReader.Open(stream.ToArray());
        var keys = reader.ReadLeaf(0, reader.Schema.FindLeaf("add", "k", "key_value", "key")!);
        var values = reader.ReadLeaf(0, reader.Schema.FindLeaf("add", "k", "key_value", "value")!);
        Assert.Equal(5, reader.RowCount);
        Assert.Equal(LogicalKind.Map, reader.Schema.Root.Child("add")!.Child("k")!.Logical);
        Assert.Equal((3, 1, 4, 1), (keys.Leaf.DefinitionLevelMax, keys.Leaf.RepetitionLevelMax, values.Leaf.DefinitionLevelMax, values.Leaf.RepetitionLevelMax));
        Assert.Equal(keyLevels, keys.DefinitionLevels.ToArray());
        Assert.Equal(repetition, keys.RepetitionLevels.ToArray());
        Assert.Equal(valueLevels, values.DefinitionLevels.ToArray());
        Assert.Equal("b", Encoding.UTF8.GetString(keys.Values.BytesAt(1)));
        Assert.Equal("y", Encoding.UTF8.GetString(values.Values.BytesAt(1)));
    }

    [Fact]
    public void Pages_of_lists_end_where_rows_end()
    {
        var element = new ParquetNode { Name = "element", Repetition = Repetition.Optional, PhysicalType = PhysicalType.Int64 };
        var list = Group("x", Repetition.Optional, LogicalKind.List, Group("list", Repetition.Repeated, LogicalKind.None, element));
        var schema = new ParquetSchema(Group("schema", Repetition.Required, LogicalKind.None, list));
        var (definition, repetition, values) = (new List<byte>(), new List<byte>(), new List<long>());
        for (var row = 0; row < 500; row++)
        {
            for (var i = 0; i <= row % 40; i++)
            {
                repetition.Add(i == 0 ? (byte)0 : (byte)1);
                definition.Add(i % 7 == 6 ? (byte)2 : (byte)3);
                if (i % 7 != 6)
                {
                    values.Add(row * 100 + i);
                }
            }
        }

        using var stream = new MemoryStream();
        using var file = new FileWriter(schema, new ParquetWriterOptions { PageRowsMax = 64 });
        file.Begin(stream);
        file.Chunks[0].BeginVector(ColumnVector.Longs(values.ToArray()));
        file.Chunks[0].AppendNested(definition.ToArray(), repetition.ToArray());
        file.Chunks[0].EndVector();
        file.FlushRowGroup(500);
        file.End();

        var reader = ParquetReader.Open(stream.ToArray());
        var read = reader.ReadLeaf(0, reader.Schema.Leaves[0]);
        Assert.Equal(definition, read.DefinitionLevels.ToArray());
        Assert.Equal(repetition, read.RepetitionLevels.ToArray());
        Assert.Equal(values, read.Values.LongValues.ToArray());
    }

    private static ParquetNode Group(string name, Repetition repetition, LogicalKind logical, params ParquetNode[] children) =>
        new() { Name = name, IsGroup = true, Repetition = repetition, Logical = logical, Children = children };

    private static void Append(ChunkWriter chunk, byte[] definition, byte[] repetition, params string[] values)
    {
        var offsets = Enumerable.Range(0, values.Length + 1).ToArray();
        chunk.BeginVector(ColumnVector.Bytes(Encoding.UTF8.GetBytes(string.Concat(values)), offsets));
        chunk.AppendNested(definition, repetition);
        chunk.EndVector();
    }
}
