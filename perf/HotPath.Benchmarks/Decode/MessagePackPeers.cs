#if MESSAGEPACK_CSHARP
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using MessagePack;

namespace HotPath.Benchmarks.Decode;

/// <summary>What an application would write with MessagePack-CSharp for the reading array, in its two forms.</summary>
internal static class MessagePackPeers
{
    public static bool IsThere => true;

    /// <summary>Deserialization into a struct by its dynamic resolver: nothing is interned, no slot is filled.</summary>
    public static bool IsAs(byte[] record, in Slot slot, NameTables names)
    {
        var reading = MessagePackSerializer.Deserialize<PackedReading>(record);
        return names.Equipment.Text(slot.EquipmentIndex) == reading.EquipmentId && names.Tags.Text(slot.TagIndex) == reading.Tag
            && names.Sources.Text(slot.SourceIndex) == reading.SourceId && slot.SequenceNumber == reading.SequenceNumber
            && BitConverter.Int64BitsToDouble(slot.ValueBits).Equals(reading.Value) && slot.EventTimeMicros == reading.Timestamp * 1000
            && slot.CreatedAtMicros == reading.CreatedAt * 1000 && slot.Model == reading.Version;
    }

    public static void DeserializeAll(List<byte[]> records)
    {
        foreach (var record in records)
        {
            MessagePackSerializer.Deserialize<PackedReading>(record);
        }
    }

    /// <summary>A loop over MessagePackReader that fills the slot and interns with the same directories.</summary>
    public static void ReadToSlot(byte[] record, NameTables names, ref Slot slot)
    {
        slot = new Slot { Kind = SlotKind.Reading, ValueKind = ValueKind.Number };
        var reader = new MessagePackReader(record);
        reader.ReadArrayHeader();
        slot.Model = reader.ReadInt32();
        slot.EventTimeMicros = reader.ReadInt64() * 1000;
        slot.EquipmentIndex = Intern(names.Equipment, ref reader);
        slot.TagIndex = Intern(names.Tags, ref reader);
        slot.ValueBits = BitConverter.DoubleToInt64Bits(reader.ReadDouble());
        slot.Quality = reader.ReadInt32() == 0 ? Quality.Good : Quality.Bad;
        slot.SequenceNumber = reader.ReadInt64();
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            slot.Flags |= (ushort)(1 << Intern(names.Flags, ref reader));
        }

        slot.CreatedAtMicros = reader.ReadInt64() * 1000;
        slot.SourceIndex = Intern(names.Sources, ref reader);
    }

    private static int Intern(NameDirectory directory, ref MessagePackReader reader)
    {
        if (!reader.TryReadStringSpan(out var text))
        {
            return Slot.NoIndex;
        }

        directory.TryIntern(text, 0, out var index);
        return index;
    }
}

/// <summary>Public, so that its resolver can make code for it.</summary>
[MessagePackObject]
public record struct PackedReading
{
    [Key(0)] public int Version { get; set; }

    [Key(1)] public long Timestamp { get; set; }

    [Key(2)] public string EquipmentId { get; set; }

    [Key(3)] public string Tag { get; set; }

    [Key(4)] public double Value { get; set; }

    [Key(5)] public int Quality { get; set; }

    [Key(6)] public long SequenceNumber { get; set; }

    [Key(7)] public IReadOnlyList<string> Flags { get; set; }

    [Key(8)] public long CreatedAt { get; set; }

    [Key(9)] public string SourceId { get; set; }
}
#else
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Decode;

/// <summary>Built without MessagePack-CSharp: there is no such peer in this run.</summary>
internal static class MessagePackPeers
{
    private const string Absent = "built without -p:MessagePackCSharp=PATH";

    public static bool IsThere => false;

    public static bool IsAs(byte[] record, in Slot slot, NameTables names) => throw new NotSupportedException(Absent);

    public static void DeserializeAll(List<byte[]> records) => throw new NotSupportedException(Absent);

    public static void ReadToSlot(byte[] record, NameTables names, ref Slot slot) => throw new NotSupportedException(Absent);
}
#endif
