using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet;

/// <summary>
/// One leaf of one row group as it is stored. There is one level pair per entry; an entry has a value where its definition
/// level is <see cref="ParquetNode.DefinitionLevelMax"/>, and begins a new row where its repetition level is 0.
/// Values stand one after the other without gaps: INT32 as Integers, INT64 as Longs, INT96 as Longs (microseconds),
/// BYTE_ARRAY and FIXED as Bytes or Codes.
/// </summary>
public sealed class LeafColumn
{
    internal LeafColumn(
        ParquetNode leaf,
        int entryCount,
        ReadOnlyMemory<byte> definitionLevels,
        ReadOnlyMemory<byte> repetitionLevels,
        ColumnVector values)
    {
        (Leaf, EntryCount, Values) = (leaf, entryCount, values);
        (DefinitionLevels, RepetitionLevels) = (definitionLevels, repetitionLevels);
    }

    public ParquetNode Leaf { get; }

    /// <summary>Values, nulls, and empty or absent lists.</summary>
    public int EntryCount { get; }

    /// <summary>Empty when the leaf and all above it are required: every entry has a value then.</summary>
    public ReadOnlyMemory<byte> DefinitionLevels { get; }

    /// <summary>Empty when nothing above the leaf is repeated: every entry is a row then.</summary>
    public ReadOnlyMemory<byte> RepetitionLevels { get; }

    /// <summary>The present values only.</summary>
    public ColumnVector Values { get; }
}
