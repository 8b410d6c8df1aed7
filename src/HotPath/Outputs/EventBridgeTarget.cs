using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Kinesis.Client;

namespace HotPath.Outputs;

/// <summary>A bus of EventBridge: one event a row, by PutEvents, signed as Kinesis calls are.</summary>
internal sealed class EventBridgeTarget(AwsClient client, string bus) : IOutputTarget
{
    public int RowsMax => 10;

    /// <summary>Of the service: 256 KiB a call, with names and times.</summary>
    public int BytesMax => 200 * 1024;

    public async Task<Delivery[]> SendAsync(IReadOnlyList<OutputRow> rows, CancellationToken stop)
    {
        try
        {
            using var answer = await client.CallAsync("PutEvents", BodyOf(rows), stop);
            return BatchAnswer.Read(answer, "Entries", rows.Count);
        }
        catch (AwsFaultException fault)
        {
            return BatchAnswer.Refused(fault, rows.Count);
        }
    }

    public void Dispose() => client.Dispose();

    private byte[] BodyOf(IReadOnlyList<OutputRow> rows)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("Entries");
            foreach (var row in rows)
            {
                json.WriteStartObject();
                json.WriteString("Source", "hotpath");
                json.WriteString("DetailType", row.KindWord);
                json.WriteString("Detail", Encoding.UTF8.GetString(row.Json.Span));
                json.WriteString("EventBusName", bus);
                json.WriteNumber("Time", row.AtMicros / 1_000_000);
                json.WriteStartArray("Resources");
                json.WriteStringValue(row.Key);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
