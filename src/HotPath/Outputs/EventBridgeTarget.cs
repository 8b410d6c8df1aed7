using System.Text;
using System.Text.Json;
using HotPath.Kinesis.Client;

namespace HotPath.Outputs;

/// <summary>A bus of EventBridge: one event a row, by PutEvents, signed as Kinesis calls are.</summary>
internal sealed class EventBridgeTarget(AwsClient client, string bus) : AwsBatchTarget(client, "PutEvents", "Entries")
{
    public override int RowsMax => 10;

    /// <summary>Of the service: 256 KiB a call, with names and times.</summary>
    public override int BytesMax => 200 * 1024;

    protected override void WriteRow(Utf8JsonWriter json, OutputRow row)
    {
        json.WriteString("Source", "hotpath");
        json.WriteString("DetailType", row.KindWord);
        json.WriteString("Detail", Encoding.UTF8.GetString(row.Json.Span));
        json.WriteString("EventBusName", bus);
        json.WriteNumber("Time", row.AtMicros / 1_000_000);
        json.WriteStartArray("Resources");
        json.WriteStringValue(row.Key);
        json.WriteEndArray();
    }
}
