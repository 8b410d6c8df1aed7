using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// What a table consists of after a commit, told beside the commit by the writer that knows (<c>v.crc</c>; Delta protocol,
/// Version Checksum File). Other engines begin with it and find damage by it, so wrong numbers would be worse than none: it is
/// written only where every number is certain, and one that is there is never replaced. Any thread may call it.
/// </summary>
internal static class VersionChecksum
{
    // More transactions than this are left out, as the protocol allows: they would be written again with every commit.
    private const int TxnsMax = 100;

    /// <summary>Deletion vectors would ask for counts that are not kept here.</summary>
    public static bool IsCertain(SnapshotState state) => !Features.Has(state.Protocol, Features.DeletionVectors);

    /// <exception cref="StoreException">The store failed. The commit stands.</exception>
    public static async ValueTask WriteAsync(ITableStore store, SnapshotState state, CancellationToken cancellation)
    {
        if (IsCertain(state))
        {
            await store.PutIfAbsentAsync(LogNames.Checksum(state.Version), ToJson(state), cancellation);
        }
    }

    public static ReadOnlyMemory<byte> ToJson(SnapshotState state)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (state.LastCommitInfo?.TxnId is { } txnId)
            {
                json.WriteString("txnId", txnId);
            }

            json.WriteNumber("tableSizeBytes", state.Bytes);
            json.WriteNumber("numFiles", state.Files.Count);
            json.WriteNumber("numMetadata", 1);
            json.WriteNumber("numProtocol", 1);
            if (state.LastCommitInfo?.InCommitTimestampMillis is { } millis)
            {
                json.WriteNumber("inCommitTimestampOpt", millis);
            }

            if (state.Txns.Count <= TxnsMax)
            {
                WriteList(json, "setTransactions", state.Txns.Values, ActionWriter.WriteFields);
            }

            WriteList(json, "domainMetadata", state.Domains.Values, ActionWriter.WriteFields);
            json.WriteStartObject("metadata");
            ActionWriter.WriteFields(json, state.Metadata);
            json.WriteEndObject();
            json.WriteStartObject("protocol");
            ActionWriter.WriteFields(json, state.Protocol);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> writeFields)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            writeFields(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
