using System.Text.Json;
using System.Text.Json.Serialization;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Decode;

/// <summary>What an application would write with System.Text.Json, in its two forms.</summary>
internal static class DecodePeers
{
    /// <summary>Source-generated deserialization into classes: nothing is interned, no slot is filled.</summary>
    public static PeerReading? Deserialize(ReadOnlySpan<byte> record) =>
        JsonSerializer.Deserialize(record, PeerJson.Default.PeerReading);

    /// <summary>A loop over Utf8JsonReader that fills the slot and interns with the same directories.</summary>
    public static void ReadToSlot(ReadOnlySpan<byte> record, NameTables names, ref Slot slot)
    {
        slot = new Slot { Kind = SlotKind.Reading, Quality = Quality.Good, SequenceNumber = Slot.NoNumber };
        var reader = new Utf8JsonReader(record);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("timestamp"u8))
            {
                reader.Read();
                slot.EventTimeMicros = reader.GetInt64() * 1000;
            }
            else if (reader.ValueTextEquals("equipmentId"u8))
            {
                reader.Read();
                slot.EquipmentIndex = Intern(names.Equipment, ref reader);
            }
            else if (reader.ValueTextEquals("tag"u8))
            {
                reader.Read();
                slot.TagIndex = Intern(names.Tags, ref reader);
            }
            else if (reader.ValueTextEquals("value"u8))
            {
                reader.Read();
                slot.ValueKind = ValueKind.Number;
                slot.ValueBits = BitConverter.DoubleToInt64Bits(reader.GetDouble());
            }
            else if (reader.ValueTextEquals("quality"u8))
            {
                reader.Read();
                slot.Quality = QualityClass.OfWord(reader.ValueSpan);
            }
            else if (reader.ValueTextEquals("version"u8))
            {
                reader.Read();
                slot.Model = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("meta"u8))
            {
                reader.Read();
                ReadMeta(ref reader, names, ref slot);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadMeta(ref Utf8JsonReader reader, NameTables names, ref Slot slot)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("sequenceNumber"u8))
            {
                reader.Read();
                slot.SequenceNumber = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("createdAt"u8))
            {
                reader.Read();
                slot.CreatedAtMicros = reader.GetInt64() * 1000;
            }
            else if (reader.ValueTextEquals("sourceId"u8))
            {
                reader.Read();
                slot.SourceIndex = Intern(names.Sources, ref reader);
            }
            else if (reader.ValueTextEquals("flags"u8))
            {
                reader.Read();
                while (reader.Read() && reader.TokenType == JsonTokenType.String)
                {
                    slot.Flags |= (ushort)(1 << Intern(names.Flags, ref reader));
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static int Intern(NameDirectory directory, ref Utf8JsonReader reader)
    {
        directory.TryIntern(reader.ValueSpan, 0, out var index);
        return index;
    }
}

internal sealed class PeerReading
{
    public int Version { get; set; }

    public long Timestamp { get; set; }

    public string EquipmentId { get; set; } = "";

    public string Tag { get; set; } = "";

    public double Value { get; set; }

    public string Quality { get; set; } = "";

    public PeerMeta? Meta { get; set; }
}

internal sealed class PeerMeta
{
    public long SequenceNumber { get; set; }

    public List<string> Flags { get; set; } = [];

    public long CreatedAt { get; set; }

    public string SourceId { get; set; } = "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PeerReading))]
internal sealed partial class PeerJson : JsonSerializerContext;
