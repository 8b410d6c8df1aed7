namespace HotPath.Delta.Parquet;

/// <summary>A row group of a file: its rows and one chunk per leaf of the schema, in the same order.</summary>
public sealed record ParquetRowGroup(long RowCount, IReadOnlyList<ParquetChunk> Chunks);
