using System.Text;
using System.Text.Json;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Reference;

/// <summary>
/// Reads a line of a recording: a reading in the first JSON form of WIRE.md with an optional receivedAt (ms), or a
/// control line (tick, start, rules). Cold; one thread. What cannot be read is refused with its reason.
/// </summary>
internal sealed class PlainLineReader(NameTables names, long timestampUnitMicros)
{
    public const string NoSource = "";

    /// <summary>What a line is. For a rule change the text of the document stands in <paramref name="rules"/>.</summary>
    public bool TryRead(JsonElement line, out Slot slot, out string? rules, out string? refusal)
    {
        rules = null;
        slot = default;
        if (line.ValueKind != JsonValueKind.Object)
        {
            refusal = "a line is a JSON object";
            return false;
        }

        if (line.TryGetProperty("control", out _))
        {
            return ReplayControl.TryRead(line, out slot, out rules, out refusal);
        }

        return ReplayControl.TryReceivedAt(line, out var receivedAtMicros, out refusal)
            && TryReading(line, receivedAtMicros, out slot, out refusal);
    }

    private bool TryReading(JsonElement line, long receivedAtMicros, out Slot slot, out string? refusal)
    {
        slot = ReplayRun.Control(SlotKind.Reading, receivedAtMicros);
        if (!TryName(line, "equipmentId", names.Equipment, out slot.EquipmentIndex, out refusal)
            || !TryName(line, "tag", names.Tags, out slot.TagIndex, out refusal))
        {
            return false;
        }

        if (!line.TryGetProperty("timestamp", out var timestamp)
            || timestamp.ValueKind != JsonValueKind.Number
            || !timestamp.TryGetInt64(out var time))
        {
            refusal = "timestamp is a whole number";
            return false;
        }

        slot.EventTimeMicros = time * timestampUnitMicros;
        return TryValue(line, ref slot, out refusal) && TryMeta(line, ref slot, out refusal);
    }

    private bool TryValue(JsonElement line, ref Slot slot, out string? refusal)
    {
        refusal = null;
        if (!line.TryGetProperty("value", out var value))
        {
            refusal = "value is missing";
            return false;
        }

        slot.Quality = line.TryGetProperty("quality", out var quality) ? QualityOf(quality) : Quality.Good;
        switch (value.ValueKind)
        {
            case JsonValueKind.Number when value.TryGetDouble(out var number) && double.IsFinite(number):
                slot.ValueKind = ValueKind.Number;
                slot.ValueBits = BitConverter.DoubleToInt64Bits(number);
                return true;
            case JsonValueKind.True or JsonValueKind.False:
                slot.ValueKind = ValueKind.Bool;
                slot.ValueBits = value.ValueKind == JsonValueKind.True ? 1 : 0;
                return true;
            case JsonValueKind.Null:
                slot.Quality = Quality.Bad;
                return true;
            case JsonValueKind.String:
                slot.ValueKind = ValueKind.Symbol;
                var isKnown = TryIntern(names.Symbols, value.GetString()!.Trim(), out var symbol);
                slot.ValueBits = symbol;
                refusal = isKnown ? null : "the string is longer than 256 bytes";
                return isKnown;
            default:
                refusal = "value is a number, a string, true, false or null";
                return false;
        }
    }

    private bool TryMeta(JsonElement line, ref Slot slot, out string? refusal)
    {
        var source = NoSource;
        if (line.TryGetProperty("meta", out var meta) && meta.ValueKind == JsonValueKind.Object)
        {
            if (meta.TryGetProperty("sourceId", out var sourceId) && sourceId.ValueKind == JsonValueKind.String)
            {
                source = sourceId.GetString()!.Trim();
            }

            if (meta.TryGetProperty("sequenceNumber", out var sequence)
                && sequence.ValueKind == JsonValueKind.Number
                && sequence.TryGetInt64(out var number))
            {
                slot.SequenceNumber = number;
            }
        }

        refusal = TryIntern(names.Sources, source, out slot.SourceIndex) ? null : "sourceId is longer than 256 bytes";
        return refusal is null;
    }

    private static bool TryName(
        JsonElement line, string member, NameDirectory directory, out int index, out string? refusal)
    {
        index = -1;
        var isThere = line.TryGetProperty(member, out var name)
            && name.ValueKind == JsonValueKind.String
            && name.GetString()!.Trim() is { Length: > 0 } trimmed
            && TryIntern(directory, trimmed, out index);
        refusal = isThere ? null : $"{member} is a string of 1 to 256 bytes";
        return isThere;
    }

    private static bool TryIntern(NameDirectory directory, string text, out int index) =>
        directory.TryIntern(Encoding.UTF8.GetBytes(text), 0, out index) is InternOutcome.Known or InternOutcome.Added;

    private static Quality QualityOf(JsonElement quality)
    {
        if (quality.ValueKind == JsonValueKind.Null)
        {
            return Quality.Good;
        }

        if (quality.ValueKind == JsonValueKind.Number && quality.TryGetInt64(out var code))
        {
            return (code >> 30 & 3) switch
            {
                0 => Quality.Good,
                1 => Quality.Uncertain,
                _ => Quality.Bad,
            };
        }

        var word = quality.ToString().Trim();
        return word.StartsWith("uncertain", StringComparison.OrdinalIgnoreCase) ? Quality.Uncertain
            : word.StartsWith("ok", StringComparison.OrdinalIgnoreCase) ? Quality.Good
            : word.StartsWith("good", StringComparison.OrdinalIgnoreCase) ? Quality.Good
            : Quality.Bad;
    }
}
