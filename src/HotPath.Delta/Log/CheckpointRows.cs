namespace HotPath.Delta.Log;

/// <summary>
/// Actions as rows of a checkpoint: one value per child of the root, all null but one. A group is an array of the values of
/// its children, a map the pairs, a list the texts. The order of children is that of <see cref="CheckpointSchema"/>.
/// </summary>
internal static class CheckpointRows
{
    /// <summary>All that a checkpoint of the state holds, expired removals and transactions left out.</summary>
    public static IEnumerable<object?[]> Of(SnapshotState state, TableProperties properties, DateTimeOffset now)
    {
        yield return Row(4, Protocol(state.Protocol));
        yield return Row(3, Metadata(state.Metadata));
        foreach (var txn in state.Txns.Values.Where(txn => !IsExpired(txn, properties, now)))
        {
            yield return Row(0, [txn.AppId, txn.Version, txn.LastUpdated]);
        }

        foreach (var domain in state.Domains.Values)
        {
            yield return Row(5, [domain.Domain, domain.Configuration, domain.Removed]);
        }

        foreach (var file in state.Files.Values.OrderBy(static file => file.Ordinal))
        {
            yield return Row(1, Add(file.Add, properties.StatsAsJson));
        }

        foreach (var remove in state.Tombstones.Values.Where(remove => !IsExpired(remove, properties, now)))
        {
            yield return Row(2, Remove(remove));
        }
    }

    /// <summary>Whether a removed file has been gone for longer than readers of older versions are promised.</summary>
    public static bool IsExpired(Remove remove, TableProperties properties, DateTimeOffset now) =>
        (remove.DeletionTimestamp ?? 0) <= (now - properties.DeletedFileRetention).ToUnixTimeMilliseconds();

    private static bool IsExpired(Txn txn, TableProperties properties, DateTimeOffset now) =>
        properties.TransactionRetention is { } retention
        && txn.LastUpdated is { } lastUpdated
        && lastUpdated <= (now - retention).ToUnixTimeMilliseconds();

    private static object?[] Row(int child, object?[] action)
    {
        var row = new object?[6];
        row[child] = action;
        return row;
    }

    private static object?[] Add(Add add, bool hasStats) =>
    [
        add.Path,
        add.PartitionValues,
        add.Size,
        add.ModificationTime,
        false,
        add.Tags,
        DeletionVector(add.DeletionVector),
        add.BaseRowId,
        add.DefaultRowCommitVersion,
        add.ClusteringProvider,
        hasStats ? add.Stats : null,
    ];

    private static object?[] Remove(Remove remove) =>
    [
        remove.Path,
        remove.DeletionTimestamp,
        false,
        remove.ExtendedFileMetadata,
        remove.PartitionValues,
        remove.Size,
        DeletionVector(remove.DeletionVector),
        remove.BaseRowId,
        remove.DefaultRowCommitVersion,
    ];

    private static object?[]? DeletionVector(DeletionVector? vector) => vector is null
        ? null
        : [vector.StorageType, vector.PathOrInlineDv, vector.Offset, vector.SizeInBytes, vector.Cardinality];

    private static object?[] Metadata(Metadata metadata) =>
    [
        metadata.Id,
        metadata.Name,
        metadata.Description,
        new object?[] { metadata.FormatProvider, Nullable(metadata.FormatOptions) },
        metadata.SchemaString,
        metadata.PartitionColumns,
        Nullable(metadata.Configuration),
        metadata.CreatedTime,
    ];

    private static object?[] Protocol(Protocol protocol) =>
    [
        protocol.MinReaderVersion,
        protocol.MinWriterVersion,
        protocol.MinReaderVersion >= Log.Protocol.ReaderVersionWithFeatures ? protocol.ReaderFeatures ?? [] : null,
        protocol.MinWriterVersion >= Log.Protocol.WriterVersionWithFeatures ? protocol.WriterFeatures ?? [] : null,
    ];

    private static IEnumerable<KeyValuePair<string, string?>> Nullable(IReadOnlyDictionary<string, string> map) =>
        map.Select(static pair => new KeyValuePair<string, string?>(pair.Key, pair.Value));
}
