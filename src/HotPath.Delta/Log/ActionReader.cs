using System.Text.Json;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// Reads the lines of commits, compacted commits and JSON checkpoints: one object per line with one key, the action.
/// Unknown actions and fields are passed over; null stands for absent; numbers may come as strings or with a fraction.
/// </summary>
internal static class ActionReader
{
    // One read from the store while lines are taken one by one; on an object store each is a request.
    private const int BlockBytes = 1 << 20;

    /// <exception cref="DeltaException">A line is no JSON object, or an action lacks what the protocol requires of it.</exception>
    public static ActionSet Read(ReadOnlyMemory<byte> content, string path, TextPool? texts = null)
    {
        var actions = new ActionSet();
        texts ??= new TextPool();
        if (content.Span.StartsWith("\uFEFF"u8))
        {
            content = content[3..];
        }

        for (var lineNumber = 1; !content.IsEmpty; lineNumber++)
        {
            var end = content.Span.IndexOf((byte)'\n');
            var line = end < 0 ? content : content[..end];
            content = end < 0 ? default : content[(end + 1)..];
            ReadLine(line, path, lineNumber, actions, texts);
        }

        return actions;
    }

    /// <summary>The actions of each line by themselves, with no more of the file in memory than its longest line needs.</summary>
    /// <exception cref="DeltaException">As above; <see cref="StoreException"/> where the store fails.</exception>
    public static IEnumerable<ActionSet> ReadLines(StoreReader file, string path)
    {
        var texts = new TextPool();
        var buffer = new byte[BlockBytes];
        var (start, end, offset, lineNumber) = (0, 0, 0L, 0);
        while (true)
        {
            var length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length < 0 && offset < file.Length)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
                if (end == buffer.Length)
                {
                    Array.Resize(ref buffer, 2 * buffer.Length);
                }

                var count = file.Read(offset, buffer.AsSpan(end));
                if (count == 0)
                {
                    throw new DeltaException($"'{path}' ends before its {file.Length} bytes do.");
                }

                (end, offset) = (end + count, offset + count);
                continue;
            }

            var line = buffer.AsMemory(start, length < 0 ? end - start : length);
            if (length < 0 && line.IsEmpty)
            {
                yield break;
            }

            var actions = new ActionSet();
            ReadLine(lineNumber == 0 && line.Span.StartsWith("\uFEFF"u8) ? line[3..] : line, path, ++lineNumber, actions, texts);
            yield return actions;
            start += line.Length + (length < 0 ? 0 : 1);
        }
    }

    private static void ReadLine(ReadOnlyMemory<byte> line, string path, int lineNumber, ActionSet actions, TextPool texts)
    {
        if (line.Span.Trim(" \t\r"u8).IsEmpty)
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(line);
            foreach (var action in document.RootElement.EnumerateObject())
            {
                if (action.Value.ValueKind == JsonValueKind.Object)
                {
                    ReadAction(action.Name, action.Value, actions, texts);
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or DeltaException)
        {
            throw new DeltaException($"Line {lineNumber} of '{path}' is not a Delta action: {fault.Message}", fault);
        }
    }

    private static void ReadAction(string name, JsonElement json, ActionSet actions, TextPool texts)
    {
        switch (name)
        {
            case "add":
                actions.Adds.Add(ReadAdd(json, texts));
                break;
            case "remove":
                actions.Removes.Add(ReadRemove(json, texts));
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

    private static Add ReadAdd(JsonElement json, TextPool texts) => new()
    {
        Path = json.Text("path"),
        PartitionValues = texts.Map(json.MapOrNull("partitionValues")),
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

    private static Remove ReadRemove(JsonElement json, TextPool texts) => new()
    {
        Path = json.Text("path"),
        DeletionTimestamp = json.NumberOrNull("deletionTimestamp"),
        DataChange = json.FlagOrNull("dataChange") ?? true,
        ExtendedFileMetadata = json.FlagOrNull("extendedFileMetadata"),
        PartitionValues = json.MapOrNull("partitionValues") is { } values ? texts.Map(values) : null,
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
