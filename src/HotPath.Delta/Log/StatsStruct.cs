using System.Text.Json;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Log;

/// <summary>
/// Statistics and partition values as columns of a checkpoint (<c>stats_parsed</c>, <c>partitionValues_parsed</c>), for tables
/// with <c>delta.checkpoint.writeStatsAsStruct</c>: their shape by the table's schema, and their values from the JSON and the
/// texts of the log. What is no value of its column's type becomes null, which every reader must expect. Never changes.
/// </summary>
internal sealed class StatsStruct
{
    private readonly Branch[] _bounds;
    private readonly Branch[] _counts;
    private readonly TableField[] _partitions;

    public StatsStruct(TableSchema schema, Metadata metadata, IReadOnlySet<string> indexed)
    {
        var isPartition = metadata.PartitionColumns.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var data = new List<JsonElement>();
        using var document = JsonDocument.Parse(schema.ToJson());
        foreach (var field in document.RootElement.GetProperty("fields").EnumerateArray())
        {
            if (!isPartition.Contains(field.GetProperty("name").GetString()!) && indexed.Contains(NameOf(field)))
            {
                data.Add(field);
            }
        }

        _bounds = [.. data.Select(static field => Bounds(field)).OfType<Branch>()];
        _counts = [.. data.Select(static field => Counts(field))];
        _partitions = [.. metadata.PartitionColumns.Select(schema.Find).OfType<TableField>().Where(static field => field.Type is not null)];
    }

    /// <summary>The nodes to put at the end of <c>add</c>; none where there is nothing to hold.</summary>
    public IEnumerable<ParquetNode> Nodes()
    {
        if (_partitions.Length > 0)
        {
            yield return Group("partitionValues_parsed", _partitions.Select(static field => Leaf(NameOf(field), field.Type!.Value)));
        }

        yield return Group("stats_parsed", StatsNodes());
    }

    /// <summary>One value for each of <see cref="Nodes"/>.</summary>
    public IEnumerable<object?> ValuesOf(Add add)
    {
        if (_partitions.Length > 0)
        {
            yield return _partitions.Select(field => PartitionOf(field, add)).ToArray();
        }

        yield return StatsOf(add.Stats);
    }

    private IEnumerable<ParquetNode> StatsNodes()
    {
        yield return Leaf("numRecords", ColumnType.Long);
        if (_bounds.Length > 0)
        {
            yield return Group("minValues", _bounds.Select(static branch => branch.ToNode()));
            yield return Group("maxValues", _bounds.Select(static branch => branch.ToNode()));
        }

        if (_counts.Length > 0)
        {
            yield return Group("nullCount", _counts.Select(static branch => branch.ToNode()));
        }
    }

    private object?[]? StatsOf(string? stats)
    {
        if (stats is null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(stats);
            var json = document.RootElement;
            var values = new List<object?> { json.NumberOrNull("numRecords") };
            if (_bounds.Length > 0)
            {
                values.Add(ValuesOf(_bounds, json, "minValues"));
                values.Add(ValuesOf(_bounds, json, "maxValues"));
            }

            if (_counts.Length > 0)
            {
                values.Add(ValuesOf(_counts, json, "nullCount"));
            }

            return [.. values];
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Statistics that nobody understands are none.
            return null;
        }
    }

    private static object?[]? ValuesOf(Branch[] branches, JsonElement json, string name) =>
        json.TryGetProperty(name, out var group) && group.ValueKind == JsonValueKind.Object
            ? [.. branches.Select(branch => branch.ValueOf(group))]
            : null;

    private static object? PartitionOf(TableField field, Add add)
    {
        try
        {
            var column = ConstantColumn.Of(field, add.PartitionValues.GetValueOrDefault(NameOf(field)), 1);
            return column.IsPresent(0) ? StatsValue.Of(StatsValue.ToValue(column, 0), field.Type!.Value) : null;
        }
        catch (DeltaException)
        {
            return null;
        }
    }

    private static Branch? Bounds(JsonElement field)
    {
        if (ChildrenOf(field) is { } children)
        {
            var below = children.Select(Bounds).OfType<Branch>().ToArray();
            return below.Length == 0 ? null : new Branch(NameOf(field), default, below);
        }

        return TypeOf(field) is { Kind: not (ColumnKind.Boolean or ColumnKind.Binary) } type
            ? new Branch(NameOf(field), type, [])
            : null;
    }

    private static Branch Counts(JsonElement field) => ChildrenOf(field) is { Length: > 0 } children
        ? new Branch(NameOf(field), default, [.. children.Select(Counts)])
        : new Branch(NameOf(field), ColumnType.Long, []);

    private static JsonElement[]? ChildrenOf(JsonElement field) =>
        field.GetProperty("type") is { ValueKind: JsonValueKind.Object } type && type.TryGetProperty("fields", out var fields)
            ? [.. fields.EnumerateArray()]
            : null;

    private static ColumnType? TypeOf(JsonElement field) =>
        field.GetProperty("type") is { ValueKind: JsonValueKind.String } type && ColumnType.TryParse(type.GetString(), out var flat)
            ? flat
            : null;

    private static string NameOf(TableField field) => field.PhysicalName ?? field.Name;

    private static string NameOf(JsonElement field) =>
        field.TryGetProperty("metadata", out var metadata)
        && metadata.ValueKind == JsonValueKind.Object
        && metadata.TextOrNull(TableField.PhysicalNameKey) is { } name
            ? name
            : field.GetProperty("name").GetString()!;

    private static ParquetNode Group(string name, IEnumerable<ParquetNode> children) =>
        new() { Name = name, Repetition = Repetition.Optional, IsGroup = true, Children = [.. children] };

    private static ParquetNode Leaf(string name, ColumnType type) => LeafTypes.ToNode(new Column(name, type));

    /// <summary>A column with statistics, or a struct of such.</summary>
    private sealed record Branch(string Name, ColumnType Type, Branch[] Below)
    {
        public ParquetNode ToNode() => Below.Length == 0
            ? Leaf(Name, Type)
            : Group(Name, Below.Select(static branch => branch.ToNode()));

        public object? ValueOf(JsonElement group)
        {
            if (!group.TryGetProperty(Name, out var value))
            {
                return null;
            }

            return Below.Length == 0
                ? StatsValue.TryParse(value, Type, out var parsed) ? StatsValue.Of(parsed, Type) : null
                : value.ValueKind == JsonValueKind.Object ? Below.Select(branch => branch.ValueOf(value)).ToArray() : null;
        }
    }
}
