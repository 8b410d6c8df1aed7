using System.Globalization;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Parquet;
using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>
/// One append: data files first, durable each, then one commit that names them all. Owned by one thread; encoding happens on
/// it. Where the commit is known not to stand, the files are deleted again; where nobody knows, they stay.
/// </summary>
internal sealed class TableAppend
{
    private readonly ITableStore _store;
    private readonly DeltaTableOptions _options;
    private readonly AppendOptions _append;
    private readonly IReadOnlyList<Column>? _columnsGiven;
    private readonly List<Add> _adds = [];
    private Snapshot _snapshot;
    private Metadata? _metadata;
    private long _rows;
    private Transaction? _transaction;

    public TableAppend(ITableStore store, Snapshot snapshot, DeltaTableOptions options, AppendOptions append)
    {
        _store = store;
        _snapshot = snapshot;
        _options = options;
        _append = append;
        _columnsGiven = append.Columns;
        Features.RequireWritable(snapshot.Protocol, snapshot.Metadata, snapshot.Schema);
        Schema = EvolvedSchema(snapshot, out _metadata);
        Columns = _columnsGiven ?? [.. DataFields(snapshot.Schema, snapshot.Metadata).Select(ToColumn)];
        if (Misfit(snapshot, Schema) is { } misfit)
        {
            throw new DeltaException(misfit);
        }

        FileColumns = [.. Columns.Select(column => ToFileColumn(Schema.Find(column.Name)!))];
    }

    /// <summary>The table's schema after the append.</summary>
    public TableSchema Schema { get; private set; }

    /// <summary>The columns of the batches, under the table's names.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>The same columns as the data files name them.</summary>
    public IReadOnlyList<Column> FileColumns { get; }

    /// <summary>Writes the files of one partition.</summary>
    public async ValueTask WriteAsync(PartitionRows rows, ParquetFiles files, CancellationToken cancellation)
    {
        var partitionColumns = _snapshot.Metadata.PartitionColumns;
        var logValues = rows.Values.ToLog(_snapshot.Schema, partitionColumns);
        var directory = DirectoryOf(logValues);
        var partition = ToPhysical(logValues);
        var indexed = StatsJson.ColumnsOf(_snapshot);
        var written = files.WriteAsync(directory, FileColumns, rows.Batches, _options.FileBytesMax, cancellation);
        await foreach (var (path, file) in written)
        {
            _rows += file.Rows;
            _adds.Add(new Add
            {
                Path = PathEncoding.Encode(path),
                PartitionValues = partition,
                Size = file.Bytes,
                ModificationTime = _options.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
                DataChange = true,
                Stats = StatsJson.Write(file, indexed),
            });
            RequireNoNulls(file);
        }
    }

    public async ValueTask<(AppendResult Result, Snapshot Snapshot)> CommitAsync(Committer committer, CancellationToken cancellation)
    {
        if (_adds.Count == 0 && _append.Txns.Count == 0)
        {
            return (new(AppendOutcome.Empty, _snapshot.Version), _snapshot);
        }

        var transaction = new Transaction
        {
            Read = _snapshot,
            Header = Header(),
            Metadata = _metadata,
            Txns = StampedTxns(),
        };
        transaction.Adds.AddRange(_adds);
        _transaction = transaction;
        var result = await committer.CommitAsync(Rebasing(transaction), cancellation);
        if (result.Outcome != CommitOutcome.Committed)
        {
            await DiscardAsync();
            var outcome = result.Outcome == CommitOutcome.Fenced ? AppendOutcome.Fenced : AppendOutcome.Conflict;
            return (new(outcome, result.Snapshot.Version, Reason: result.Reason), result.Snapshot);
        }

        var bytes = _adds.Sum(static add => add.Size);
        return (new(AppendOutcome.Committed, result.Snapshot.Version, _adds.Count, _rows, bytes), result.Snapshot);
    }

    /// <summary>Deletes what was written, after it is known that no commit names it.</summary>
    public async ValueTask DiscardAsync()
    {
        if (_transaction is { IsCommitted: true })
        {
            return;
        }

        foreach (var add in _adds)
        {
            try
            {
                await _store.DeleteAsync(PathEncoding.Decode(add.Path), CancellationToken.None);
            }
            catch (StoreException)
            {
                // An orphan costs space until the next vacuum, and must not hide the outcome.
            }
        }
    }

    private static IEnumerable<TableField> DataFields(TableSchema schema, Metadata metadata) => schema.Fields.Where(
        field => !metadata.PartitionColumns.Contains(field.Name, StringComparer.OrdinalIgnoreCase));

    private static Column ToColumn(TableField field) => field.Type is { } type
        ? new Column(field.Name, type, field.Nullable)
        : throw new DeltaException(
            $"Column '{field.Name}' is of type {field.TypeJson}, which this library does not write. Name the columns to write.");

    private static Column ToFileColumn(TableField field) =>
        new(field.PhysicalName ?? field.Name, field.Type!.Value, field.Nullable, field.FieldId);

