using System.Runtime.InteropServices;
using HotPath.Engine.Ledger;
using HotPath.Engine.Ring;
using HotPath.Sink.Rows;

namespace HotPath.Sink;

/// <summary>
/// What one flush will write, collected from journal and ledger in the order of LSN. Belongs to the sink's thread; its
/// arrays are reused.
/// </summary>
/// <remarks>
/// Readings are kept as they lie in the journal, 64 bytes each, and only turned into columns a row group at a time, in
/// sorted order: a million of them take 73 MB, not twice that.
/// </remarks>
internal sealed class FlushRows
{
    private readonly SinkNames _names;
    private readonly HeldLsns _held;
    private readonly TransitionEvidence _evidence;
    private readonly ReadingOrder _order;
    private readonly DayRows<TransitionRows> _transitions;
    private readonly DayRows<DowntimeRows> _downtimes;
    private readonly DayRows<RejectedRows> _rejected;
    // As many as one flush takes, from the start: pages count once they are written, and growing would leave them twice.
    private readonly Slot[] _readings;
    private readonly long[] _lsns;
    private readonly bool[] _late;
    private readonly Slot[] _blockSlots = new Slot[ReadingRows.BlockRows];
    private readonly long[] _blockLsns = new long[ReadingRows.BlockRows];
    private readonly bool[] _blockLate = new bool[ReadingRows.BlockRows];
    private long _verdictLsn = -1;
    private Verdict _verdict;

    /// <param name="names">Followed by the caller.</param>
    /// <param name="slotCountMax">Slots that one flush covers at most.</param>
    /// <param name="held">
    /// What the tables held at start: a flush that was cut short by a kill is made again only where it is missing.
    /// </param>
    /// <param name="evidence">Renders a transition's evidence.</param>
    public FlushRows(SinkNames names, int slotCountMax, HeldLsns held, TransitionEvidence evidence)
    {
        _readings = new Slot[slotCountMax];
        _lsns = new long[slotCountMax];
        _late = new bool[slotCountMax];
        _order = new ReadingOrder(slotCountMax);
        _names = names;
        _held = held;
        _evidence = evidence;
        _transitions = new DayRows<TransitionRows>(() => new TransitionRows(names));
        _downtimes = new DayRows<DowntimeRows>(() => new DowntimeRows(names));
        _rejected = new DayRows<RejectedRows>(() => new RejectedRows(names));
    }

    public int ReadingCount { get; private set; }

    public RuleRows Rules { get; } = new();

    public IEnumerable<(int Day, TableRows Rows)> Transitions => _transitions.NotEmpty();

    public IEnumerable<(int Day, TableRows Rows)> Downtimes => _downtimes.NotEmpty();

    public IEnumerable<(int Day, TableRows Rows)> Rejected => _rejected.NotEmpty();

    /// <summary>The greatest indexes that these slots use: all names up to them are durable.</summary>
    public int EquipmentIndexMax { get; private set; } = -1;

    public int TagIndexMax { get; private set; } = -1;

    public int SourceIndexMax { get; private set; } = -1;

    /// <summary>Forgets the last flush. All names that the next one uses are known to the sink's names.</summary>
    public void Clear()
    {
        ReadingCount = 0;
        _order.Begin(_names.Equipment.Count, _names.Tags.Count);
        _transitions.Clear();
        _downtimes.Clear();
        _rejected.Clear();
        Rules.Clear();
    }

    /// <summary>A ledger record; those of an LSN come before the slot of that LSN.</summary>
    public void AddLedgerRecord(ReadOnlySpan<byte> record)
    {
        ref readonly var head = ref LedgerSegment.HeadOf(record);
        var body = record[LedgerRecordHead.SizeBytes..];
        switch (head.Kind)
        {
            case LedgerRecordKind.Transition when head.Lsn > _held.Transitions:
                ref readonly var transition = ref MemoryMarshal.AsRef<TransitionBody>(body);
                var evidence = body.Slice(TransitionBody.SizeBytes, transition.EvidenceBytes);
                _transitions.Of(ReadingOrder.DayOf(transition.AtMicros)).Add(head, transition, evidence, _evidence);
                break;
            case LedgerRecordKind.Downtime when head.Lsn > _held.Downtimes:
                ref readonly var downtime = ref MemoryMarshal.AsRef<DowntimeBody>(body);
                _downtimes.Of(ReadingOrder.DayOf(downtime.StartMicros)).Add(head, downtime);
                break;
            case LedgerRecordKind.Verdict:
                _verdictLsn = head.Lsn;
                _verdict = MemoryMarshal.AsRef<VerdictBody>(body).Verdict;
                break;
            default:
                break;
        }
    }

