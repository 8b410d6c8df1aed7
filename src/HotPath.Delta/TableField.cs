using System.Text.Json;
using HotPath.Delta.Columns;

namespace HotPath.Delta;

/// <summary>One column of a table's schema. Type and metadata are kept as they stand, so that nothing foreign is lost.</summary>
public sealed record TableField
{
    internal const string PhysicalNameKey = "delta.columnMapping.physicalName";
    internal const string FieldIdKey = "delta.columnMapping.id";

    public required string Name { get; init; }

    /// <summary>The type as JSON: a quoted primitive name, or the object of a struct, array or map.</summary>
    public required string TypeJson { get; init; }

    public bool Nullable { get; init; } = true;

    /// <summary>The metadata object as JSON.</summary>
    public string MetadataJson { get; init; } = "{}";

    /// <summary>The type of a flat column; null for nested types and for those this library does not know.</summary>
    public ColumnType? Type { get; private init; }

    /// <summary>The name in data files, statistics and partition values where the table maps columns.</summary>
    internal string? PhysicalName { get; private init; }

    /// <summary>The field id in data files where the table maps columns.</summary>
    internal int? FieldId { get; private init; }

    public static TableField Of(Column column) => new()
    {
        Name = column.Name,
        TypeJson = JsonSerializer.Serialize(column.Type.ToString()),
        Nullable = column.Nullable,
        Type = column.Type,
    };

    internal static TableField Parse(JsonElement field)
    {
        var type = field.GetProperty("type");
        var hasMetadata = field.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object;
        return new TableField
        {
            Name = field.GetProperty("name").GetString()!,
            TypeJson = type.GetRawText(),
            Nullable = !field.TryGetProperty("nullable", out var nullable) || nullable.ValueKind != JsonValueKind.False,
            MetadataJson = hasMetadata ? metadata.GetRawText() : "{}",
            Type = type.ValueKind == JsonValueKind.String && ColumnType.TryParse(type.GetString(), out var flat) ? flat : null,
            PhysicalName = hasMetadata && metadata.TryGetProperty(PhysicalNameKey, out var name) ? name.GetString() : null,
            FieldId = hasMetadata && metadata.TryGetProperty(FieldIdKey, out var id) && id.TryGetInt32(out var number)
                ? number
                : null,
        };
    }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WritePropertyName("type");
        json.WriteRawValue(TypeJson);
        json.WriteBoolean("nullable", Nullable);
        json.WritePropertyName("metadata");
        json.WriteRawValue(MetadataJson);
        json.WriteEndObject();
    }
}
