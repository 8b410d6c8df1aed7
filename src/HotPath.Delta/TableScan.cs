using System.Runtime.CompilerServices;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>
/// Reads the rows of data files as the table's columns: partition values filled in, columns that a file does not have null,
/// narrower types widened, deleted rows left out. Owned by one thread.
/// </summary>
internal sealed class TableScan
{
    private readonly ITableStore _store;
    private readonly Snapshot _snapshot;
    private readonly IReadOnlyList<TableField> _fields;
    private readonly bool _findsById;
    private readonly FileSkipping _skipping;
    private readonly LentArrays? _arrays;

    /// <param name="store">Holds the files.</param>
    /// <param name="snapshot">The table's schema and files.</param>
    /// <param name="columns">By their names; null for all flat ones.</param>
    /// <param name="ranges">What rows outside of them need not be read.</param>
    /// <param name="arrays">Where the columns lie, for a caller that takes them back; null: in arrays of their own.</param>
    public TableScan(
        ITableStore store,
        Snapshot snapshot,
        IReadOnlyList<string>? columns,
        IReadOnlyList<ColumnRange>? ranges = null,
        LentArrays? arrays = null)
    {
        _arrays = arrays;
        _skipping = new FileSkipping(snapshot, ranges ?? []);
        _store = store;
        _snapshot = snapshot;
        _fields = columns is null
            ? [.. snapshot.Schema.Fields.Where(static field => field.Type is not null)]
            : [.. columns.Select(Field)];
        Columns = [.. _fields.Select(static field => new Column(field.Name, field.Type!.Value, field.Nullable))];
        _findsById = snapshot.Properties.ColumnMappingMode == "id";
    }

    public static TableScan Of(ITableStore store, Snapshot snapshot, ReadOptions options) =>
        new(store, snapshot, options.Columns, options.Ranges);

    /// <summary>What the batches hold.</summary>
    public IReadOnlyList<Column> Columns { get; }

    public async IAsyncEnumerable<ColumnBatch> ReadAsync(
        IEnumerable<Add> files,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var rowGroup in RowGroupsAsync(files, cancellation))
        {
            yield return rowGroup.Read();
        }
    }

    /// <summary>Row groups that can be read until the next one is asked for.</summary>
    public async IAsyncEnumerable<UnreadRows> RowGroupsAsync(
        IEnumerable<Add> files,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var add in files.Where(_skipping.MayHold))
        {
            var path = TablePath.InStore(_store, add.Path);
            var deleted = add.DeletionVector is { } vector
                ? await DeletionVectors.ReadAsync(_store, vector, cancellation)
                : [];
            using var source = await _store.TryOpenAsync(path, cancellation)
                ?? throw new DeltaException(
                    $"The data file '{path}' of the table at '{_store.Location}' is gone. A vacuum may have deleted it, if this "
                    + "is an older version of the table.");
            var rowFirst = 0L;
            var file = Open(source, path);
            for (var index = 0; index < file.RowGroups.Count; index++)
            {
                cancellation.ThrowIfCancellationRequested();
                var rowGroup = file.RowGroups[index];
                if (_skipping.MayHold(rowGroup, field => Leaf(file.Schema, field)))
                {
                    var (number, first) = (index, rowFirst);
                    yield return new UnreadRows(
                        rowGroup.RowCount,
                        rowGroup.Chunks.Sum(static chunk => chunk.UncompressedBytes),
                        () => RowSelection.Without(ReadRowGroup(file, number, add, path), deleted, first));
                }

                rowFirst += rowGroup.RowCount;
            }
        }
    }

    private TableField Field(string name)
    {
        var field = _snapshot.Schema.Find(name) ?? throw new DeltaException(
            $"The table has no column '{name}'. It has: {string.Join(", ", _snapshot.Schema.Fields.Select(static field => field.Name))}.");
        return field.Type is not null
            ? field
            : throw new DeltaException($"Column '{field.Name}' is of type {field.TypeJson}; only flat columns are read.");
    }

    private ParquetReader Open(StoreReader source, string path)
    {
        try
        {
            return _arrays is null ? ParquetReader.Open(source) : ParquetReader.Open(source, _arrays);
        }
        catch (ParquetFormatException fault)
        {
            throw new DeltaException($"The data file '{path}' cannot be read: {fault.Message}", fault);
        }
    }

    private ColumnBatch ReadRowGroup(ParquetReader file, int rowGroup, Add add, string path)
    {
        var rows = checked((int)file.RowGroups[rowGroup].RowCount);
        var vectors = new ColumnVector[_fields.Count];
        try
        {
            for (var index = 0; index < vectors.Length; index++)
            {
                var field = _fields[index];
                var isPartition = _snapshot.Metadata.PartitionColumns.Contains(field.Name, StringComparer.OrdinalIgnoreCase);
                vectors[index] = isPartition
                    ? ConstantColumn.Of(field, add.PartitionValues.GetValueOrDefault(field.PhysicalName ?? field.Name), rows)
                    : Leaf(file.Schema, field) is { } leaf
                        ? ReadLeaf(file, rowGroup, leaf, field)
                        : ConstantColumn.Of(field, null, rows);
            }
        }
        catch (ParquetFormatException fault)
        {
            throw new DeltaException($"The data file '{path}' cannot be read: {fault.Message}", fault);
        }

        return new ColumnBatch(vectors, rows);
    }

    /// <summary>Numbers widen as they are read; a date widens to its midnight here.</summary>
    private static ColumnVector ReadLeaf(ParquetReader file, int rowGroup, ParquetNode leaf, TableField field)
    {
        if (field.Type?.Kind != ColumnKind.TimestampNtz || leaf.ColumnType?.Kind != ColumnKind.Date)
        {
            return file.ReadColumn(rowGroup, leaf, field.Type);
        }

        var days = file.ReadColumn(rowGroup, leaf);
        var micros = new long[days.RowCount];
        for (var row = 0; row < micros.Length; row++)
        {
            micros[row] = days.IntegerValues[row] * (TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond);
        }

        return ColumnVector.Longs(micros, days.Validity.ToArray());
    }

    private ParquetNode? Leaf(ParquetSchema schema, TableField field)
    {
        if (_findsById && field.FieldId is { } id)
        {
            return schema.Root.Children.FirstOrDefault(node => node.FieldId == id && node.IsLeaf);
        }

        var name = field.PhysicalName ?? field.Name;
        return schema.FindLeaf(name) ?? schema.Root.Children.FirstOrDefault(
            node => node.IsLeaf && string.Equals(node.Name, name, StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>A row group before it is read.</summary>
/// <param name="RowCount">Its rows, deleted ones too.</param>
/// <param name="Bytes">Of its values as they are encoded, before compression.</param>
/// <param name="Read">Reads it.</param>
internal readonly record struct UnreadRows(long RowCount, long Bytes, Func<ColumnBatch> Read);
