using System.Collections.ObjectModel;

namespace HotPath.Delta;

/// <summary>What a table is created with.</summary>
public sealed record TableDefinition
{
    public required TableSchema Schema { get; init; }

    /// <summary>In the order in which they divide the rows. They are columns of the schema and stand in no data file.</summary>
    public IReadOnlyList<string> PartitionColumns { get; init; } = [];

    /// <summary>Properties such as <c>delta.logRetentionDuration</c>; unknown ones are kept as they are.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public string? Name { get; init; }

    public string? Description { get; init; }
}
