using System.Runtime.InteropServices;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Standstills;

namespace HotPath.Backtests;

/// <summary>What a replay emits, as far as it is about a window: transitions are counted, downtimes kept with their newest revision.</summary>
internal sealed class BacktestRows(NameTables names, long fromMicros, long toMicros, int rowsMax)
{
    // By what a downtime is known by: rule, machine, start, ordinal.
    private readonly Dictionary<(int Rule, int Equipment, long Start, int Ordinal), DowntimeBody> _downtimes = [];

    public long TransitionCount { get; private set; }

    public IReadOnlyList<Standstill> Standstills =>
        [.. _downtimes.Select(downtime => Of(downtime.Key.Equipment, downtime.Value)).Where(row => row.Touches(fromMicros, toMicros))];

    public void Take(ReadOnlySpan<byte> record)
    {
        var head = MemoryMarshal.Read<LedgerRecordHead>(record);
        var body = record[LedgerRecordHead.SizeBytes..];
        if (head.Kind == LedgerRecordKind.Transition)
        {
            var at = MemoryMarshal.Read<TransitionBody>(body).AtMicros;
            TransitionCount += at >= fromMicros && at < toMicros ? 1 : 0;
        }
        else if (head.Kind == LedgerRecordKind.Downtime)
        {
            Take(head.EquipmentIndex, MemoryMarshal.Read<DowntimeBody>(body));
        }
    }

    private void Take(int equipment, in DowntimeBody row)
    {
        var key = (row.RuleWord, equipment, row.StartMicros, row.Ordinal);
        if (row.EndMicros != DowntimeBody.NoEnd && row.EndMicros <= fromMicros)
        {
            // Over before the window: of no interest any more.
            _downtimes.Remove(key);
            return;
        }

        _downtimes[key] = row;
        if (_downtimes.Count > rowsMax)
        {
            throw new BacktestRefusedException($"It makes more than {rowsMax:N0} downtimes: choose a shorter window or fewer machines.");
        }
    }

    private Standstill Of(int equipment, in DowntimeBody row) => new(
        names.Equipment.Text(equipment),
        names.Words.Text(row.RuleWord),
        row.Category,
        row.Micro == MicroStop.Yes,
        names.Words.Text(row.StateWord),
        row.ReasonWord < 0 ? null : names.Words.Text(row.ReasonWord),
        row.StartMicros,
        row.EndMicros == DowntimeBody.NoEnd ? null : row.EndMicros);
}
