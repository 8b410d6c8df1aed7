using HotPath.Engine.Ledger;
using HotPath.Serve.Auth;
using HotPath.Serve.Live;

namespace HotPath.Serve.Http;

/// <summary>
/// Key figures of a machine over a window, after ISO 22400-2: planned stops, and what nobody knows, are no busy time;
/// availability is the share of busy time in which it did not stand.
/// </summary>
internal static class KpiRoutes
{
    private const int LinesMax = 2000;

    public static void Map(IEndpointRouteBuilder routes, ServeContext serve) =>
        routes.MapGet("/api/v1/kpi", http => Kpi(http, serve))
            .WithMetadata(RouteAccess.Viewer)
            .Described("Availability, MTBF, MTTR and stops of machines over a window, the least available first", typeof(KpiDocument),
                "equipment", "rule", "from", "to", "limit");

    private static Task Kpi(HttpContext http, ServeContext serve)
    {
        var query = serve.Query(http);
        var equipment = query.Globs("equipment");
        var rule = query.Globs("rule");
        var (from, asked) = AnalysisRoutes.Window(query, serve);
        var limit = query.Whole("limit", LinesMax, 1, LinesMax);
        return ServeContext.Answer(http, query, () =>
        {
            // What is to come is neither up nor down.
            var to = Math.Min(asked, QueryReader.Micros(serve.Now));
            var sums = new Dictionary<(int Equipment, int Rule), KpiSum>();
            foreach (var (machine, ruleWord) in Driven(serve, equipment, rule))
            {
                sums[(machine, ruleWord)] = new KpiSum();
            }

            foreach (var row in serve.Live.Downtimes(row => row.Body.StartMicros < to && (row.IsOpen || row.Body.EndMicros > from)))
            {
                if (sums.TryGetValue((row.EquipmentIndex, row.Body.RuleWord), out var sum))
                {
                    sum.Add(row, from, to);
                }
            }

            var lines = sums
                .Select(sum => sum.Value.Line(serve.Documents.EquipmentId(sum.Key.Equipment), serve.Documents.Word(sum.Key.Rule) ?? "", to - from))
                .OrderBy(line => line.Availability ?? 2)
                .ThenBy(line => line.EquipmentId, StringComparer.Ordinal)
                .ThenBy(line => line.RuleId, StringComparer.Ordinal);
            return new KpiDocument(Documents.Time(from), Documents.Time(to), serve.Live.IsCutAt(from), sums.Count, [.. lines.Take(limit)]);
        }, ServeJson.Default.KpiDocument);
    }

    /// <summary>Machines under rules that say what is a downtime.</summary>
    private static IEnumerable<(int Equipment, int RuleWord)> Driven(
        ServeContext serve, Func<string, bool>? equipment, Func<string, bool>? rule)
    {
        var driving = serve.Engine.Rules.Rules.Where(one => one.DrivesDowntime && rule?.Invoke(one.Id) != false).Select(one => one.Id).ToHashSet();
        return serve.Live.Machines()
            .Where(machine => equipment?.Invoke(serve.Documents.EquipmentId(machine.EquipmentIndex)) != false)
            .SelectMany(machine => machine.States
                .Where(state => driving.Contains(serve.Documents.Word(state.RuleWord) ?? ""))
                .Select(state => (machine.EquipmentIndex, state.RuleWord)));
    }
}

/// <summary>What stood still of a machine under one rule. For one request.</summary>
internal sealed class KpiSum
{
    private long _plannedMicros;
    private long _unknownMicros;
    private long _stoppedMicros;
    private long _microStopMicros;
    private int _stops;
    private int _microStops;

    public void Add(in LiveDowntime row, long fromMicros, long toMicros)
    {
        var micros = row.MicrosWithin(fromMicros, toMicros, toMicros);
        if (row.Body.Category == DowntimeCategory.Planned)
        {
            _plannedMicros += micros;
        }
        else if (row.Body.Category == DowntimeCategory.Unknown)
        {
            _unknownMicros += micros;
        }
        else if (row.Body.Micro == MicroStop.Yes)
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