    private TableSchema EvolvedSchema(Snapshot snapshot, out Metadata? metadata)
    {
        var schema = _append.AddsColumns && _columnsGiven is not null ? snapshot.Schema.Merge(_columnsGiven) : snapshot.Schema;

        // Written only where something changed: metadata in a commit makes every other writer look again.
        metadata = ReferenceEquals(schema, snapshot.Schema) ? null : snapshot.Metadata with { SchemaString = schema.ToJson() };
        if (metadata is not null && snapshot.Properties.ColumnMappingMode != "none")
        {
            throw new UnsupportedFeatureException(
                Features.ColumnMapping, "Columns are not added to tables that map columns. Add them by the engine that made the table.");
        }

        return schema;
    }

    /// <summary>Why the rows do not fit into the table, or null.</summary>
    private string? Misfit(Snapshot snapshot, TableSchema schema)
    {
        foreach (var column in Columns)
        {
            var field = schema.Find(column.Name);
            if (field is null)
            {
                return $"The table has no column '{column.Name}'. Set AddsColumns to add it.";
            }

            if (field.Type != column.Type)
            {
                return $"Column '{column.Name}' is {field.TypeJson.Trim('"')} in the table and {column.Type} in the rows.";
            }

            if (snapshot.Metadata.PartitionColumns.Contains(field.Name))
            {
                return $"Column '{column.Name}' divides the table and must not stand in the rows.";
            }
        }

        foreach (var field in DataFields(schema, snapshot.Metadata))
        {
            var isLeftOut = !Columns.Any(column => string.Equals(column.Name, field.Name, StringComparison.OrdinalIgnoreCase));
            if (isLeftOut && !field.Nullable)
            {
                return $"Column '{field.Name}' is not nullable and is not in the rows.";
            }

            if (isLeftOut && field.MetadataJson.Contains("CURRENT_DEFAULT", StringComparison.Ordinal))
            {
                return $"Column '{field.Name}' has a default value, which is not evaluated here. Give the column in the rows.";
            }
        }

        return null;
    }

    private void RequireNoNulls(ParquetFileSummary file)
    {
        foreach (var column in file.Columns)
        {
            if (column is { NullCount: > 0, Column.Nullable: false })
            {
                throw new DeltaException($"Column '{column.Column.Name}' is not nullable and has {column.NullCount} nulls.");
            }
        }
    }

    private static string DirectoryOf(IReadOnlyList<KeyValuePair<string, string?>> values) => string.Concat(
        values.Select(static value => PathEncoding.DirectorySegment(value.Key, value.Value) + "/"));

    private Dictionary<string, string?> ToPhysical(IReadOnlyList<KeyValuePair<string, string?>> values) => values.ToDictionary(
        value => _snapshot.Schema.Find(value.Key)!.PhysicalName ?? value.Key, static value => value.Value);

    private CommitHeader Header() => new()
    {
        Operation = "WRITE",
        Parameters =
        [
            new("mode", "Append"),
            new("partitionBy", System.Text.Json.JsonSerializer.Serialize(_snapshot.Metadata.PartitionColumns)),
        ],
        Metrics =
        [
            new("numFiles", _adds.Count.ToString(CultureInfo.InvariantCulture)),
            new("numOutputRows", _rows.ToString(CultureInfo.InvariantCulture)),
            new("numOutputBytes", _adds.Sum(static add => add.Size).ToString(CultureInfo.InvariantCulture)),
        ],
        Extras = _append.CommitInfo,
        IsBlindAppend = true,
        EngineInfo = _options.EngineName,
        TxnId = Guid.NewGuid().ToString(),
    };

    private List<Txn> StampedTxns()
    {
        var nowMillis = _options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        return [.. _append.Txns.Select(txn => txn with { LastUpdated = txn.LastUpdated ?? nowMillis })];
    }

    private Transaction Rebasing(Transaction transaction)
    {
        transaction.TryRebase = latest => Rebase(transaction, latest);
        return transaction;
    }

    /// <summary>The files are written; whether they still belong depends on what the schema and the partitioning have become.</summary>
    private string? Rebase(Transaction transaction, Snapshot latest)
    {
        var before = _snapshot;
        if (!latest.Metadata.PartitionColumns.SequenceEqual(before.Metadata.PartitionColumns))
        {
            return "The table's partition columns were changed.";
        }

        if (latest.Metadata.Id != before.Metadata.Id
            || latest.Properties.ColumnMappingMode != before.Properties.ColumnMappingMode)
        {
            return "The table was replaced, or maps its columns in another way.";
        }

        try
        {
            Schema = EvolvedSchema(latest, out _metadata);
        }
        catch (DeltaException misfit)
        {
            return misfit.Message;
        }

        _snapshot = latest;
        transaction.Metadata = _metadata;
        return Misfit(latest, Schema) ?? RenamedColumn();
    }

    private string? RenamedColumn()
    {
        for (var index = 0; index < Columns.Count; index++)
        {
            if (ToFileColumn(Schema.Find(Columns[index].Name)!) != FileColumns[index])
            {
                return $"Column '{Columns[index].Name}' became another column.";
            }
        }

        return null;
    }
}
