using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet.Format;

/// <summary>
/// A node of a Parquet schema: a leaf has a physical type and no children, a group the other way round. Levels and leaf
/// index are set when the node is put into a <see cref="ParquetSchema"/>. Immutable from then on.
/// </summary>
public sealed class ParquetNode
{
    public required string Name { get; init; }

    public Repetition Repetition { get; init; }

    /// <summary>Counts for leaves.</summary>
    public PhysicalType PhysicalType { get; init; }

    /// <summary>Bytes of a FixedLengthByteArray; 0 for others.</summary>
    public int TypeBytes { get; init; }

    public LogicalKind Logical { get; init; }

    public TimeUnit Unit { get; init; }

    public bool IsAdjustedToUtc { get; init; }

    /// <summary>Of an integer annotation: 8, 16, 32 or 64.</summary>
    public int IntegerBits { get; init; }

    public bool IsUnsigned { get; init; }

    public int Precision { get; init; }

    public int Scale { get; init; }

    public int? FieldId { get; init; }

    public IReadOnlyList<ParquetNode> Children { get; init; } = [];

    public bool IsLeaf => Children.Count == 0 && !IsGroup;

    /// <summary>A group may have no children: an empty struct.</summary>
    public bool IsGroup { get; init; }

    public ParquetNode? Parent { get; internal set; }

    /// <summary>The names from below the root, as columns are named in metadata.</summary>
    public IReadOnlyList<string> Path { get; internal set; } = [];

    public int DefinitionLevelMax { get; internal set; }

    public int RepetitionLevelMax { get; internal set; }

    /// <summary>The index among the leaves; -1 for a group.</summary>
    public int LeafIndex { get; internal set; } = -1;

    /// <summary>A leaf directly below the root that is not repeated: a column of a flat table.</summary>
    public bool IsFlat => IsLeaf && RepetitionLevelMax == 0 && Path.Count == 1;

    /// <summary>The path with dots, for messages.</summary>
    public string PathText => string.Join('.', Path);

    /// <summary>The Delta type a leaf can be read as without loss; null when there is none.</summary>
    public ColumnType? ColumnType => IsLeaf ? LeafTypes.ToColumnType(this) : null;

    public ParquetNode? Child(string name)
    {
        foreach (var child in Children)
        {
            if (child.Name == name)
            {
                return child;
            }
        }

        return null;
    }

    public override string ToString() => PathText;
}
