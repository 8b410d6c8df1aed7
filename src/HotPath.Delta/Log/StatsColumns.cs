using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Log;

/// <summary>
/// The statistics of a checkpoint that has them as columns alone (<c>stats_parsed</c>), put back into the JSON of an add
/// action, row by row. Owned by one thread.
/// </summary>
internal sealed class StatsColumns
{
    private static readonly string[] Parts = ["minValues", "maxValues", "nullCount"];

    private readonly LeafCursor _records;
    private readonly List<(string Name, List<Leaf> Leaves)> _parts = [];

    private StatsColumns(ParquetReader file, int rowGroup, ParquetNode stats)
    {
        _records = Cursor(file, rowGroup, stats.Child("numRecords"));
        foreach (var part in Parts)
        {
            var leaves = new List<Leaf>();
            if (stats.Child(part) is { } group)
            {
                Collect(file, rowGroup, group, group.Path.Count, leaves);
            }

            _parts.Add((part, leaves));
        }
    }

    /// <summary>Null where the file has no such columns.</summary>
    public static StatsColumns? TryOpen(ParquetReader file, int rowGroup) =>
        file.Schema.Root.Child("add")?.Child("stats_parsed") is { IsLeaf: false } stats
            ? new StatsColumns(file, rowGroup, stats)
            : null;

    public void MoveNext()
    {
        _records.MoveNext();
        foreach (var leaf in _parts.SelectMany(static part => part.Leaves))
        {
            leaf.Cursor.MoveNext();
        }
    }

    /// <summary>The statistics of the row at hand; null where it has none.</summary>
    public string? ToJson()
    {
        if (_records.Number() is not { } records)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("numRecords", records);
            foreach (var (name, leaves) in _parts)
            {
                Write(json, name, leaves);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Collect(ParquetReader file, int rowGroup, ParquetNode node, int depth, List<Leaf> leaves)
    {
        foreach (var child in node.Children)
        {
            if (child is { IsLeaf: true, RepetitionLevelMax: 0 } && (child.ColumnType is not null))
            {
                leaves.Add(new Leaf([.. child.Path.Skip(depth)], child, Cursor(file, rowGroup, child)));
            }

            Collect(file, rowGroup, child, depth, leaves);
        }
    }

    private static LeafCursor Cursor(ParquetReader file, int rowGroup, ParquetNode? leaf) =>
        new(leaf is { IsLeaf: true, RepetitionLevelMax: 0 } ? file.ReadConverted(rowGroup, leaf) : null);

    // Leaves come in the order of the tree, so those of one struct stand together.
    private static void Write(Utf8JsonWriter json, string name, List<Leaf> leaves)
    {
        json.WriteStartObject(name);
        var open = Array.Empty<string>();
        foreach (var leaf in leaves.Where(static leaf => leaf.Cursor.IsPresent))
        {
            var above = leaf.Path[..^1];
            var common = open.Zip(above).TakeWhile(static pair => pair.First == pair.Second).Count();
            for (var depth = open.Length; depth > common; depth--)
            {
                json.WriteEndObject();
            }

            foreach (var group in above[common..])
            {
                json.WriteStartObject(group);
            }

            open = above;
            WriteValue(json, leaf, isUpper: name == "maxValues");
        }

        foreach (var _ in open)
        {
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, Leaf leaf, bool isUpper)
    {
        var name = leaf.Path[^1];
        var type = leaf.Node.ColumnType!.Value;
        var value = leaf.Cursor.Value();
        var text = type.Kind switch
        {
            ColumnKind.Date => DeltaTime.Date(value.Integer),
            ColumnKind.Timestamp => DeltaTime.MillisBound(value.Integer, isUpper, "Z"),
            ColumnKind.TimestampNtz => DeltaTime.MillisBound(value.Integer, isUpper, ""),
            ColumnKind.String => Encoding.UTF8.GetString(value.Bytes.Span),
            _ => null,
        };
        if (text is not null)
        {
            json.WriteString(name, text);
            return;
        }

        switch (type.Kind)
        {
            case ColumnKind.Float or ColumnKind.Double when double.IsFinite(value.Real):
                json.WriteNumber(name, value.Real);
                break;
            case ColumnKind.Decimal:
                json.WritePropertyName(name);
                json.WriteRawValue(DecimalText.Format(value.Unscaled, type.Scale));
                break;
            case ColumnKind.Byte or ColumnKind.Short or ColumnKind.Integer or ColumnKind.Long:
                json.WriteNumber(name, value.Integer);
                break;
            default:
                // No bounds for boolean and binary, nor where a number is none.
                break;
        }
    }

    private sealed record Leaf(string[] Path, ParquetNode Node, LeafCursor Cursor);
}
