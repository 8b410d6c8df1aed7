using HotPath.Delta.Columns;
using HotPath.Engine;
using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Ring;
using HotPath.Sink.Rows;

namespace HotPath.Sink;

/// <summary>
/// A cursor over journal and ledger that writes the Delta tables, exactly once: each table's commit says how far it goes
/// (its txn), and the position is stored after all of a flush have committed. One loop turns it. While the tables cannot
/// be written it waits and tries again; that costs disk, never detection and never a row.
/// </summary>
internal sealed class DeltaSink : IDisposable
{
    private const int RowGroupRows = 128 * 1024;
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromSeconds(10);

    private readonly HotPathEngine _engine;
    private readonly SinkOptions _options;
    private readonly SinkPosition _position;
    private readonly ILogger _log;
    private readonly SinkNames _names;
    private readonly TransitionEvidence _evidence;
    private readonly ReadingRows _readingRows;
    private readonly JournalReader _journal;
    private readonly LedgerReader _ledger;
    private readonly SinkOpening _opening;

    // From the moment on at which the tables are open.
    private SinkTables _tables = null!;
    private FlushRows _rows = null!;
    private long _ledgerNextLsn = long.MaxValue;
    private long _positionLsn;
    private long _unreadableSlots;
    private string? _problem;

    public DeltaSink(HotPathEngine engine, SinkOpening opening, SinkOptions options, TransitionEvidence evidence, ILogger log)
    {
        _engine = engine;
        _options = options;
        _opening = opening;
        _position = opening.Position;
        _evidence = evidence;
        _log = log;
        _names = new SinkNames(engine.Names);
        _readingRows = new ReadingRows(_names);
        _positionLsn = _position.Lsn;
        _problem = opening.Problem;
        _journal = engine.Journal.NewReader(Math.Max(_position.Lsn + 1, engine.Journal.Recovery.FirstLsn));
        _ledger = engine.NewLedgerReader(_position.Lsn + 1);
    }

    /// <summary>Every table holds everything up to here. Any thread may ask.</summary>
    public long PositionLsn => Volatile.Read(ref _positionLsn);

    /// <summary>Slots that the journal no longer gave, and that the tables were told to go on without. Any thread may ask.</summary>
    public long UnreadableSlots => Volatile.Read(ref _unreadableSlots);

    /// <summary>CPU of the flushes so far.</summary>
    public StepClock Clock => _opening.Clock;

    /// <summary>Why the tables cannot be written at the moment, or null.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>Those that are open; none while they are away.</summary>
    public IReadOnlyList<SinkTable> Tables => _opening.Tables?.All ?? [];

