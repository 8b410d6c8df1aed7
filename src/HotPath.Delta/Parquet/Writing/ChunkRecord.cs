namespace HotPath.Delta.Parquet.Writing;

/// <summary>Where a written column chunk and its serialized metadata lie.</summary>
internal struct ChunkRecord
{
    public long Offset;
    public long UncompressedBytes;
    public long CompressedBytes;
    public int MetadataAt;
    public int MetadataBytes;
    public int ColumnIndexAt;

    /// <summary>0 when the chunk has no column index.</summary>
    public int ColumnIndexBytes;
    public int OffsetIndexAt;
    public int OffsetIndexBytes;
}
