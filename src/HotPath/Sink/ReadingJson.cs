using System.Text;
using System.Text.Json;
using HotPath.Engine.Ring;
using HotPath.Sink.Rows;

namespace HotPath.Sink;

/// <summary>A reading in the first JSON form of the wire: for readings that are kept but not stored as such.</summary>
internal static class ReadingJson
{
    public static void Write(in Slot reading, SinkNames names, TextRows into)
    {
        using var json = new Utf8JsonWriter(into);
        json.WriteStartObject();
        if (reading.Model != Slot.NoModel)
        {
            json.WriteNumber("version", reading.Model);
        }

        // Microseconds do not fit the listener's unit in general; the text form is understood by every listener.
        json.WriteString("timestamp", Iso(reading.EventTimeMicros));
        json.WriteString("equipmentId", names.Equipment.Utf8(reading.EquipmentIndex));
        json.WriteString("tag", names.Tags.Utf8(reading.TagIndex));
        WriteValue(json, reading, names);
        json.WriteString("quality", reading.Quality.ToString());
        WriteMeta(json, reading, names);
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, in Slot reading, SinkNames names)
    {
        switch (reading.ValueKind)
        {
            case ValueKind.Number:
                json.WriteNumber("value", BitConverter.Int64BitsToDouble(reading.ValueBits));
                break;
            case ValueKind.Symbol:
                json.WriteString("value", names.Symbols.Utf8((int)reading.ValueBits));
                break;
            case ValueKind.Bool:
                json.WriteBoolean("value", reading.ValueBits != 0);
                break;
            default:
                json.WriteNull("value");
                break;
        }
    }

    private static void WriteMeta(Utf8JsonWriter json, in Slot reading, SinkNames names)
    {
        json.WriteStartObject("meta");
        if (reading.SequenceNumber != Slot.NoNumber)
        {
            json.WriteNumber("sequenceNumber", reading.SequenceNumber);
        }

        if (reading.Flags != 0)
        {
            json.WriteStartArray("flags");
            foreach (var flag in Encoding.UTF8.GetString(names.Flags.Utf8(reading.Flags)).Split(','))
            {
                json.WriteStringValue(flag);
            }

            json.WriteEndArray();
        }

        if (reading.CreatedAtMicros != Slot.NoNumber)
        {
            json.WriteString("createdAt", Iso(reading.CreatedAtMicros));
        }

        json.WriteString("sourceId", names.Sources.Utf8(reading.SourceIndex));
        json.WriteEndObject();
    }

    private static string Iso(long micros) =>
        DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond)
            .ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", System.Globalization.CultureInfo.InvariantCulture);
}
