using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>The first commit of a table, and whether a table that is there is the one that was meant.</summary>
internal static class TableCreation
{
    public static async ValueTask<CommitResult> CommitAsync(
        ITableStore store,
        TableDefinition definition,
        DeltaTableOptions options,
        CancellationToken cancellation)
    {
        RequirePartitioning(definition);
        var transaction = new Transaction
        {
            Header = new CommitHeader
            {
                Operation = "CREATE TABLE",
                Parameters =
                [
                    new("isManaged", "false"),
                    new("partitionBy", System.Text.Json.JsonSerializer.Serialize(definition.PartitionColumns)),
                    new("properties", System.Text.Json.JsonSerializer.Serialize(definition.Configuration)),
                ],
                IsBlindAppend = true,
                EngineInfo = options.EngineName,
                TxnId = Guid.NewGuid().ToString(),
            },
            Protocol = ProtocolFor(definition),
            Metadata = new Metadata
            {
                Id = Guid.NewGuid().ToString(),
                Name = definition.Name,
                Description = definition.Description,
                SchemaString = definition.Schema.ToJson(),
                PartitionColumns = definition.PartitionColumns,
                Configuration = definition.Configuration,
                CreatedTime = options.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            },
        };
        Features.RequireWritable(transaction.Protocol, transaction.Metadata, definition.Schema);
        return await new Committer(store, options).CommitAsync(transaction, cancellation);
    }

    /// <exception cref="DeltaException">The table that is there lacks a column, or has it otherwise.</exception>
    public static void RequireCompatible(Snapshot snapshot, TableDefinition definition, string location)
    {
        if (!snapshot.Metadata.PartitionColumns.SequenceEqual(definition.PartitionColumns))
        {
            throw new DeltaException(
                $"The table at '{location}' is partitioned by ({string.Join(", ", snapshot.Metadata.PartitionColumns)}), "
                + $"not by ({string.Join(", ", definition.PartitionColumns)}).");
        }

        foreach (var wanted in definition.Schema.Fields)
        {
            var field = snapshot.Schema.Find(wanted.Name);
            if (field?.Type != wanted.Type || field?.Name != wanted.Name)
            {
                var found = field is null ? "lacks it" : $"has '{field.Name} {field.TypeJson.Trim('"')}'";
                throw new DeltaException(
                    $"The column '{wanted.Name} {wanted.Type}' is wanted; the table at '{location}' {found}.");
            }
        }
    }

    /// <summary>The oldest protocol that says everything: most engines read and write it.</summary>
    private static Protocol ProtocolFor(TableDefinition definition)
    {
        var features = new SortedSet<string>(StringComparer.Ordinal);
        if (definition.Schema.Fields.Any(static field => field.Type?.Kind == ColumnKind.TimestampNtz))
        {
            features.Add(Features.TimestampNtz);
        }

        if (new TableProperties(definition.Configuration).InCommitTimestamps)
        {
            features.Add(Features.InCommitTimestamp);
        }

        if (features.Count == 0)
        {
            return Protocol.Default;
        }

        // From writer version 7 on features count by name: those that version 2 implied, and NOT NULL needs, among them.
        features.Add(Features.AppendOnly);
        features.Add(Features.Invariants);
        return features.Contains(Features.TimestampNtz)
            ? new Protocol(
                Protocol.ReaderVersionWithFeatures, Protocol.WriterVersionWithFeatures, [Features.TimestampNtz], [.. features])
            : new Protocol(1, Protocol.WriterVersionWithFeatures, null, [.. features]);
    }

    private static void RequirePartitioning(TableDefinition definition)
    {
        foreach (var name in definition.PartitionColumns)
        {
            var field = definition.Schema.Find(name);
            if (field is null || field.Name != name)
            {
                throw new DeltaException($"The partition column '{name}' is no column of the schema.");
            }
        }

        if (definition.PartitionColumns.Distinct().Count() != definition.PartitionColumns.Count)
        {
            throw new DeltaException("A partition column stands twice.");
        }

        if (definition.PartitionColumns.Count == definition.Schema.Fields.Count)
        {
            throw new DeltaException("A table needs at least one column beside its partition columns.");
        }
    }
}
