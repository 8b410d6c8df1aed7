using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Kinesis.Client;

namespace HotPath.Outputs;

/// <summary>A stream of a Kinesis-compatible service: one record a row, its partition key the equipment.</summary>
internal sealed class KinesisOutputTarget(AwsClient client, string stream) : IOutputTarget
{
    public int RowsMax => 500;

    // Of older services; keys, names and base64 are beside it.
    public int BytesMax => 3 * 1024 * 1024;

    public async Task<Delivery[]> SendAsync(IReadOnlyList<OutputRow> rows, CancellationToken stop)
    {
        try
        {
            using var answer = await client.CallAsync("PutRecords", BodyOf(rows), stop);
            return BatchAnswer.Read(answer, "Records", rows.Count);
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
            json.WriteString("StreamName", stream);
            json.WriteStartArray("Records");
            foreach (var row in rows)
            {
                json.WriteStartObject();
                json.WriteString("PartitionKey", row.Key);
                json.WriteBase64String("Data", row.Json.Span);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
