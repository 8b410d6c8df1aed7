using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;

namespace HotPath.Delta.Log;

/// <summary>
/// The statistics of a data file as an add action carries them, for readers that skip files. Every bound holds for every
/// reader: strings are cut at 32 characters and the cut maximum is raised, times are rounded outwards to milliseconds, and
/// where no honest bound can be written there is none.
/// </summary>
internal static class StatsJson
{
    private const int StringCharactersMax = 32;
    private const int StringCharactersCeiling = 64;

    private static readonly Rune TieBreakerAscii = new(0x7F);
    private static readonly Rune TieBreakerMax = new(0x10FFFF);

    public static string Write(ParquetFileSummary file, IReadOnlySet<string> columns)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            var indexed = file.Columns.Where(column => columns.Contains(column.Column.Name)).ToList();
            json.WriteStartObject();
            json.WriteNumber("numRecords", file.Rows);
            WriteBounds(json, "minValues", indexed, isUpper: false);
            WriteBounds(json, "maxValues", indexed, isUpper: true);
            json.WriteStartObject("nullCount");
            foreach (var column in indexed)
            {
                json.WriteNumber(column.Column.Name, column.NullCount);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>
    /// The columns that get statistics, by their names in the file: those that the table names, else the first ones.
    /// </summary>
    public static IReadOnlySet<string> ColumnsOf(Snapshot snapshot)
    {
        var properties = snapshot.Properties;
        var columns = snapshot.Schema.Fields.Where(
            field => !snapshot.Metadata.PartitionColumns.Contains(field.Name, StringComparer.OrdinalIgnoreCase));
        if (properties.StatsColumns is { } named)
        {
            columns = columns.Where(field => named.Contains(field.Name, StringComparer.OrdinalIgnoreCase));
        }
        else if (properties.StatsColumnCount >= 0)
        {
            columns = columns.Take((int)Math.Min(properties.StatsColumnCount, int.MaxValue));
        }

        var names = columns.Select(static field => field.PhysicalName ?? field.Name).ToHashSet();
        names.UnionWith(ClusteringColumns(snapshot));
        return names;
    }

    /// <summary>Columns that the table is clustered by must have statistics, whichever others have.</summary>
    private static IEnumerable<string> ClusteringColumns(Snapshot snapshot)
    {
        if (!snapshot.Domains.TryGetValue("delta.clustering", out var domain))
        {
            return [];
        }

        // {"clusteringColumns":[["column"],["struct","field"]]}, physical names; only flat columns are written here.
        using var document = JsonDocument.Parse(domain.Configuration);
        return document.RootElement.TryGetProperty("clusteringColumns", out var columns)
            ? [.. columns.EnumerateArray().Where(static path => path.GetArrayLength() == 1).Select(static path => path[0].GetString()!)]
            : [];
    }

    /// <summary>The longest prefix of at most 32 characters; it stands before or with the text.</summary>
    public static string LowerBound(string text) => text.Length <= StringCharactersMax
        ? text
        : text[..(char.IsHighSurrogate(text[StringCharactersMax - 1]) ? StringCharactersMax - 1 : StringCharactersMax)];

    /// <summary>
    /// A prefix and one character more that stands behind everything cut off; null where there is none of a bearable length.
    /// The order is that of UTF-8 bytes, which is the order of code points.
    /// </summary>
    public static string? UpperBound(string text)
    {
        if (text.Length <= StringCharactersMax)
        {
            return text;
        }

        var cut = LowerBound(text).Length;
        while (cut < text.Length && cut < StringCharactersCeiling)
        {
            if (!Rune.TryGetRuneAt(text, cut, out var next))
            {
                return null;
            }

            if (next < TieBreakerAscii)
            {
                return text[..cut] + TieBreakerAscii;
            }

            if (next < TieBreakerMax)
            {
                return text[..cut] + TieBreakerMax;
            }

            cut += next.Utf16SequenceLength;
        }

        return cut >= text.Length ? text : null;
    }

    private static void WriteBounds(Utf8JsonWriter json, string name, List<ColumnSummary> columns, bool isUpper)
    {
        json.WriteStartObject(name);
        foreach (var column in columns)
        {
            var bound = isUpper ? column.Max : column.Min;
            if (bound is { } value)
            {
                WriteBound(json, column, value, isUpper);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteBound(Utf8JsonWriter json, ColumnSummary column, ColumnValue value, bool isUpper)
    {
        var name = column.Column.Name;
        switch (column.Column.Type.Kind)
        {
            case ColumnKind.Byte or ColumnKind.Short or ColumnKind.Integer or ColumnKind.Long:
                json.WriteNumber(name, value.Integer);
                break;
            case ColumnKind.Float or ColumnKind.Double:
                // Engines order NaN above all numbers: with a NaN in the file no number is its maximum.
                if (double.IsFinite(value.Real) && !(isUpper && column.NanCount > 0))
                {
                    WriteReal(json, name, value.Real, column.Column.Type.Kind);
                }

                break;
            case ColumnKind.Decimal:
                json.WritePropertyName(name);
                json.WriteRawValue(DecimalText.Format(value.Unscaled, column.Column.Type.Scale));
                break;
            case ColumnKind.Date:
                WriteText(json, name, DeltaTime.Date(value.Integer));
                break;
            case ColumnKind.Timestamp:
                WriteText(json, name, DeltaTime.MillisBound(value.Integer, isUpper, "Z"));
                break;
            case ColumnKind.TimestampNtz:
                WriteText(json, name, DeltaTime.MillisBound(value.Integer, isUpper, ""));
                break;
            case ColumnKind.String:
                WriteText(json, name, TextBound(value.Bytes.Span, isUpper));
                break;
            default:
                // No bounds for boolean and binary.
                break;
        }
    }

    private static string? TextBound(ReadOnlySpan<byte> bytes, bool isUpper)
    {
        // Bytes that are no UTF-8 would become other characters, with another place in the order.
        if (!Utf8.IsValid(bytes))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes);
        return isUpper ? UpperBound(text) : LowerBound(text);
    }

    private static void WriteReal(Utf8JsonWriter json, string name, double value, ColumnKind kind)
    {
        if (kind == ColumnKind.Float)
        {
            json.WriteNumber(name, (float)value);
        }
        else
        {
            json.WriteNumber(name, value);
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }
}
