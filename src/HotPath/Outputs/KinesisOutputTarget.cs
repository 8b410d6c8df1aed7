using System.Text.Json;
using HotPath.Kinesis.Client;

namespace HotPath.Outputs;

/// <summary>A stream of a Kinesis-compatible service: one record a row, its partition key the equipment.</summary>
internal sealed class KinesisOutputTarget(AwsClient client, string stream) : AwsBatchTarget(client, "PutRecords", "Records")
{
    public override int RowsMax => 500;

    // Of older services; keys, names and base64 are beside it.
    public override int BytesMax => 3 * 1024 * 1024;

    protected override void WriteHead(Utf8JsonWriter json) => json.WriteString("StreamName", stream);

    protected override void WriteRow(Utf8JsonWriter json, OutputRow row)
    {
        json.WriteString("PartitionKey", row.Key);
        json.WriteBase64String("Data", row.Json.Span);
    }
}
