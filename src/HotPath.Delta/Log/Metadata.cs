using System.Collections.ObjectModel;

namespace HotPath.Delta.Log;

/// <summary>The identity, schema, partitioning and configuration of a table. A new one replaces the old completely.</summary>
public sealed record Metadata
{
    /// <summary>A GUID that never changes for a table.</summary>
    public required string Id { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public string FormatProvider { get; init; } = "parquet";

    public IReadOnlyDictionary<string, string> FormatOptions { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The schema as JSON; <see cref="TableSchema.Parse"/> reads it.</summary>
    public required string SchemaString { get; init; }

    public IReadOnlyList<string> PartitionColumns { get; init; } = [];

    public IReadOnlyDictionary<string, string> Configuration { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Milliseconds since 1970.</summary>
    public long? CreatedTime { get; init; }
}
