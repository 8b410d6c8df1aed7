using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Log;

/// <summary>
/// The columns of one row group of a checkpoint that make up actions, whatever engine wrote it: columns may be missing, stand
/// in another order, have other nullability, and many more may be there, which are not read. Owned by one thread.
/// </summary>
internal sealed class CheckpointColumns
{
    private readonly ParquetReader _file;
    private readonly int _rowGroup;
    private readonly Dictionary<string, LeafCursor> _cursors = [];
    private readonly Dictionary<string, (int Definition, LeafCursor[] Leaves)> _lists = [];
    private readonly TextPool _texts;
    private StatsColumns? _stats;

    private CheckpointColumns(ParquetReader file, int rowGroup, TextPool texts) =>
        (_file, _rowGroup, _texts) = (file, rowGroup, texts);

    /// <summary>Reads the actions of one row group.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <param name="rowGroup">Which.</param>
    /// <param name="hasFiles">False: data files are passed over, and their columns are not read.</param>
    /// <param name="texts">Where texts that recur are kept once.</param>
    public static ActionSet Read(ParquetReader file, int rowGroup, bool hasFiles, TextPool texts)
    {
        var columns = new CheckpointColumns(file, rowGroup, texts);
        columns.OpenFew();
        columns.OpenFiles(hasFiles);
        var actions = new ActionSet();
        for (var row = 0L; row < file.RowGroups[rowGroup].RowCount; row++)
        {
            columns.ReadRow(actions);
        }

        return actions;
    }

    private void OpenFiles(bool isWanted)
    {
        if (!isWanted)
        {
            // Cursors without a column: every row is null to them.
            _cursors["add.path"] = new LeafCursor(null);
            _cursors["remove.path"] = new LeafCursor(null);
            return;
        }

        Leaves("add", "path", "size", "modificationTime", "stats", "baseRowId", "defaultRowCommitVersion", "clusteringProvider");
        Lists("add", "partitionValues", "tags");
        Leaves("remove", "path", "deletionTimestamp", "extendedFileMetadata", "size", "baseRowId", "defaultRowCommitVersion");
        Lists("remove", "partitionValues");
        foreach (var action in (string[])["add", "remove"])
        {
            Leaves(action + ".deletionVector", "storageType", "pathOrInlineDv", "offset", "sizeInBytes", "cardinality");
        }

        _stats = LacksStats() ? StatsColumns.TryOpen(_file, _rowGroup) : null;
    }

    private void OpenFew()
    {
        Leaves("txn", "appId", "version", "lastUpdated");
        Leaves("metaData", "id", "name", "description", "schemaString", "createdTime");
        Leaves("metaData.format", "provider");
        Lists("metaData.format", "options");
        Lists("metaData", "partitionColumns", "configuration");
        Leaves("protocol", "minReaderVersion", "minWriterVersion");
        Lists("protocol", "readerFeatures", "writerFeatures");
        Leaves("domainMetadata", "domain", "configuration", "removed");
        Leaves("checkpointMetadata", "version");
        Leaves("sidecar", "path", "sizeInBytes", "modificationTime");
    }

    /// <summary>Whether files are there whose statistics are not there as JSON.</summary>
    private bool LacksStats()
    {
        if (_file.Schema.FindLeaf("add", "path") is not { } path || _file.Schema.FindLeaf("add", "stats") is not { } stats)
        {
            return true;
        }

        var chunks = _file.RowGroups[_rowGroup].Chunks;
        return chunks[stats.LeafIndex].NullCount is not { } nulls || nulls > chunks[path.LeafIndex].NullCount.GetValueOrDefault();
    }

    private void ReadRow(ActionSet actions)
    {
        _stats?.MoveNext();
        foreach (var cursor in _cursors.Values)
        {
            cursor.MoveNext();
        }

        foreach (var (_, leaves) in _lists.Values)
        {
            foreach (var leaf in leaves)
            {
                leaf.MoveNext();
            }
        }

        if (Text("add.path") is { } added)
        {
            actions.Adds.Add(Add(added));
        }
        else if (Text("remove.path") is { } removed)
        {
            actions.Removes.Add(Remove(removed));
        }
        else if (Text("txn.appId") is { } appId)
        {
            actions.Txns.Add(new Txn(appId, Number("txn.version") ?? 0, Number("txn.lastUpdated")));
        }
        else
        {
            ReadOther(actions);
        }
    }

    private void ReadOther(ActionSet actions)
    {
        if (Number("protocol.minReaderVersion") is { } readerVersion)
        {
            actions.Protocol = new Protocol(
                (int)readerVersion,
                (int)(Number("protocol.minWriterVersion") ?? 0),
                List("protocol.readerFeatures"),
                List("protocol.writerFeatures"));
        }

        if (Text("metaData.schemaString") is { } schema)
        {
            actions.Metadata = Metadata(schema);
        }

        if (Text("domainMetadata.domain") is { } domain)
        {
            actions.Domains.Add(new DomainMetadata(
                domain, Text("domainMetadata.configuration") ?? "", _cursors["domainMetadata.removed"].Flag() ?? false));
        }

        if (Text("sidecar.path") is { } sidecar)
        {
            actions.Sidecars.Add(new Sidecar(
                sidecar, Number("sidecar.sizeInBytes") ?? 0, Number("sidecar.modificationTime") ?? 0));
        }

        if (Number("checkpointMetadata.version") is { } version)
        {
            actions.CheckpointMetadata = new CheckpointMetadata(version);
        }
    }

