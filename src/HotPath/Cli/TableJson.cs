using System.Text.Json;
using HotPath.Delta;

namespace HotPath.Cli;

/// <summary>The facts of a table as JSON.</summary>
internal static class TableJson
{
    public static void Write(Utf8JsonWriter json, string location, Snapshot snapshot)
    {
        json.WriteStartObject();
        json.WriteString("location", location);
        json.WriteString("id", snapshot.Metadata.Id);
        json.WriteString("name", snapshot.Metadata.Name);
        json.WriteNumber("version", snapshot.Version);
        json.WriteNumber("minReaderVersion", snapshot.Protocol.MinReaderVersion);
        json.WriteNumber("minWriterVersion", snapshot.Protocol.MinWriterVersion);
        WriteList(json, "readerFeatures", snapshot.Protocol.ReaderFeatures ?? []);
        WriteList(json, "writerFeatures", snapshot.Protocol.WriterFeatures ?? []);
        json.WritePropertyName("schema");
        json.WriteRawValue(snapshot.Schema.ToJson());
        WriteList(json, "partitionColumns", snapshot.Metadata.PartitionColumns);
        json.WriteStartObject("configuration");
        foreach (var (key, value) in snapshot.Metadata.Configuration.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
        json.WriteNumber("files", snapshot.Files.Count);
        json.WriteNumber("bytes", snapshot.Bytes);
        if (snapshot.RowCount is { } rows)
        {
            json.WriteNumber("rows", rows);
        }
        else
        {
            json.WriteNull("rows");
        }

        json.WriteStartObject("txns");
        foreach (var txn in snapshot.Txns.Values.OrderBy(static txn => txn.AppId, StringComparer.Ordinal))
        {
            json.WriteNumber(txn.AppId, txn.Version);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, TableVersion version)
    {
        json.WriteStartObject();
        json.WriteNumber("version", version.Version);
        json.WriteString("time", version.Time.UtcDateTime);
        json.WriteString("operation", version.Operation);
        json.WriteNumber("filesAdded", version.FilesAdded);
        json.WriteNumber("filesRemoved", version.FilesRemoved);
        json.WritePropertyName("commitInfo");
        json.WriteRawValue(version.CommitInfoJson);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, VacuumResult result, bool isDryRun)
    {
        json.WriteStartObject();
        json.WriteBoolean("dryRun", isDryRun);
        json.WriteNumber("files", result.Paths.Count);
        json.WriteNumber("bytes", result.Bytes);
        WriteList(json, "paths", result.Paths);
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
}