    /// <summary>
    /// Flushes until stopped, then once more what is safe by then. A flush under way is finished, not cut; only
    /// <paramref name="givingUp"/> ends one, for good: what is missing in the tables is in the journal.
    /// </summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken givingUp)
    {
        if (!_options.IsOn)
        {
            _log.LogWarning("delta.enabled is false: no table is written; the journal keeps what the tables miss.");
            return;
        }

        try
        {
            await OpenAsync(stop);
            await RunUntilAsync(stop, givingUp);
            while (PositionLsn < _engine.SafeLsn)
            {
                await FlushAsync(givingUp);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _log.LogWarning("The tables could not be written in time; the journal keeps what is missing.");
        }
        catch (Exception fault) when (fault is SinkFencedException or LedgerFaultException or JournalDamagedException)
        {
            // Trying again would not mend it, and nothing else needs the tables: what is missing in them stays in the journal.
            Volatile.Write(ref _problem, fault.Message);
            _log.LogCritical("The tables are no longer written: {Problem} The journal keeps what is missing.", fault.Message);
        }
    }

    /// <summary>Waits for tables that were away at the start.</summary>
    private async Task OpenAsync(CancellationToken stop)
    {
        var wereAway = _opening.Tables is null;
        for (var attempt = 0; _opening.Tables is null; attempt++)
        {
            await WaitAsync(_opening.Problem!, attempt, stop);
            var isOpen = await _opening.TryOpenAsync(stop);
            Volatile.Write(ref _problem, isOpen ? null : _opening.Problem);
        }

        _tables = _opening.Tables;
        var lastLsn = Math.Max(_engine.Journal.Recovery.LastLsn, _position.Lsn);
        if (wereAway && _tables.HeldLsnMax > lastLsn)
        {
            // Only a journal that lost what it had synced comes here: its LSNs have been given again meanwhile.
            throw new SinkFencedException(
                $"The tables hold LSN {_tables.HeldLsnMax} of this journal, which ended at {lastLsn} when they were away.");
        }

        _rows = new FlushRows(_names, _options.FlushRows, _tables.Held, _evidence);
    }

    private async Task WaitAsync(string problem, int attempt, CancellationToken givingUp)
    {
        var delay = TimeSpan.FromSeconds(Math.Min(Math.Pow(2, attempt) / 10, RetryDelayMax.TotalSeconds));
        _log.LogWarning("The tables cannot be written: {Problem} Trying again in {Delay}.", problem, delay);
        await Task.Delay(delay, givingUp);
    }

    private async Task RunUntilAsync(CancellationToken stop, CancellationToken givingUp)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var waitingSince = TimeProvider.System.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            var waiting = _engine.SafeLsn - PositionLsn;
            var isDue = waiting >= _options.FlushRows
                || (waiting > 0 && TimeProvider.System.GetElapsedTime(waitingSince) >= _options.FlushInterval);
            if (isDue)
            {
                await FlushAsync(givingUp);
                waitingSince = TimeProvider.System.GetTimestamp();
                continue;
            }

            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Flushes once, everything that is safe now or as much as one flush takes, however often it must try.</summary>
    private async Task FlushAsync(CancellationToken givingUp)
    {
        var lsnTo = Math.Min(_engine.SafeLsn, PositionLsn + _options.FlushRows);
        if (lsnTo <= PositionLsn)
        {
            return;
        }

        Clock.Enter(SinkStep.ReadBack);
        Collect(lsnTo);
        Clock.Enter(SinkStep.Sort);
        _rows.SortReadings();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                Clock.Enter(SinkStep.Commit);
                await CommitAsync(lsnTo, givingUp);
                _position.Store(lsnTo);
                Volatile.Write(ref _positionLsn, lsnTo);
                Volatile.Write(ref _problem, null);
                Clock.Enter(SinkStep.None);
                return;
            }
            catch (Exception fault) when (SinkOpening.IsPassing(fault))
            {
                Clock.Enter(SinkStep.None);
                Volatile.Write(ref _problem, fault.Message);
                await WaitAsync(fault.Message, attempt, givingUp);
            }
        }
    }

    public void Dispose()
    {
        _journal.Dispose();
        _ledger.Dispose();
        _opening.Dispose();
    }

    private void Collect(long lsnTo)
    {
        // What slots up to here name was interned before they were published.
        _names.Refresh();
        _rows.Clear();
        FindNextLedgerLsn(lsnTo);
        JournalRead read;
        while ((read = _journal.TryRead(lsnTo)) != JournalRead.End)
        {
            switch (read)
            {
                case JournalRead.Slots:
                    CollectSlots(lsnTo);
                    break;
                case JournalRead.Damaged:
                    OnDamage(_journal.FirstLsn, _journal.LastLsn);
                    break;
                default:
                    // A gap: these LSNs were never given.
                    break;
            }
        }

        CollectLedger(lsnTo, lsnTo);
    }

    /// <summary>Readings are missing in the tables from here on: never without a word.</summary>
    private void OnDamage(long lsnFirst, long lsnLast)
    {
        if (_engine.HaltsOnJournalDamage)
        {
            throw new JournalDamagedException(lsnFirst, lsnLast);
        }

        Volatile.Write(ref _unreadableSlots, _unreadableSlots + lsnLast - lsnFirst + 1);
        _log.LogError(
            "The journal is damaged from LSN {First} to {Last}: the tables go on without these slots (journal.onCorruption: continue).",
            lsnFirst, lsnLast);
    }

    private void CollectSlots(long lsnTo)
    {
        var slots = _journal.Slots;
        for (var index = 0; index < slots.Length; index++)
        {
            ref readonly var slot = ref slots[index];
            var lsn = _journal.FirstLsn + index;
            switch (slot.Kind)
            {
                case SlotKind.Reading:
                    CollectLedger(lsn, lsnTo);
                    _rows.AddReading(lsn, slot);
                    break;
                case SlotKind.Rejected:
                    _rows.AddRejected(lsn, slot, _journal.AttachmentOf(lsn));
                    break;
                case SlotKind.Rules:
                    _rows.AddRules(lsn, slot, _journal.AttachmentOf(lsn));
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Ledger records up to an LSN; the LSN of the next one is known, so that a reading costs one comparison.</summary>
    private void CollectLedger(long lsn, long lsnTo)
    {
        while (_ledgerNextLsn <= lsn && _ledger.TryRead(lsnTo, out var record))
        {
            _rows.AddLedgerRecord(record);
            FindNextLedgerLsn(lsnTo);
        }
    }

    private void FindNextLedgerLsn(long lsnTo) =>
        _ledgerNextLsn = _ledger.TryPeek(lsnTo, out var record) ? LedgerSegment.HeadOf(record).Lsn : long.MaxValue;

    /// <summary>Dimensions first, so that a fact never names what its dimension does not hold.</summary>
    private async Task CommitAsync(long lsnTo, CancellationToken stop)
    {
        await CommitNamesAsync(_tables.Equipment, _names.Equipment, _rows.EquipmentIndexMax + 1, stop);
        await CommitNamesAsync(_tables.Tags, _names.Tags, _rows.TagIndexMax + 1, stop);
        await CommitNamesAsync(_tables.Sources, _names.Sources, _rows.SourceIndexMax + 1, stop);
        await CommitRowsAsync(_tables.Rules, _rows.Rules.Count > 0 ? [(0, _rows.Rules)] : [], lsnTo, stop);
        if (_rows.ReadingCount > 0 && _tables.Readings.Held < lsnTo)
        {
            await _tables.Readings.AppendAsync(ReadingPartitions(), lsnTo, stop);
        }

        await CommitRowsAsync(_tables.Transitions, _rows.Transitions, lsnTo, stop);
        await CommitRowsAsync(_tables.Downtimes, _rows.Downtimes, lsnTo, stop);
        await CommitRowsAsync(_tables.Rejected, _rows.Rejected, lsnTo, stop);
    }

    private static async Task CommitNamesAsync(SinkTable table, NameColumn names, int count, CancellationToken stop)
    {
        var held = (int)Math.Max(table.Held, 0);
        if (count <= held)
        {
            return;
        }

        var rows = new DimensionRows();
        for (var index = held; index < count; index++)
        {
            rows.Add(index, names);
        }

        await table.AppendAsync([(0, [rows.ToBatch()])], count, stop);
    }

    private static Task CommitRowsAsync(
        SinkTable table, IEnumerable<(int Day, TableRows Rows)> days, long lsnTo, CancellationToken stop) =>
        table.Held >= lsnTo
            ? Task.CompletedTask
            : table.AppendAsync(days.Select(day => (day.Day, Batches(day.Rows))), lsnTo, stop);

    private static IEnumerable<ColumnBatch> Batches(TableRows rows)
    {
        yield return rows.ToBatch();
    }

    private IEnumerable<(int Day, IEnumerable<ColumnBatch> Batches)> ReadingPartitions()
    {
        foreach (var (day, rowFirst, rowCount) in _rows.ReadingDays())
        {
            yield return (day, ReadingBatches(rowFirst, rowCount));
        }
    }

    /// <summary>The same columns are filled again for every row group.</summary>
    private IEnumerable<ColumnBatch> ReadingBatches(int rowFirst, int rowCount)
    {
        for (var from = rowFirst; from < rowFirst + rowCount; from += RowGroupRows)
        {
            Clock.Enter(SinkStep.Gather);
            _rows.CopyReadings(from, Math.Min(RowGroupRows, rowFirst + rowCount - from), _readingRows);
            var batch = _readingRows.ToBatch();
            Clock.Enter(SinkStep.Encode);
            yield return batch;
        }

        Clock.Enter(SinkStep.Commit);
    }
}
