using System.Globalization;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Simulation;

/// <summary>A reading as text, by names: to be compared over processes.</summary>
internal static class ReadingText
{
    /// <summary>Of a slot that is no reading only its kind.</summary>
    public static string Of(in Slot slot, NameTables names) => slot.Kind != SlotKind.Reading ? slot.Kind.ToString() : string.Create(
        CultureInfo.InvariantCulture,
        $"{names.Equipment.Text(slot.EquipmentIndex)} {names.Tags.Text(slot.TagIndex)} {names.Sources.Text(slot.SourceIndex)} {slot.EventTimeMicros} {slot.SequenceNumber} {slot.ValueKind} {ValueOf(slot, names)} {slot.Quality}");

    public static string ValueOf(in Slot slot, NameTables names) => slot.ValueKind switch
    {
        ValueKind.Number => BitConverter.Int64BitsToDouble(slot.ValueBits).ToString("R", CultureInfo.InvariantCulture),
        ValueKind.Symbol => names.Symbols.Text((int)slot.ValueBits),
        ValueKind.Bool => slot.ValueBits != 0 ? "true" : "false",
        _ => "null",
    };
}
