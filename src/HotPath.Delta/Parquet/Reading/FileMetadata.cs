using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>What the footer of a file says.</summary>
internal sealed record FileMetadata(
    ParquetSchema Schema, long RowCount, IReadOnlyList<ParquetRowGroup> RowGroups, string? CreatedBy);
