using System.Text;
using HotPath.Delta;
using HotPath.Delta.Columns;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Faults.Sink;

/// <summary>
/// Whether the table of readings holds every reading of the journal once and as it is, for tables too large to be held in
/// memory: a bit for every LSN, and a sum over all rows of a hash of each. Only where no reading was a duplicate or in the
/// future. Cold.
/// </summary>
internal sealed class ExactReadings
{
    private readonly ulong[] _open;
    private ulong _sum;
    private long _twice;
    private long _strange;

    private ExactReadings(long lastLsn) => _open = new ulong[(lastLsn / 64) + 1];

    public long InJournal { get; private set; }

    public long InTable { get; private set; }

    public static async Task<(ExactReadings Readings, IReadOnlyList<string> Findings)> CompareAsync(string journal, string tables)
    {
        using var view = JournalView.Open(LibcDisk.ReadOnly(journal));
        var exact = new ExactReadings(view.Recovery.LastLsn);
        exact.TakeJournal(view);
        await exact.TakeTableAsync($"{tables.TrimEnd('/')}/readings");
        return (exact, [.. exact.Findings(view.Recovery.FirstLsn)]);
    }

    private IEnumerable<string> Findings(long firstLsn)
    {
        var missing = _open.Sum(word => (long)ulong.PopCount(word));
        if (firstLsn > 0)
        {
            yield return $"the journal begins at LSN {firstLsn}: it cannot tell everything";
        }

        if (missing > 0)
        {
            yield return $"{missing} of {InJournal} readings of the journal are not in the table";
        }

        if (_twice > 0 || _strange > 0)
        {
            yield return $"{_twice} rows of the table are there twice, {_strange} have an LSN that is no reading's";
        }

        if (missing == 0 && _twice == 0 && _strange == 0 && _sum != 0)
        {
            yield return "rows of the table differ from the journal's readings of their LSN";
        }
    }

    private void TakeJournal(JournalView journal)
    {
        var hashes = new NameHashes(journal.Names);
        using var reader = journal.NewReader(journal.Recovery.FirstLsn);
        for (var read = reader.TryRead(journal.Recovery.LastLsn); read != JournalRead.End; read = reader.TryRead(journal.Recovery.LastLsn))
        {
            if (read != JournalRead.Slots)
            {
                continue;
            }

            var slots = reader.Slots;
            for (var index = 0; index < slots.Length; index++)
            {
                ref readonly var slot = ref slots[index];
                if (slot.Kind == SlotKind.Reading)
                {
                    var lsn = reader.FirstLsn + index;
                    _open[lsn / 64] |= 1UL << (int)(lsn % 64);
                    _sum += Mix(
                        (ulong)lsn, hashes.Equipment(slot.EquipmentIndex), hashes.Tag(slot.TagIndex), (ulong)slot.EventTimeMicros,
                        slot.ValueKind == ValueKind.Symbol ? hashes.Symbol((int)slot.ValueBits) : (ulong)slot.ValueBits);
                    InJournal++;
                }
            }
        }
    }

    private async Task TakeTableAsync(string location)
    {
        using var table = await DeltaTable.OpenAsync(location);
        var options = new ReadOptions { Columns = ["lsn", "equipment_id", "tag", "event_time", "number", "text", "flag"] };
        await foreach (var batch in table.ReadAsync(options))
        {
            Take(batch);
        }
    }

    private void Take(ColumnBatch batch)
    {
        var vectors = batch.Vectors;
        for (var row = 0; row < batch.RowCount; row++)
        {
            var lsn = vectors[0].LongValues[row];
            var value = vectors[4].IsPresent(row) ? BitConverter.DoubleToUInt64Bits(vectors[4].DoubleValues[row])
                : vectors[5].IsPresent(row) ? Hash(vectors[5].BytesAt(row))
                : vectors[6].IsPresent(row) && vectors[6].BooleanValues[row] ? 1UL : 0;
            _sum -= Mix((ulong)lsn, Hash(vectors[1].BytesAt(row)), Hash(vectors[2].BytesAt(row)), (ulong)vectors[3].LongValues[row], value);
            InTable++;
            if (lsn < 0 || lsn / 64 >= _open.Length)
            {
                _strange++;
                continue;
            }

            // Closed already: a second row of the LSN, or one of a slot that is no reading; the sum tells nothing of either.
            var bit = 1UL << (int)(lsn % 64);
            _twice += (_open[lsn / 64] & bit) == 0 ? 1 : 0;
            _open[lsn / 64] &= ~bit;
        }
    }

    private static ulong Mix(ulong lsn, ulong equipment, ulong tag, ulong time, ulong value)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var word in (ReadOnlySpan<ulong>)[lsn, equipment, tag, time, value])
        {
            hash = (hash ^ word) * 0x9E37_79B9_7F4A_7C15;
            hash ^= hash >> 29;
        }

        return hash;
    }

    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var part in text)
        {
            hash = (hash ^ part) * 1_099_511_628_211UL;
        }

        return hash;
    }

    /// <summary>Names by their hash, each hashed once.</summary>
    private sealed class NameHashes(NameTables names)
    {
        private readonly Dictionary<int, ulong> _equipment = [];
        private readonly Dictionary<int, ulong> _tags = [];
        private readonly Dictionary<int, ulong> _symbols = [];

        public ulong Equipment(int index) => Of(_equipment, index, names.Equipment.Text);

        public ulong Tag(int index) => Of(_tags, index, names.Tags.Text);

        public ulong Symbol(int index) => Of(_symbols, index, names.Symbols.Text);

        private static ulong Of(Dictionary<int, ulong> known, int index, Func<int, string> text)
        {
            if (!known.TryGetValue(index, out var hash))
            {
                known[index] = hash = Hash(Encoding.UTF8.GetBytes(text(index)));
            }

            return hash;
        }
    }
}
