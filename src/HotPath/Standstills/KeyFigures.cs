using HotPath.Engine.Ledger;
using HotPath.Serve.Http;

namespace HotPath.Standstills;

/// <summary>
/// Key figures of machines over a window, after ISO 22400-2: planned stops, and what nobody knows, are no busy time;
/// availability is the share of busy time in which a machine did not stand. The one place where they are computed.
/// </summary>
internal static class KeyFigures
{
    /// <param name="driven">Machines under rules that say what is a downtime: each gets a line, also without any.</param>
    /// <param name="standstills">All that touch the window; those of other machines or rules are left out.</param>
    /// <param name="fromMicros">The window's begin.</param>
    /// <param name="toMicros">Its end, which is not to come: what is to come is neither up nor down.</param>
    /// <returns>The least available first.</returns>
    public static List<KpiLine> Of(
        IEnumerable<(string EquipmentId, string RuleId)> driven, IEnumerable<Standstill> standstills, long fromMicros, long toMicros)
    {
        var sums = new Dictionary<(string, string), KpiSum>();
        foreach (var machine in driven)
        {
            sums[machine] = new KpiSum();
        }

        foreach (var standstill in standstills)
        {
            if (standstill.Touches(fromMicros, toMicros) && sums.TryGetValue((standstill.EquipmentId, standstill.RuleId), out var sum))
            {
                sum.Add(standstill, fromMicros, toMicros);
            }
        }

        return
        [
            .. sums.Select(sum => sum.Value.Line(sum.Key.Item1, sum.Key.Item2, toMicros - fromMicros))
                .OrderBy(line => line.Availability ?? 2)
                .ThenBy(line => line.EquipmentId, StringComparer.Ordinal)
                .ThenBy(line => line.RuleId, StringComparer.Ordinal),
        ];
    }

    /// <summary>What stood still of a machine under one rule.</summary>
    private sealed class KpiSum
    {
        private long _plannedMicros;
        private long _unknownMicros;
        private long _stoppedMicros;
        private long _microStopMicros;
        private int _stops;
        private int _microStops;

        public void Add(in Standstill row, long fromMicros, long toMicros)
        {
            var micros = row.MicrosWithin(fromMicros, toMicros, toMicros);
            if (row.Category == DowntimeCategory.Planned)
            {
                _plannedMicros += micros;
            }
            else if (row.Category == DowntimeCategory.Unknown)
            {
                _unknownMicros += micros;
            }
            else if (row.IsMicro)
            {
                _microStopMicros += micros;
                _microStops++;
            }
            else
            {
                _stoppedMicros += micros;
                _stops++;
            }
        }

        public KpiLine Line(string equipmentId, string ruleId, long windowMicros)
        {
            var busyMicros = windowMicros - _plannedMicros - _unknownMicros;
            var upMicros = busyMicros - _stoppedMicros - _microStopMicros;
            return new KpiLine(
                equipmentId,
                ruleId,
                busyMicros > 0 ? (double)upMicros / busyMicros : null,
                _stops > 0 ? upMicros / 1e6 / _stops : null,
                _stops > 0 ? _stoppedMicros / 1e6 / _stops : null,
                _stops,
                _stoppedMicros / 1e6,
                _microStops,
                _microStopMicros / 1e6,
                _plannedMicros / 1e6,
                _unknownMicros / 1e6);
        }
    }
}
