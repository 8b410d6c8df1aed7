namespace HotPath.Delta.Log;

/// <summary>
/// Actions as rows of a checkpoint: one value per child of the root, all null but one. A group is an array of the values of
/// its children, a map the pairs, a list the texts. The order of children is that of <see cref="CheckpointSchema"/>.
/// </summary>
internal sealed class CheckpointRows
{
    private const int Children = 6;

    private readonly TableProperties _properties;
    private readonly StatsStruct? _stats;
    private readonly DateTimeOffset _now;

    public CheckpointRows(TableProperties properties, StatsStruct? stats, DateTimeOffset now) =>
        (_properties, _stats, _now) = (properties, stats, now);

    public object?[] Of(Txn txn) => Row(0, [txn.AppId, txn.Version, txn.LastUpdated]);

    public object?[] Of(Add add) => Row(1, Fields(add));

    public object?[] Of(Remove remove) => Row(2, Fields(remove));

    public object?[] Of(Metadata metadata) => Row(3, Fields(metadata));

    public object?[] Of(Protocol protocol) => Row(4, Fields(protocol));

    public object?[] Of(DomainMetadata domain) => Row(5, [domain.Domain, domain.Configuration, domain.Removed]);

    /// <summary>Whether a removed file has been gone for longer than readers of older versions are promised.</summary>
    public bool IsExpired(Remove remove) =>
        (remove.DeletionTimestamp ?? 0) <= (_now - _properties.DeletedFileRetention).ToUnixTimeMilliseconds();

    /// <summary>Whether the table wants a transaction forgotten by now.</summary>
    public bool IsExpired(Txn txn) =>
        _properties.TransactionRetention is { } retention
        && txn.LastUpdated is { } lastUpdated
        && lastUpdated <= (_now - retention).ToUnixTimeMilliseconds();

    private static object?[] Row(int child, object?[] action)
    {
        var row = new object?[Children];
        row[child] = action;
        return row;
    }

    private object?[] Fields(Add add) =>
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
        _properties.StatsAsJson ? add.Stats : null,
        .. _stats?.ValuesOf(add) ?? [],
    ];

    private static object?[] Fields(Remove remove) =>
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

    private static object?[] Fields(Metadata metadata) =>
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

    private static object?[] Fields(Protocol protocol) =>
    [
        protocol.MinReaderVersion,
        protocol.MinWriterVersion,
        protocol.MinReaderVersion >= Protocol.ReaderVersionWithFeatures ? protocol.ReaderFeatures ?? [] : null,
        protocol.MinWriterVersion >= Protocol.WriterVersionWithFeatures ? protocol.WriterFeatures ?? [] : null,
    ];

    private static IEnumerable<KeyValuePair<string, string?>> Nullable(IReadOnlyDictionary<string, string> map) =>
        map.Select(static pair => new KeyValuePair<string, string?>(pair.Key, pair.Value));
}
