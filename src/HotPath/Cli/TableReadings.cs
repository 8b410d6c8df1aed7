using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.Delta;
using HotPath.Delta.Columns;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Serve.Http;

namespace HotPath.Cli;

/// <summary>
/// Readings of a table <c>readings</c> as slots, in the order in which they were taken (by LSN). Keeps all that it reads;
/// cold, one thread.
/// </summary>
/// <param name="FromMicros">Event times before this are left out.</param>
/// <param name="ToMicros">Event times from this on are left out.</param>
/// <param name="Equipment">One machine; null = all.</param>
internal sealed record TableReadings(long FromMicros, long ToMicros, string? Equipment)
{
    private static readonly string[] Columns =
    [
        "lsn", "event_time", "received_at", "equipment_id", "tag", "source_id", "number", "text", "flag", "quality", "sequence_number",
    ];

    /// <exception cref="DeltaException">There is no such table.</exception>
    public async Task<IReadOnlyList<Slot>> ReadAsync(string location, NameTables names, CancellationToken cancellation)
    {
        var readings = new List<(long Lsn, Slot Slot)>();
        await foreach (var row in TableJsonRows.ReadAsync(location, tableOptions: null, Columns, cancellation, [.. Ranges()]))
        {
            var slot = SlotOf(row, names);
            if (slot.EventTimeMicros >= FromMicros
                && slot.EventTimeMicros < ToMicros
                && (Equipment is null || row.GetProperty("equipment_id").GetString() == Equipment))
            {
                readings.Add((row.GetProperty("lsn").GetInt64(), slot));
            }
        }

        // One record may hold several readings of one LSN each; order within an LSN does not exist.
        readings.Sort((left, right) => left.Lsn.CompareTo(right.Lsn));
        return readings.ConvertAll(reading => reading.Slot);
    }

    private IEnumerable<ColumnRange> Ranges()
    {
        if (FromMicros != long.MinValue || ToMicros != long.MaxValue)
        {
            yield return new ColumnRange("event_time", ColumnValue.OfInteger(FromMicros), ColumnValue.OfInteger(ToMicros));
        }

        if (Equipment is not null)
        {
            var utf8 = ColumnValue.OfBytes(Encoding.UTF8.GetBytes(Equipment));
            yield return new ColumnRange("equipment_id", utf8, utf8);
        }
    }

    private static Slot SlotOf(JsonElement row, NameTables names)
    {
        var slot = ReplayRun.Control(SlotKind.Reading, Micros(row.GetProperty("received_at"))) with
        {
            EventTimeMicros = Micros(row.GetProperty("event_time")),
            EquipmentIndex = Index(names.Equipment, row.GetProperty("equipment_id")),
            TagIndex = Index(names.Tags, row.GetProperty("tag")),
            SourceIndex = Index(names.Sources, row.GetProperty("source_id")),
            Quality = row.GetProperty("quality").GetString() switch
            {
                "good" => Quality.Good,
                "uncertain" => Quality.Uncertain,
                _ => Quality.Bad,
            },
        };
        if (row.GetProperty("sequence_number") is { ValueKind: JsonValueKind.Number } number)
        {
            slot.SequenceNumber = number.GetInt64();
        }

        if (row.GetProperty("number") is { ValueKind: JsonValueKind.Number } value)
        {
            (slot.ValueKind, slot.ValueBits) = (ValueKind.Number, BitConverter.DoubleToInt64Bits(value.GetDouble()));
        }
        else if (row.GetProperty("text") is { ValueKind: JsonValueKind.String } text)
        {
            (slot.ValueKind, slot.ValueBits) = (ValueKind.Symbol, Index(names.Symbols, text));
        }
        else if (row.GetProperty("flag") is { ValueKind: JsonValueKind.True or JsonValueKind.False } flag)
        {
            (slot.ValueKind, slot.ValueBits) = (ValueKind.Bool, flag.GetBoolean() ? 1 : 0);
        }

        return slot;
    }

    private static int Index(NameDirectory directory, JsonElement name)
    {
        var outcome = directory.TryIntern(Encoding.UTF8.GetBytes(name.GetString()!), 0, out var index);
        return outcome is InternOutcome.Known or InternOutcome.Added
            ? index
            : throw new InvalidDataException($"The table has more names of sort {directory.Sort} than an installation may have.");
    }

    private static long Micros(JsonElement time) =>
        QueryReader.Micros(DateTimeOffset.Parse(time.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
}
