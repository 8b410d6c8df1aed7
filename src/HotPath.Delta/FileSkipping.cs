using System.Text.Json;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta;

/// <summary>
/// Which data files and row groups can hold no row that is wanted, by partition values and statistics. What statistics do not
/// say, or say in a way that nobody understands, is read. Never changes; any thread may ask.
/// </summary>
internal sealed class FileSkipping
{
    // Engines cut times in statistics to milliseconds, downwards also for the maximum (Delta protocol, Per-file Statistics).
    private const long MicrosCutMax = 999;

    private readonly (TableField Field, ColumnRange Range)[] _partitions;
    private readonly (TableField Field, ColumnRange Range)[] _columns;

    /// <exception cref="DeltaException">A range is of a column that is not there or is nested.</exception>
    public FileSkipping(Snapshot snapshot, IReadOnlyList<ColumnRange> ranges)
    {
        var fields = ranges.Select(range => (Field: FieldOf(snapshot, range), Range: range)).ToList();
        bool IsPartition(TableField field) =>
            snapshot.Metadata.PartitionColumns.Contains(field.Name, StringComparer.OrdinalIgnoreCase);
        _partitions = [.. fields.Where(pair => IsPartition(pair.Field))];
        _columns = [.. fields.Where(pair => !IsPartition(pair.Field))];
    }

    public bool MayHold(Add file)
    {
        foreach (var (field, range) in _partitions)
        {
            var value = ConstantColumn.Of(field, file.PartitionValues.GetValueOrDefault(field.PhysicalName ?? field.Name), 1);
            if (!value.IsPresent(0) || !Holds(field, range, StatsValue.ToValue(value, 0)))
            {
                return false;
            }
        }

        return _columns.Length == 0 || file.StatsUtf8.IsEmpty || StatsMayHold(file);
    }

    public bool MayHold(ParquetRowGroup rowGroup, Func<TableField, ParquetNode?> leafOf)
    {
        foreach (var (field, range) in _columns)
        {
            // A file without the column has nulls in all rows; one with another type than the table's is read.
            var leaf = leafOf(field);
            var chunk = leaf is null ? null : rowGroup.Chunks[leaf.LeafIndex];
            if (chunk is null
                || chunk.NullCount == rowGroup.RowCount
                || (leaf!.ColumnType == field.Type && !range.MayHold(field.Type!.Value, chunk.Min, chunk.Max)))
            {
                return false;
            }
        }

        return true;
    }

    private bool StatsMayHold(Add file)
    {
        try
        {
            using var document = JsonDocument.Parse(file.StatsUtf8);
            var stats = document.RootElement;
            var rows = stats.NumberOrNull("numRecords");
            foreach (var (field, range) in _columns)
            {
                var name = field.PhysicalName ?? field.Name;
                var type = field.Type!.Value;
                var nulls = Part(stats, "nullCount", name) is { ValueKind: JsonValueKind.Number } count && count.TryGetInt64(out var number)
                    ? number
                    : default(long?);
                if ((nulls is not null && nulls == rows)
                    || !range.MayHold(type, Bound(stats, "minValues", name, type), Raised(Bound(stats, "maxValues", name, type), type)))
                {
                    return false;
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Statistics that nobody understands are none.
        }

        return true;
    }

    private static ColumnValue? Bound(JsonElement stats, string part, string name, ColumnType type) =>
        Part(stats, part, name) is { } bound && StatsValue.TryParse(bound, type, out var value)
        && !double.IsNaN(value.Real)
            ? value
            : null;

    private static JsonElement? Part(JsonElement stats, string part, string name) =>
        stats.TryGetProperty(part, out var group)
        && group.ValueKind == JsonValueKind.Object
        && group.TryGetProperty(name, out var value)
            ? value
            : null;

    private static ColumnValue? Raised(ColumnValue? max, ColumnType type) =>
        max is { } value && (type.Kind is ColumnKind.Timestamp or ColumnKind.TimestampNtz)
            ? ColumnValue.OfInteger(value.Integer + MicrosCutMax)
            : max;

    private static bool Holds(TableField field, ColumnRange range, ColumnValue value) =>
        range.MayHold(field.Type!.Value, value, value);

    private static TableField FieldOf(Snapshot snapshot, ColumnRange range)
    {
        var field = snapshot.Schema.Find(range.Column)
            ?? throw new DeltaException($"The table has no column '{range.Column}' to choose rows by.");
        return field.Type is not null
            ? field
            : throw new DeltaException($"Column '{field.Name}' is of type {field.TypeJson}; rows are chosen by flat columns only.");
    }
}