    private Add Add(string path) => new()
    {
        Path = path,
        PartitionValues = _texts.Map(Map("add.partitionValues")),
        Size = Number("add.size") ?? 0,
        ModificationTime = Number("add.modificationTime") ?? 0,
        DataChange = false,
        Stats = Text("add.stats") ?? _stats?.ToJson(),
        Tags = Map("add.tags"),
        DeletionVector = DeletionVector("add.deletionVector"),
        BaseRowId = Number("add.baseRowId"),
        DefaultRowCommitVersion = Number("add.defaultRowCommitVersion"),
        ClusteringProvider = Text("add.clusteringProvider"),
    };

    private Remove Remove(string path) => new()
    {
        Path = path,
        DeletionTimestamp = Number("remove.deletionTimestamp"),
        DataChange = false,
        ExtendedFileMetadata = _cursors["remove.extendedFileMetadata"].Flag(),
        PartitionValues = Map("remove.partitionValues") is { } values ? _texts.Map(values) : null,
        Size = Number("remove.size"),
        DeletionVector = DeletionVector("remove.deletionVector"),
        BaseRowId = Number("remove.baseRowId"),
        DefaultRowCommitVersion = Number("remove.defaultRowCommitVersion"),
    };

    private DeletionVector? DeletionVector(string group) => Text(group + ".storageType") is { } storageType
        ? new DeletionVector(
            storageType,
            Text(group + ".pathOrInlineDv") ?? "",
            (int?)Number(group + ".offset"),
            (int)(Number(group + ".sizeInBytes") ?? 0),
            Number(group + ".cardinality") ?? 0)
        : null;

    private Metadata Metadata(string schema) => new()
    {
        Id = Text("metaData.id") ?? "",
        Name = Text("metaData.name"),
        Description = Text("metaData.description"),
        FormatProvider = Text("metaData.format.provider") ?? "parquet",
        FormatOptions = WithoutNulls(Map("metaData.format.options")),
        SchemaString = schema,
        PartitionColumns = List("metaData.partitionColumns") ?? [],
        Configuration = WithoutNulls(Map("metaData.configuration")),
        CreatedTime = Number("metaData.createdTime"),
    };

    private static Dictionary<string, string> WithoutNulls(IReadOnlyDictionary<string, string?>? map) =>
        map?.Where(static pair => pair.Value is not null).ToDictionary(static pair => pair.Key, static pair => pair.Value!) ?? [];

    private string? Text(string path) => _cursors[path].Text();

    private long? Number(string path) => _cursors[path].Number();

    private List<string>? List(string path)
    {
        var (definition, leaves) = _lists[path];
        return leaves.Length == 0 || leaves[0].Definition < definition
            ? null
            : leaves[0].Definition == definition ? [] : [.. leaves[0].Texts().OfType<string>()];
    }

    private Dictionary<string, string?>? Map(string path)
    {
        var (definition, leaves) = _lists[path];
        if (leaves.Length != 2 || leaves[0].Definition < definition)
        {
            return null;
        }

        var map = new Dictionary<string, string?>();
        if (leaves[0].Definition > definition)
        {
            foreach (var (key, value) in leaves[0].Texts().Zip(leaves[1].Texts()))
            {
                map[key ?? ""] = value;
            }
        }

        return map;
    }

    private void Leaves(string group, params string[] names)
    {
        var node = Find(group);
        foreach (var name in names)
        {
            var leaf = node?.Child(name) is { IsLeaf: true, RepetitionLevelMax: 0 } found ? found : null;
            _cursors[$"{group}.{name}"] = new LeafCursor(leaf is null ? null : _file.ReadLeaf(_rowGroup, leaf));
        }
    }

    /// <summary>Lists and maps by their leaves in order, so that the names of the groups between do not matter.</summary>
    private void Lists(string group, params string[] names)
    {
        foreach (var name in names)
        {
            var node = Find(group)?.Child(name);
            var leaves = node is null ? [] : _file.Schema.Leaves.Where(leaf => IsBelow(leaf, node)).ToArray();
            _lists[$"{group}.{name}"] = (
                node?.DefinitionLevelMax ?? 0,
                [.. leaves.Select(leaf => new LeafCursor(_file.ReadLeaf(_rowGroup, leaf)))]);
        }
    }

    private ParquetNode? Find(string path)
    {
        var node = _file.Schema.Root;
        foreach (var name in path.Split('.'))
        {
            node = node?.Child(name);
        }

        return node;
    }

    private static bool IsBelow(ParquetNode leaf, ParquetNode group)
    {
        for (var node = leaf.Parent; node is not null; node = node.Parent)
        {
            if (ReferenceEquals(node, group))
            {
                return true;
            }
        }

        return false;
    }
}
