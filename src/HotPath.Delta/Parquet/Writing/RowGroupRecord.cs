namespace HotPath.Delta.Parquet.Writing;

/// <summary>A written row group. Its chunks stand beside it, one per leaf.</summary>
internal readonly record struct RowGroupRecord(long Offset, long Rows);
