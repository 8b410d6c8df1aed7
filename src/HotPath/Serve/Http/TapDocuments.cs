using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Serve.Http;

/// <summary>What a client of the tap wants to see.</summary>
internal readonly record struct TapStages(bool HasReadings, bool HasTransitions, bool HasDowntimes)
{
    public static readonly string[] Words = ["reading", "transition", "downtime"];

    public static TapStages Of(QueryReader query)
    {
        var words = query.Text("stage")?.Split(',') ?? Words;
        foreach (var word in words.Where(word => !Words.Contains(word)))
        {
            query.Refuse($"stage cannot hold \"{word}\": {string.Join(", ", Words)}.");
        }

        return new TapStages(words.Contains("reading"), words.Contains("transition"), words.Contains("downtime"));
    }
}

/// <summary>A reading as it stands in the order, before any rule has seen it; members as in the table of readings.</summary>
internal sealed record TapReading(
    long Lsn,
    DateTime EventTime,
    DateTime ReceivedAt,
    string EquipmentId,
    string Tag,
    string SourceId,
    double? Number,
    string? Text,
    bool? Flag,
    string Quality,
    long? SequenceNumber)
{
    public static TapReading Of(in Slot slot, long lsn, NameTables names) => new(
        lsn,
        Documents.Time(slot.EventTimeMicros),
        Documents.Time(slot.ReceivedAtMicros),
        names.Equipment.Text(slot.EquipmentIndex),
        names.Tags.Text(slot.TagIndex),
        names.Sources.Text(slot.SourceIndex),
        slot.ValueKind == ValueKind.Number ? BitConverter.Int64BitsToDouble(slot.ValueBits) : null,
        slot.ValueKind == ValueKind.Symbol ? names.Symbols.Text((int)slot.ValueBits) : null,
        slot.ValueKind == ValueKind.Bool ? slot.ValueBits != 0 : null,
        slot.Quality switch
        {
            HotPath.Engine.Ring.Quality.Good => "good",
            HotPath.Engine.Ring.Quality.Uncertain => "uncertain",
            _ => "bad",
        },
        slot.SequenceNumber == Slot.NoNumber ? null : slot.SequenceNumber);
}

/// <summary>What was left out since the last time it was told.</summary>
/// <param name="Sampled">Beyond the rate.</param>
/// <param name="Missed">Went by faster than the client took it.</param>
internal sealed record TapDropped(long Sampled, long Missed);
