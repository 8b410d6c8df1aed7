using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>Reads the metadata of one row group and checks that its chunks lie in the file.</summary>
internal sealed class RowGroupReader
{
    private readonly List<ChunkMetadata> _chunks = [];
    private long _rowCount = -1;

    public static RowGroupReader Read(ref CompactReader reader, CompactType structType, ParquetSchema schema, long fileBytes)
    {
        var group = new RowGroupReader();
        reader.BeginStruct(structType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    group.ReadChunks(ref reader, type, schema, fileBytes);
                    break;
                case 3:
                    group._rowCount = reader.ReadInt64(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
        if (group._rowCount < 0 || group._chunks.Count != schema.Leaves.Count)
        {
            throw new ParquetFormatException(
                $"a row group of {group._rowCount} rows has {group._chunks.Count} chunks for {schema.Leaves.Count} columns");
        }

        return group;
    }

    public ParquetRowGroup ToRowGroup(bool[] hasOrder)
    {
        var chunks = new ParquetChunk[_chunks.Count];
        for (var i = 0; i < chunks.Length; i++)
        {
            chunks[i] = _chunks[i].ToChunk(i < hasOrder.Length && hasOrder[i]);
        }

        return new ParquetRowGroup(_rowCount, chunks);
    }

    private void ReadChunks(ref CompactReader reader, CompactType listType, ParquetSchema schema, long fileBytes)
    {
        var count = reader.ReadListHead(listType, out var elementType);
        if (count != schema.Leaves.Count)
        {
            throw new ParquetFormatException($"a row group has {count} chunks for {schema.Leaves.Count} columns");
        }

        for (var i = 0; i < count; i++)
        {
            _chunks.Add(ReadChunk(ref reader, elementType, schema.Leaves[i], fileBytes));
        }
    }

    private static ChunkMetadata ReadChunk(ref CompactReader reader, CompactType structType, ParquetNode leaf, long fileBytes)
    {
        var chunk = new ChunkMetadata(leaf);
        reader.BeginStruct(structType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    throw new ParquetFormatException($"the column '{leaf}' lies in another file, which HotPath does not read");
                case 3:
                    chunk.Read(ref reader, type);
                    break;
                case 8 or 9:
                    throw new ParquetFormatException($"the column '{leaf}' is encrypted, which HotPath does not read");
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
        chunk.RequireInside(fileBytes);
        return chunk;
    }
}
