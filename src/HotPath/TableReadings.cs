using System.Text;
using HotPath.Delta;
using HotPath.Delta.Columns;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;

namespace HotPath;

/// <summary>
/// Readings of a table <c>readings</c> as slots, in the order in which they were taken (by LSN). Keeps all that it reads, 72
/// bytes each; cold, one thread.
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

    /// <summary>Machines that are wanted; null = all.</summary>
    public Func<string, bool>? IsWanted { get; init; }

    /// <summary>More are too many.</summary>
    public int CountMax { get; init; } = int.MaxValue;

    /// <summary>How the table is reached.</summary>
    public DeltaTableOptions? Table { get; init; }

    /// <exception cref="DeltaException">There is no such table.</exception>
    /// <exception cref="TooManyReadingsException">There are more than <see cref="CountMax"/>.</exception>
    public async Task<IEnumerable<Slot>> ReadAsync(string location, NameTables names, CancellationToken cancellation)
    {
        var readings = new List<(long Lsn, Slot Slot)>();
        var wanted = new List<bool?>();
        using var table = await DeltaTable.OpenAsync(location, Table, cancellation);
        await foreach (var batch in table.ReadAsync(new ReadOptions { Columns = Columns, Ranges = [.. Ranges()] }, cancellation))
        {
            Take(new Rows(batch, names), readings, wanted, names);
            cancellation.ThrowIfCancellationRequested();
        }

        // Files are in no order of LSN.
        readings.Sort(static (left, right) => left.Lsn.CompareTo(right.Lsn));
        return readings.Select(static reading => reading.Slot);
    }

    private void Take(Rows rows, List<(long Lsn, Slot Slot)> readings, List<bool?> wanted, NameTables names)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows.EventMicros(row) is var at && (at < FromMicros || at >= ToMicros))
            {
                continue;
            }

            var equipment = rows.Equipment(row);
            while (wanted.Count <= equipment)
            {
                wanted.Add(null);
            }

            if (!(wanted[equipment] ??= IsOfWanted(names.Equipment.Text(equipment))))
            {
                continue;
            }

            if (readings.Count == CountMax)
            {
                throw new TooManyReadingsException(CountMax);
            }

            readings.Add((rows.Lsn(row), rows.Slot(row, equipment)));
        }
    }

    private bool IsOfWanted(string equipment) => (Equipment is null || equipment == Equipment) && IsWanted?.Invoke(equipment) != false;

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

    /// <summary>The rows of one batch, in the order of <see cref="Columns"/>.</summary>
    private readonly struct Rows(ColumnBatch batch, NameTables names)
    {
        private readonly IReadOnlyList<ColumnVector> _columns = batch.Vectors;

        public int Count { get; } = batch.RowCount;

        public long Lsn(int row) => _columns[0].LongValues[row];

        public long EventMicros(int row) => _columns[1].LongValues[row];

        public int Equipment(int row) => Index(names.Equipment, _columns[3], row);

        public Slot Slot(int row, int equipment)
        {
            var slot = ReplayRun.Control(SlotKind.Reading, _columns[2].LongValues[row]) with
            {
                EventTimeMicros = EventMicros(row),
                EquipmentIndex = equipment,
                TagIndex = Index(names.Tags, _columns[4], row),
                SourceIndex = Index(names.Sources, _columns[5], row),
                Quality = QualityAt(row),
            };
            if (_columns[10].IsPresent(row))
            {
                slot.SequenceNumber = _columns[10].LongValues[row];
            }

            if (_columns[6].IsPresent(row))
            {
                (slot.ValueKind, slot.ValueBits) = (ValueKind.Number, BitConverter.DoubleToInt64Bits(_columns[6].DoubleValues[row]));
            }
            else if (_columns[7].IsPresent(row))
            {
                (slot.ValueKind, slot.ValueBits) = (ValueKind.Symbol, Index(names.Symbols, _columns[7], row));
            }
            else if (_columns[8].IsPresent(row))
            {
                (slot.ValueKind, slot.ValueBits) = (ValueKind.Bool, _columns[8].BooleanValues[row] ? 1 : 0);
            }

            return slot;
        }

        private Quality QualityAt(int row)
        {
            var word = _columns[9].BytesAt(row);
            return word.SequenceEqual("good"u8) ? Quality.Good : word.SequenceEqual("uncertain"u8) ? Quality.Uncertain : Quality.Bad;
        }

        private static int Index(NameDirectory directory, ColumnVector column, int row)
        {
            var outcome = directory.TryIntern(column.BytesAt(row), 0, out var index);
            return outcome is InternOutcome.Known or InternOutcome.Added
                ? index
                : throw new InvalidDataException($"The table has more names of sort {directory.Sort} than an installation may have.");
        }
    }
}

/// <summary>A window holds more readings than are worked on at once.</summary>
internal sealed class TooManyReadingsException(int countMax)
    : Exception(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The window holds more than {countMax:N0} readings."))
{
    public int CountMax { get; } = countMax;
}
