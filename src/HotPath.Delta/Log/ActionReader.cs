using System.Text.Json;

namespace HotPath.Delta.Log;

/// <summary>
/// Reads the lines of commits, compacted commits and JSON checkpoints: one object per line with one key, the action.
/// Unknown actions and fields are passed over; null stands for absent; numbers may come as strings or with a fraction.
/// </summary>
internal static class ActionReader
{
    /// <exception cref="DeltaException">A line is no JSON object, or an action lacks what the protocol requires of it.</exception>
    public static ActionSet Read(ReadOnlyMemory<byte> content, string path)
    {
        var actions = new ActionSet();
        ReadLines(content, path, actions);
        return actions;
    }

    private static void ReadLines(ReadOnlyMemory<byte> content, string path, ActionSet actions)
    {
        if (content.Span.StartsWith("\uFEFF"u8))
        {
            content = content[3..];
        }

        for (var lineNumber = 1; !content.IsEmpty; lineNumber++)
        {
            var end = content.Span.IndexOf((byte)'\n');
            var line = end < 0 ? content : content[..end];
            content = end < 0 ? default : content[(end + 1)..];
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            try
            {
                using var document = JsonDocument.Parse(line);
                foreach (var action in document.RootElement.EnumerateObject())
                {
                    if (action.Value.ValueKind == JsonValueKind.Object)
                    {
                        ReadAction(action.Name, action.Value, actions);
                    }
                }
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or DeltaException)
            {
                throw new DeltaException($"Line {lineNumber} of '{path}' is not a Delta action: {fault.Message}", fault);
            }
        }
    }

    private static void ReadAction(string name, JsonElement json, ActionSet actions)
    {
        switch (name)
        {
            case "add":
                actions.Adds.Add(ReadAdd(json));
                break;
            case "remove":
                actions.Removes.Add(ReadRemove(json));
                break;
            case "txn":
                actions.Txns.Add(new Txn(json.Text("appId"), json.Number("version"), json.NumberOrNull("lastUpdated")));
                break;
            case "commitInfo":
                actions.CommitInfo = ReadCommitInfo(json);
                break;
            case "protocol":
                actions.Protocol = new Protocol(
                    (int)json.Number("minReaderVersion"),
                    (int)json.Number("minWriterVersion"),
                    json.ListOrNull("readerFeatures"),
                    json.ListOrNull("writerFeatures"));
                break;
            case "metaData":
                actions.Metadata = ReadMetadata(json);
                break;
            case "domainMetadata":
                actions.Domains.Add(new DomainMetadata(
                    json.Text("domain"), json.TextOrNull("configuration") ?? "", json.FlagOrNull("removed") ?? false));
                break;
            case "sidecar":
                actions.Sidecars.Add(new Sidecar(
                    json.Text("path"), json.Number("sizeInBytes"), json.NumberOrNull("modificationTime") ?? 0));
                break;
            case "checkpointMetadata":
                actions.CheckpointMetadata = new CheckpointMetadata(json.Number("version"));
                break;
            case "cdc":
                actions.ChangeFileCount++;
                break;
        }
    }

    private static Add ReadAdd(JsonElement json) => new()
    {
        Path = json.Text("path"),
        PartitionValues = json.MapOrNull("partitionValues") ?? new Dictionary<string, string?>(),
        Size = json.Number("size"),
        ModificationTime = json.NumberOrNull("modificationTime") ?? 0,
        DataChange = json.FlagOrNull("dataChange") ?? true,
        Stats = json.TextOrNull("stats"),
        Tags = json.MapOrNull("tags"),
        DeletionVector = ReadDeletionVector(json),
        BaseRowId = json.NumberOrNull("baseRowId"),
        DefaultRowCommitVersion = json.NumberOrNull("defaultRowCommitVersion"),
        ClusteringProvider = json.TextOrNull("clusteringProvider"),
    };

    private static Remove ReadRemove(JsonElement json) => new()
    {
        Path = json.Text("path"),
        DeletionTimestamp = json.NumberOrNull("deletionTimestamp"),
        DataChange = json.FlagOrNull("dataChange") ?? true,
        ExtendedFileMetadata = json.FlagOrNull("extendedFileMetadata"),
        PartitionValues = json.MapOrNull("partitionValues"),
        Size = json.NumberOrNull("size"),
        DeletionVector = ReadDeletionVector(json),
        BaseRowId = json.NumberOrNull("baseRowId"),
        DefaultRowCommitVersion = json.NumberOrNull("defaultRowCommitVersion"),
    };

    private static DeletionVector? ReadDeletionVector(JsonElement json) =>
        json.TryGetProperty("deletionVector", out var vector) && vector.ValueKind == JsonValueKind.Object
            ? new DeletionVector(
                vector.Text("storageType"),
                vector.Text("pathOrInlineDv"),
                (int?)vector.NumberOrNull("offset"),
                (int)vector.Number("sizeInBytes"),
                vector.Number("cardinality"))
            : null;

    private static Metadata ReadMetadata(JsonElement json)
    {
        var hasFormat = json.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.Object;
        return new Metadata
        {
            Id = json.TextOrNull("id") ?? "",
            Name = json.TextOrNull("name"),
            Description = json.TextOrNull("description"),
            FormatProvider = hasFormat ? format.TextOrNull("provider") ?? "parquet" : "parquet",
            FormatOptions = (hasFormat ? format.MapOfTextOrNull("options") : null) ?? new Dictionary<string, string>(),
            SchemaString = json.TextOrNull("schemaString") ?? TableSchema.EmptyJson,
            PartitionColumns = json.ListOrNull("partitionColumns") ?? [],
            Configuration = json.MapOfTextOrNull("configuration") ?? new Dictionary<string, string>(),
            CreatedTime = json.NumberOrNull("createdTime"),
        };
    }

    private static CommitInfo ReadCommitInfo(JsonElement json) => new(json.GetRawText())
    {
        TimestampMillis = json.NumberOrNull("timestamp"),
        InCommitTimestampMillis = json.NumberOrNull("inCommitTimestamp"),
        Operation = json.TextOrNull("operation"),
        IsBlindAppend = json.FlagOrNull("isBlindAppend") ?? false,
        TxnId = json.TextOrNull("txnId"),
    };
}
