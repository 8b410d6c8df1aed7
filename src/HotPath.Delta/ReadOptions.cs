namespace HotPath.Delta;

/// <summary>Which rows and columns are read.</summary>
public sealed record ReadOptions
{
    /// <summary>The columns by name and in this order; null for all flat columns of the table.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>
    /// Values that are wanted, all at once. Files and row groups that can hold no such row, by their partition values and
    /// statistics, are not read; within those that are read other rows come as well: choosing among them is the reader's.
    /// </summary>
    public IReadOnlyList<ColumnRange> Ranges { get; init; } = [];

    /// <summary>The version to read; null for the newest that the table object has seen.</summary>
    public long? Version { get; init; }
}
