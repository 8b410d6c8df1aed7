using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>Writes FileMetaData, the last struct of a file.</summary>
/// <remarks>
/// <code>
/// FileMetaData = 1 version, 2 schema (depth first), 3 rows, 4 row groups, 6 created by, 7 column orders
/// RowGroup     = 1 chunks, 2 uncompressed bytes, 3 rows, 5 file offset, 6 stored bytes, 7 ordinal (16 bits)
/// ColumnChunk  = 2 file offset (deprecated, 0), 3 ColumnMetaData, 4 and 5 offset index, 6 and 7 column index
/// </code>
/// </remarks>
internal static class FileFooter
{
    public static void Write(
        CompactWriter writer,
        ParquetSchema schema,
        long rows,
        ReadOnlySpan<RowGroupRecord> rowGroups,
        ReadOnlySpan<ChunkRecord> chunks,
        FooterBuffers buffers,
        long indexesOffset,
        string createdBy)
    {
        writer.BeginStruct();
        writer.Int32(1, 1);
        SchemaWriter.Write(writer, 2, schema);
        writer.Int64(3, rows);
        writer.BeginList(4, CompactType.Struct, rowGroups.Length);
        var columns = schema.Leaves.Count;
        for (var i = 0; i < rowGroups.Length; i++)
        {
            WriteRowGroup(writer, i, rowGroups[i], chunks.Slice(i * columns, columns), buffers, indexesOffset);
        }

        writer.String(6, createdBy);
        WriteColumnOrders(writer, columns);
        writer.EndStruct();
    }

    private static void WriteRowGroup(
        CompactWriter writer,
        int ordinal,
        in RowGroupRecord rowGroup,
        ReadOnlySpan<ChunkRecord> chunks,
        FooterBuffers buffers,
        long indexesOffset)
    {
        var (uncompressedBytes, compressedBytes) = (0L, 0L);
        writer.BeginStruct();
        writer.BeginList(1, CompactType.Struct, chunks.Length);
        foreach (ref readonly var chunk in chunks)
        {
            WriteChunk(writer, chunk, buffers, indexesOffset);
            uncompressedBytes += chunk.UncompressedBytes;
            compressedBytes += chunk.CompressedBytes;
        }

        writer.Int64(2, uncompressedBytes);
        writer.Int64(3, rowGroup.Rows);
        writer.Int64(5, rowGroup.Offset);
        writer.Int64(6, compressedBytes);
        if (ordinal <= short.MaxValue)
        {
            writer.Int16(7, (short)ordinal);
        }

        writer.EndStruct();
    }

    private static void WriteChunk(CompactWriter writer, in ChunkRecord chunk, FooterBuffers buffers, long indexesOffset)
    {
        writer.BeginStruct();
        writer.Int64(2, 0);
        writer.RawStruct(3, buffers.Metadata(chunk));
        if (chunk.OffsetIndexBytes > 0)
        {
            writer.Int64(4, indexesOffset + buffers.ColumnIndexes.Length + chunk.OffsetIndexAt);
            writer.Int32(5, chunk.OffsetIndexBytes);
        }

        if (chunk.ColumnIndexBytes > 0)
        {
            writer.Int64(6, indexesOffset + chunk.ColumnIndexAt);
            writer.Int32(7, chunk.ColumnIndexBytes);
        }

        writer.EndStruct();
    }

    // Without a column order readers ignore min and max. Each is the union member TypeDefinedOrder, an empty struct.
    private static void WriteColumnOrders(CompactWriter writer, int columns)
    {
        writer.BeginList(7, CompactType.Struct, columns);
        for (var i = 0; i < columns; i++)
        {
            writer.BeginStruct();
            writer.EmptyStruct(1);
            writer.EndStruct();
        }
    }
}