    /// <summary>A reading: stored, unless its verdict says that it is a duplicate or in the future.</summary>
    public void AddReading(long lsn, in Slot reading)
    {
        EquipmentIndexMax = Math.Max(EquipmentIndexMax, reading.EquipmentIndex);
        TagIndexMax = Math.Max(TagIndexMax, reading.TagIndex);
        SourceIndexMax = Math.Max(SourceIndexMax, reading.SourceIndex);
        var hasVerdict = lsn == _verdictLsn;
        if (hasVerdict && _verdict == Verdict.Duplicate)
        {
            return;
        }

        if (hasVerdict && _verdict == Verdict.Future)
        {
            AddFuture(lsn, reading);
            return;
        }

        if (lsn <= _held.Readings)
        {
            return;
        }

        var row = ReadingCount++;
        _readings[row] = reading;
        _lsns[row] = lsn;
        _late[row] = hasVerdict;
        _order.Add(
            _names.Equipment.Ranks[reading.EquipmentIndex], _names.Tags.Ranks[reading.TagIndex], reading.EventTimeMicros);
    }

    /// <summary>A record or reading that the decoder refused, with its bytes as they came.</summary>
    public void AddRejected(long lsn, in Slot slot, ReadOnlySpan<byte> raw)
    {
        SourceIndexMax = Math.Max(SourceIndexMax, slot.SourceIndex);
        if (lsn <= _held.Rejected)
        {
            return;
        }

        var rows = _rejected.Of(ReadingOrder.DayOf(slot.ReceivedAtMicros));
        rows.Add(lsn, slot, slot.RejectReason);
        rows.Raw.Add(raw);
    }

    /// <summary>A rule document that took effect.</summary>
    public void AddRules(long lsn, in Slot slot, ReadOnlySpan<byte> document)
    {
        if (lsn > _held.Rules)
        {
            Rules.Add(slot.ValueBits, slot.ReceivedAtMicros, lsn, document);
        }
    }

    /// <summary>Puts the readings into the order of the table. Call once, after the last was added.</summary>
    public void SortReadings() => _order.Sort();

    /// <summary>The sorted readings as runs of one day each.</summary>
    public IEnumerable<(int Day, int RowFirst, int RowCount)> ReadingDays()
    {
        for (var from = 0; from < ReadingCount;)
        {
            var day = DayOfSorted(from);
            var to = EndOfDay(day, from);
            yield return (day, from, to - from);
            from = to;
        }
    }

    /// <summary>Turns some sorted readings into columns.</summary>
    public void CopyReadings(int rowFirst, int rowCount, ReadingRows into)
    {
        into.Clear();
        var rows = _order.Rows.Slice(rowFirst, rowCount);
        while (!rows.IsEmpty)
        {
            var block = rows[..Math.Min(rows.Length, ReadingRows.BlockRows)];
            GatherBlock(block);
            into.AddBlock(_blockLsns, _blockSlots.AsSpan(0, block.Length), _blockLate);
            rows = rows[block.Length..];
        }
    }

    /// <summary>Each row is fetched once, in a loop so short that the processor fetches many of them at a time.</summary>
    private void GatherBlock(ReadOnlySpan<int> rows)
    {
        for (var index = 0; index < rows.Length; index++)
        {
            var row = rows[index];
            _blockSlots[index] = _readings[row];
            _blockLsns[index] = _lsns[row];
            _blockLate[index] = _late[row];
        }
    }

    private void AddFuture(long lsn, in Slot reading)
    {
        if (lsn <= _held.Rejected)
        {
            return;
        }

        var rows = _rejected.Of(ReadingOrder.DayOf(reading.ReceivedAtMicros));
        rows.Add(lsn, reading, RejectReason.Future);
        ReadingJson.Write(reading, _names, rows.Raw);
        rows.Raw.EndRow();
    }

    private int DayOfSorted(int at) => ReadingOrder.DayOf(_readings[_order.Rows[at]].EventTimeMicros);

    /// <summary>Days ascend, so the end of one is found by halving.</summary>
    private int EndOfDay(int day, int from)
    {
        var (low, high) = (from, ReadingCount);
        while (low < high)
        {
            var middle = low + ((high - low) >> 1);
            (low, high) = DayOfSorted(middle) <= day ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}

/// <summary>The LSN up to which each table of facts held its rows at start.</summary>
internal readonly record struct HeldLsns(long Rules, long Readings, long Transitions, long Downtimes, long Rejected);
