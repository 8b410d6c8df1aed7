using System.Globalization;
using System.Text;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Decode;

/// <summary>A staged slot in words, so that two decoders can be compared and a difference can be read.</summary>
internal sealed record DecodedReading
{
    public required SlotKind Kind { get; init; }

    public RejectReason Reason { get; init; }

    /// <summary>Of a rejected one, as Latin-1, so that every byte shows.</summary>
    public string Raw { get; init; } = "";

    public string Equipment { get; init; } = "";

    public string Tag { get; init; } = "";

    public string Source { get; init; } = "";

    public ValueKind ValueKind { get; init; }

    /// <summary>The text, true or false, or a double's bits.</summary>
    public string Value { get; init; } = "";

    public Quality Quality { get; init; }

    public long TimeMicros { get; init; }

    public long ReceivedAtMicros { get; init; }

    public long? SequenceNumber { get; init; }

    public long? CreatedAtMicros { get; init; }

    public int? Model { get; init; }

    /// <summary>Sorted, joined by <see cref="FlagSeparator"/>.</summary>
    public string Flags { get; init; } = "";

    /// <summary>No comma: a damaged flag may hold one. This one is no UTF-16, so that no name can.</summary>
    public const char FlagSeparator = '\uDC00';

    public static string ValueOf(double number) =>
        BitConverter.DoubleToInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture)
        + " " + number.ToString("R", CultureInfo.InvariantCulture);

    public static DecodedReading Of(in Slot slot, StagingBlock block, NameTables names) => slot.Kind switch
    {
        SlotKind.Reading => OfReading(in slot, names),
        SlotKind.Rejected => new DecodedReading
        {
            Kind = SlotKind.Rejected,
            Reason = slot.RejectReason,
            Raw = Encoding.Latin1.GetString(block.RawOf(in slot)),
            Source = names.Sources.Text(slot.SourceIndex),
        },
        _ => new DecodedReading { Kind = slot.Kind, Source = names.Sources.Text(slot.SourceIndex) },
    };

    private static DecodedReading OfReading(in Slot slot, NameTables names) => new()
    {
        Kind = SlotKind.Reading,
        Equipment = names.Equipment.Text(slot.EquipmentIndex),
        Tag = names.Tags.Text(slot.TagIndex),
        Source = names.Sources.Text(slot.SourceIndex),
        ValueKind = slot.ValueKind,
        Value = slot.ValueKind switch
        {
            ValueKind.Number => ValueOf(BitConverter.Int64BitsToDouble(slot.ValueBits)),
            ValueKind.Symbol => names.Symbols.Text((int)slot.ValueBits),
            ValueKind.Bool => slot.ValueBits != 0 ? "true" : "false",
            _ => "",
        },
        Quality = slot.Quality,
        TimeMicros = slot.EventTimeMicros,
        ReceivedAtMicros = slot.ReceivedAtMicros,
        SequenceNumber = slot.SequenceNumber == Slot.NoNumber ? null : slot.SequenceNumber,
        CreatedAtMicros = slot.CreatedAtMicros == Slot.NoNumber ? null : slot.CreatedAtMicros,
        Model = slot.Model == Slot.NoModel ? null : slot.Model,
        Flags = FlagsOf(slot.Flags, names),
    };

    private static string FlagsOf(ushort bits, NameTables names)
    {
        var words = new List<string>();
        for (var bit = 0; bit < 16; bit++)
        {
            if ((bits >> bit & 1) != 0)
            {
                words.Add(names.Flags.Text(bit));
            }
        }

        words.Sort(StringComparer.Ordinal);
        return string.Join(FlagSeparator, words);
    }
}
