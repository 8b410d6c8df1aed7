using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet;

/// <summary>
/// The chunk of one leaf in one row group, as the file's metadata tells it. The bounds hold for all values that are
/// present and no NaN, but may be wider than these; they are null where the file gives none that can be trusted.
/// </summary>
public sealed record ParquetChunk
{
    public required ParquetNode Leaf { get; init; }

    /// <summary>Values with nulls; for a flat column the rows.</summary>
    public long ValueCount { get; init; }

    public long? NullCount { get; init; }

    public ColumnValue? Min { get; init; }

    public ColumnValue? Max { get; init; }

    public long CompressedBytes { get; init; }

    public long UncompressedBytes { get; init; }

    internal CodecId Codec { get; init; }

    internal long Offset { get; init; }
}
