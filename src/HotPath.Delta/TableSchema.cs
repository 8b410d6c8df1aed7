using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Delta.Columns;

namespace HotPath.Delta;

/// <summary>The columns of a table in their order. Names are unique whatever their case.</summary>
public sealed class TableSchema
{
    /// <summary>A table that is announced before its columns are known has no schema string, or this one.</summary>
    internal const string EmptyJson = """{"type":"struct","fields":[]}""";

    // What Spark refuses in names of tables without column mapping.
    private static readonly SearchValues<char> NameReserved = SearchValues.Create(" ,;{}()\n\t=");

    // Columns of change data feeds; a table of the user's may not have them.
    private static readonly string[] NamesReserved = ["_change_type", "_commit_version", "_commit_timestamp"];

    private TableSchema(IReadOnlyList<TableField> fields) => Fields = fields;

    public IReadOnlyList<TableField> Fields { get; }

    /// <summary>A schema of flat columns.</summary>
    /// <exception cref="DeltaException">A name is reserved, holds a reserved character, or stands twice.</exception>
    public static TableSchema Of(params IEnumerable<Column> columns)
    {
        var schema = new TableSchema([.. columns.Select(TableField.Of)]);
        schema.RequireNames();
        return schema;
    }

    /// <summary>Reads the schema string of a table's metadata.</summary>
    /// <exception cref="DeltaException">The string is no schema.</exception>
    public static TableSchema Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return new TableSchema([.. document.RootElement.GetProperty("fields").EnumerateArray().Select(TableField.Parse)]);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new DeltaException($"The table's schema string is not a Delta schema: {fault.Message}", fault);
        }
    }

    /// <summary>The column of this name, whatever its case, or null.</summary>
    public TableField? Find(string name) =>
        Fields.FirstOrDefault(field => string.Equals(field.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The schema as the metadata of a table holds it.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("type", "struct");
            json.WriteStartArray("fields");
            foreach (var field in Fields)
            {
                field.Write(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public override string ToString() => string.Join(
        ", ",
        Fields.Select(field => $"{field.Name} {field.Type?.ToString() ?? field.TypeJson.Trim('"')}{(field.Nullable ? "" : " not null")}"));

    /// <summary>This schema and, at its end, nullable columns that it does not have yet; the same object where there are none.</summary>
    /// <exception cref="DeltaException">A column is there with another type, or a new one is not nullable.</exception>
    internal TableSchema Merge(IEnumerable<Column> columns)
    {
        var added = new List<TableField>();
        foreach (var column in columns)
        {
            var present = Find(column.Name);
            if (present is null)
            {
                if (!column.Nullable)
                {
                    throw new DeltaException(
                        $"Column '{column.Name}' is new to the table and must be nullable: the rows that are there have no value for it.");
                }

                added.Add(TableField.Of(column));
            }
            else if (present.Type != column.Type || present.Name != column.Name)
            {
                throw new DeltaException(
                    $"Column '{column.Name} {column.Type}' is '{present.Name} {present.TypeJson.Trim('"')}' in the table. "
                    + "Types and spelling of columns never change; write under another name.");
            }
        }

        if (added.Count == 0)
        {
            return this;
        }

        var merged = new TableSchema([.. Fields, .. added]);
        merged.RequireNames();
        return merged;
    }

    /// <summary>All fields, those inside structs, arrays and maps too.</summary>
    internal void VisitFields(Action<JsonElement> onField)
    {
        using var document = JsonDocument.Parse(ToJson());
        Visit(document.RootElement);

        void Visit(JsonElement type)
        {
            if (type.ValueKind != JsonValueKind.Object)
            {
                return;
            }

            if (type.TryGetProperty("fields", out var fields))
            {
                foreach (var field in fields.EnumerateArray())
                {
                    onField(field);
                    Visit(field.GetProperty("type"));
                }
            }

            foreach (var part in (string[])["elementType", "keyType", "valueType"])
            {
                if (type.TryGetProperty(part, out var inner))
                {
                    Visit(inner);
                }
            }
        }
    }

    private void RequireNames()
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in Fields)
        {
            if (field.Name.Length == 0 || field.Name.AsSpan().IndexOfAny(NameReserved) >= 0)
            {
                throw new DeltaException($"'{field.Name}' cannot name a column: not empty, and none of space , ; {{ }} ( ) = tab newline.");
            }

            if (NamesReserved.Contains(field.Name, StringComparer.OrdinalIgnoreCase))
            {
                throw new DeltaException($"'{field.Name}' is a column of change data feeds and cannot name another.");
            }

            if (!seen.Add(field.Name))
            {
                throw new DeltaException($"Column '{field.Name}' stands twice in the schema; case does not tell columns apart.");
            }
        }
    }
}
