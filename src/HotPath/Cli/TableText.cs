using System.Globalization;
using System.Text;
using HotPath.Delta;

namespace HotPath.Cli;

/// <summary>The facts of a table as text.</summary>
internal static class TableText
{
    public static string Of(string location, Snapshot snapshot)
    {
        var text = new StringBuilder();
        Line(text, "location", location);
        Line(text, "id", snapshot.Metadata.Id);
        Line(text, "version", Number(snapshot.Version));
        Line(
            text,
            "protocol",
            string.Join(' ', Features(snapshot).Prepend(
                $"reader {snapshot.Protocol.MinReaderVersion}, writer {snapshot.Protocol.MinWriterVersion}")));
        Line(text, "partitioned by", string.Join(", ", snapshot.Metadata.PartitionColumns));
        Line(text, "files", Number(snapshot.Files.Count));
        Line(text, "bytes", Number(snapshot.Bytes));
        Line(text, "rows", snapshot.RowCount is { } rows ? Number(rows) : "unknown: a file has no statistics");
        text.Append("schema\n");
        foreach (var field in snapshot.Schema.Fields)
        {
            var type = field.Type?.ToString() ?? field.TypeJson.Trim('"');
            text.Append(CultureInfo.InvariantCulture, $"  {field.Name} {type}{(field.Nullable ? "" : " not null")}\n");
        }

        foreach (var (key, value) in snapshot.Metadata.Configuration.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            Line(text, key, value);
        }

        foreach (var txn in snapshot.Txns.Values.OrderBy(static txn => txn.AppId, StringComparer.Ordinal))
        {
            Line(text, "txn " + txn.AppId, Number(txn.Version));
        }

        return text.ToString();
    }

    private static IEnumerable<string> Features(Snapshot snapshot) =>
        (snapshot.Protocol.ReaderFeatures ?? []).Union(snapshot.Protocol.WriterFeatures ?? []);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, string name, string value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name,-16}{value}\n");
}
