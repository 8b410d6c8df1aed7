using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet;

/// <summary>What <see cref="ParquetWriter"/> wrote. The columns stand in the order of the schema.</summary>
public sealed record ParquetFileSummary(long Bytes, long Rows, IReadOnlyList<ColumnSummary> Columns);
