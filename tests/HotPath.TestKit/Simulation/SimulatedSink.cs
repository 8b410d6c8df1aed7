using System.Runtime.InteropServices;
using HotPath.Engine;
using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Simulation;

/// <summary>
/// A sink as the process has it, without files: a cursor over journal and ledger that takes whole LSNs, commits table by
/// table, does not always learn what became of a commit, and stores its position afterwards. One thread.
/// </summary>
internal sealed class SimulatedSink : IDisposable
{
    private readonly HotPathEngine _engine;
    private readonly SimulatedTables _tables;
    private readonly Random _random;
    private readonly SimulationReport _report;
    private readonly bool _checksTxn;
    private readonly JournalReader _journal;
    private readonly LedgerReader _ledger;

    // What was collected and not committed everywhere yet.
    private readonly List<(long Lsn, string Row)> _readings = [];
    private readonly List<(long Lsn, string Row)> _events = [];
    private long _lsnTo = -1;
    private int _tableAt;

    public SimulatedSink(HotPathEngine engine, SimulatedTables tables, SimulationOptions options, Random random, SimulationReport report)
    {
        _engine = engine;
        _tables = tables;
        _random = random;
        _report = report;
        _checksTxn = options.Control != SimulationControl.ForgetfulSink;
        _journal = engine.Journal.NewReader(Math.Max(tables.PositionLsn + 1, engine.Journal.Recovery.FirstLsn));
        _ledger = engine.NewLedgerReader(tables.PositionLsn + 1);
    }

    /// <summary>One step: collects a flush, commits a table, or stores the position.</summary>
    public void Turn()
    {
        if (_lsnTo < 0)
        {
            var lsnTo = _engine.SafeLsn;
            if (lsnTo > _tables.PositionLsn)
            {
                // Sometimes less than there is: a flush has a size.
                Collect(_random.Next(3) == 0 ? _tables.PositionLsn + 1 + _random.NextInt64(lsnTo - _tables.PositionLsn) : lsnTo);
            }
        }
        else if (_tableAt < _tables.All.Length)
        {
            CommitOne();
        }
        else
        {
            _tables.PositionLsn = _lsnTo;
            _lsnTo = -1;
        }
    }

    public void Dispose()
    {
        _journal.Dispose();
        _ledger.Dispose();
    }

    private void Collect(long lsnTo)
    {
        _readings.Clear();
        _events.Clear();
        var slots = new Dictionary<long, string>();
        JournalRead read;
        while ((read = _journal.TryRead(lsnTo)) != JournalRead.End)
        {
            if (read == JournalRead.Slots)
            {
                for (var index = 0; index < _journal.Slots.Length; index++)
                {
                    if (_journal.Slots[index].Kind == SlotKind.Reading)
                    {
                        slots[_journal.FirstLsn + index] = ReadingText.Of(_journal.Slots[index], _engine.Names);
                    }
                }
            }
        }

        while (_ledger.TryRead(lsnTo, out var record))
        {
            // Safe because a record begins with its head. Worth it: the format is the one under test.
            var head = MemoryMarshal.Read<LedgerRecordHead>(record);
            if (head.Kind == LedgerRecordKind.Verdict)
            {
                var verdict = MemoryMarshal.Read<VerdictBody>(record[LedgerRecordHead.SizeBytes..]).Verdict;
                slots[head.Lsn] = verdict == Verdict.Late ? slots[head.Lsn] + " late" : "";
            }
            else
            {
                _events.Add((head.Lsn, Convert.ToHexString(record)));
            }
        }

        _readings.AddRange(slots.Where(slot => slot.Value.Length > 0).Select(slot => (slot.Key, slot.Value)));
        _lsnTo = lsnTo;
        _tableAt = 0;
    }

    /// <summary>Done, refused, or unknown: then the table is asked again.</summary>
    private void CommitOne()
    {
        var table = _tables.All[_tableAt];
        var rows = (_tableAt == 0 ? _readings : _events).Where(row => row.Lsn > table.HeldLsn || !_checksTxn).ToList();
        switch (_random.Next(8))
        {
            case 0:
                // Nothing was done, and it was said.
                _report.SinkFailures++;
                break;
            case 1:
                // It was done, and nobody was told.
                _report.SinkFailures++;
                table.Commit(rows, _lsnTo, _checksTxn);
                break;
            default:
                table.Commit(rows, _lsnTo, _checksTxn);
                _tableAt++;
                break;
        }
    }
}
