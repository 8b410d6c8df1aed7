using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Log;

/// <summary>
/// The schema of a checkpoint in exactly the shapes that Spark writes: readers of several engines fail on any other.
/// Every leaf is optional but the keys of maps; maps and lists have three levels.
/// </summary>
internal static class CheckpointSchema
{
    /// <summary>The children of the root stand in this order in the rows of <see cref="CheckpointRows"/>.</summary>
    /// <param name="stats">Statistics as columns, where the table wants them.</param>
    public static ParquetSchema Create(StatsStruct? stats = null) => new(new ParquetNode
    {
        Name = "spark_schema",
        IsGroup = true,
        Children = [Txn(), Add(stats), Remove(), Metadata(), Protocol(), DomainMetadata()],
    });

    private static ParquetNode Txn() => Group("txn", Text("appId"), Long("version"), Long("lastUpdated"));

    private static ParquetNode Add(StatsStruct? stats) => Group(
        "add",
        [
            Text("path"),
            Map("partitionValues"),
            Long("size"),
            Long("modificationTime"),
            Flag("dataChange"),
            Map("tags"),
            DeletionVector(),
            Long("baseRowId"),
            Long("defaultRowCommitVersion"),
            Text("clusteringProvider"),
            Text("stats"),
            .. stats?.Nodes() ?? [],
        ]);

    private static ParquetNode Remove() => Group(
        "remove",
        Text("path"),
        Long("deletionTimestamp"),
        Flag("dataChange"),
        Flag("extendedFileMetadata"),
        Map("partitionValues"),
        Long("size"),
        DeletionVector(),
        Long("baseRowId"),
        Long("defaultRowCommitVersion"));

    private static ParquetNode Metadata() => Group(
        "metaData",
        Text("id"),
        Text("name"),
        Text("description"),
        Group("format", Text("provider"), Map("options")),
        Text("schemaString"),
        List("partitionColumns"),
        Map("configuration"),
        Long("createdTime"));

    private static ParquetNode Protocol() => Group(
        "protocol",
        Integer("minReaderVersion"),
        Integer("minWriterVersion"),
        List("readerFeatures"),
        List("writerFeatures"));

    private static ParquetNode DomainMetadata() =>
        Group("domainMetadata", Text("domain"), Text("configuration"), Flag("removed"));

    private static ParquetNode DeletionVector() => Group(
        "deletionVector",
        Text("storageType"),
        Text("pathOrInlineDv"),
        Integer("offset"),
        Integer("sizeInBytes"),
        Long("cardinality"));

    private static ParquetNode Group(string name, params ParquetNode[] children) =>
        new() { Name = name, Repetition = Repetition.Optional, IsGroup = true, Children = children };

    private static ParquetNode Map(string name) => new()
    {
        Name = name,
        Repetition = Repetition.Optional,
        IsGroup = true,
        Logical = LogicalKind.Map,
        Children =
        [
            new ParquetNode
            {
                Name = "key_value",
                Repetition = Repetition.Repeated,
                IsGroup = true,
                Children = [Leaf("key", PhysicalType.ByteArray, LogicalKind.String, Repetition.Required), Text("value")],
            },
        ],
    };

    private static ParquetNode List(string name) => new()
    {
        Name = name,
        Repetition = Repetition.Optional,
        IsGroup = true,
        Logical = LogicalKind.List,
        Children =
        [
            new ParquetNode
            {
                Name = "list",
                Repetition = Repetition.Repeated,
                IsGroup = true,
                Children = [Text("element")],
            },
        ],
    };

    private static ParquetNode Text(string name) => Leaf(name, PhysicalType.ByteArray, LogicalKind.String);

    private static ParquetNode Long(string name) => Leaf(name, PhysicalType.Int64);

    private static ParquetNode Integer(string name) => Leaf(name, PhysicalType.Int32);

    private static ParquetNode Flag(string name) => Leaf(name, PhysicalType.Boolean);

    private static ParquetNode Leaf(
        string name,
        PhysicalType type,
        LogicalKind logical = LogicalKind.None,
        Repetition repetition = Repetition.Optional) =>
        new() { Name = name, Repetition = repetition, PhysicalType = type, Logical = logical };
}
