using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.Delta.Columns;

namespace HotPath.Delta.Tests.Table;

/// <summary>
/// Rows of two writers of JSON in one form: the columns in the order of their names, numbers without idle zeros, times with a
/// space and without zone, binary as text; then sorted.
/// </summary>
internal static class ObservedRows
{
    public static List<string> Normalize(string ndjson, IReadOnlyList<Column> columns)
    {
        var rows = new List<string>();
        foreach (var line in ndjson.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var document = JsonDocument.Parse(line);
            var row = new StringBuilder();
            foreach (var column in columns)
            {
                if (document.RootElement.TryGetProperty(column.Name, out var value))
                {
                    row.Append(column.Name).Append('=').Append(Normalize(value, column.Type)).Append(' ');
                }
            }

            rows.Add(row.ToString());
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    private static string Normalize(JsonElement value, ColumnType type)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return "null";
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return type.Kind switch
        {
            ColumnKind.Timestamp or ColumnKind.TimestampNtz => text.Replace('T', ' ').TrimEnd('Z'),
            ColumnKind.Float => Real((float)Parse(text)),
            ColumnKind.Double => Real(Parse(text)),
            ColumnKind.Decimal => text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text,
            ColumnKind.Binary => Binary(text),
            _ => text,
        };
    }

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string Real(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    // The other reader writes the bytes as text, ours as Base64.
    private static string Binary(string text)
    {
        var bytes = new byte[text.Length];
        return text.Length % 4 == 0 && Convert.TryFromBase64String(text, bytes, out var count)
            ? Encoding.UTF8.GetString(bytes, 0, count)
            : text;
    }
}
