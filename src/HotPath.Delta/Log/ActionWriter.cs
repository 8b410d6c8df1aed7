using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HotPath.Delta.Log;

/// <summary>
/// Writes actions as the lines of a commit: one object with one key each, absent fields left out, whole numbers as numbers.
/// Owned by one thread.
/// </summary>
internal sealed class ActionWriter : IDisposable
{
    // Relaxed escaping leaves '+', '&' and text beyond ASCII as it is: what the other engines write, and shorter.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;

    public ActionWriter() => _json = new Utf8JsonWriter(_buffer, Options);

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Dispose() => _json.Dispose();

    public void Write(CommitHeader header)
    {
        Begin("commitInfo");
        _json.WriteNumber("timestamp", header.TimestampMillis);
        Write("inCommitTimestamp", header.InCommitTimestampMillis);
        _json.WriteString("operation", header.Operation);
        WriteMap("operationParameters", header.Parameters);
        Write("readVersion", header.ReadVersion);
        _json.WriteString("isolationLevel", "Serializable");
        _json.WriteBoolean("isBlindAppend", header.IsBlindAppend);
        if (header.Metrics.Count > 0)
        {
            WriteMap("operationMetrics", header.Metrics);
        }

        foreach (var (key, value) in header.Extras)
        {
            _json.WriteString(key, value);
        }

        _json.WriteString("engineInfo", header.EngineInfo);
        _json.WriteString("txnId", header.TxnId);
        End();
    }

    public void Write(Protocol protocol)
    {
        Begin("protocol");
        WriteFields(_json, protocol);
        End();
    }

    public void Write(Metadata metadata)
    {
        Begin("metaData");
        WriteFields(_json, metadata);
        End();
    }

    public void Write(Txn txn)
    {
        Begin("txn");
        WriteFields(_json, txn);
        End();
    }

    public void Write(DomainMetadata domain)
    {
        Begin("domainMetadata");
        WriteFields(_json, domain);
        End();
    }

    public void Write(Add add)
    {
        Begin("add");
        _json.WriteString("path", add.Path);
        WriteMap("partitionValues", add.PartitionValues);
        _json.WriteNumber("size", add.Size);
        _json.WriteNumber("modificationTime", add.ModificationTime);
        _json.WriteBoolean("dataChange", add.DataChange);
        Write("stats", add.Stats);
        if (add.Tags is not null)
        {
            WriteMap("tags", add.Tags);
        }

        Write(add.DeletionVector);
        Write("baseRowId", add.BaseRowId);
        Write("defaultRowCommitVersion", add.DefaultRowCommitVersion);
        Write("clusteringProvider", add.ClusteringProvider);
        End();
    }

    public void Write(Remove remove)
    {
        Begin("remove");
        _json.WriteString("path", remove.Path);
        Write("deletionTimestamp", remove.DeletionTimestamp);
        _json.WriteBoolean("dataChange", remove.DataChange);
        if (remove.ExtendedFileMetadata is { } extended)
        {
            _json.WriteBoolean("extendedFileMetadata", extended);
        }

        if (remove.PartitionValues is not null)
        {
            WriteMap("partitionValues", remove.PartitionValues);
        }

        Write("size", remove.Size);
        Write(remove.DeletionVector);
        Write("baseRowId", remove.BaseRowId);
        Write("defaultRowCommitVersion", remove.DefaultRowCommitVersion);
        End();
    }

    /// <summary>The fields of a protocol action, for commits and checksums.</summary>
    public static void WriteFields(Utf8JsonWriter json, Protocol protocol)
    {
        json.WriteNumber("minReaderVersion", protocol.MinReaderVersion);
        json.WriteNumber("minWriterVersion", protocol.MinWriterVersion);

        // The lists stand there if and only if the versions say so: other engines fail on an empty or a missing one.
        if (protocol.MinReaderVersion >= Protocol.ReaderVersionWithFeatures)
        {
            WriteList(json, "readerFeatures", protocol.ReaderFeatures ?? []);
        }

        if (protocol.MinWriterVersion >= Protocol.WriterVersionWithFeatures)
        {
            WriteList(json, "writerFeatures", protocol.WriterFeatures ?? []);
        }
    }

    /// <summary>The fields of a metaData action, for commits and checksums.</summary>
    public static void WriteFields(Utf8JsonWriter json, Metadata metadata)
    {
        json.WriteString("id", metadata.Id);
        if (metadata.Name is not null)
        {
            json.WriteString("name", metadata.Name);
        }

        if (metadata.Description is not null)
        {
            json.WriteString("description", metadata.Description);
        }

        json.WriteStartObject("format");
        json.WriteString("provider", metadata.FormatProvider);
        WriteMap(json, "options", metadata.FormatOptions);
        json.WriteEndObject();
        json.WriteString("schemaString", metadata.SchemaString);
        WriteList(json, "partitionColumns", metadata.PartitionColumns);
        WriteMap(json, "configuration", metadata.Configuration);
        if (metadata.CreatedTime is { } createdTime)
        {
            json.WriteNumber("createdTime", createdTime);
        }
    }

    public static void WriteFields(Utf8JsonWriter json, Txn txn)
    {
        json.WriteString("appId", txn.AppId);
        json.WriteNumber("version", txn.Version);
        if (txn.LastUpdated is { } lastUpdated)
        {
            json.WriteNumber("lastUpdated", lastUpdated);
        }
    }

    public static void WriteFields(Utf8JsonWriter json, DomainMetadata domain)
    {
        json.WriteString("domain", domain.Domain);
        json.WriteString("configuration", domain.Configuration);
        json.WriteBoolean("removed", domain.Removed);
    }

    private static void WriteMap<TValue>(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, TValue>> map)
        where TValue : class?
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in map)
        {
            json.WriteString(key, value as string);
        }

        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> list)
    {
        json.WriteStartArray(name);
        foreach (var item in list)
        {
            json.WriteStringValue(item);
        }

        json.WriteEndArray();
    }

    private void WriteMap<TValue>(string name, IEnumerable<KeyValuePair<string, TValue>> map)
        where TValue : class? => WriteMap(_json, name, map);

    private void Write(DeletionVector? vector)
    {
        if (vector is null)
        {
            return;
        }

        _json.WriteStartObject("deletionVector");
        _json.WriteString("storageType", vector.StorageType);
        _json.WriteString("pathOrInlineDv", vector.PathOrInlineDv);
        Write("offset", vector.Offset);
        _json.WriteNumber("sizeInBytes", vector.SizeInBytes);
        _json.WriteNumber("cardinality", vector.Cardinality);
        _json.WriteEndObject();
    }

    private void Write(string name, long? value)
    {
        if (value is { } number)
        {
            _json.WriteNumber(name, number);
        }
    }

    private void Write(string name, string? value)
    {
        if (value is not null)
        {
            _json.WriteString(name, value);
        }
    }

    private void Begin(string action)
    {
        _json.Reset(_buffer);
        _json.WriteStartObject();
        _json.WriteStartObject(action);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
    }
}
