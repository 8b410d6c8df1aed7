using HotPath.Serve.Auth;
using HotPath.Standstills;

namespace HotPath.Serve.Http;

/// <summary>Key figures of machines over a window, as far as the live history reaches.</summary>
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
            var rows = serve.Live.Downtimes(row => row.Body.StartMicros < to && (row.IsOpen || row.Body.EndMicros > from));
            var lines = KeyFigures.Of(
                Driven(serve, equipment, rule), rows.Select(row => Standstill.Of(row, serve.Documents)), from, to);
            return new KpiDocument(Documents.Time(from), Documents.Time(to), serve.Live.IsCutAt(from), lines.Count, [.. lines.Take(limit)]);
        }, ServeJson.Default.KpiDocument);
    }

    /// <summary>Machines under rules that say what is a downtime.</summary>
    private static IEnumerable<(string EquipmentId, string RuleId)> Driven(
        ServeContext serve, Func<string, bool>? equipment, Func<string, bool>? rule)
    {
        var driving = serve.Engine.Rules.Rules.Where(one => one.DrivesDowntime && rule?.Invoke(one.Id) != false).Select(one => one.Id).ToHashSet();
        return serve.Live.Machines()
            .Where(machine => equipment?.Invoke(serve.Documents.EquipmentId(machine.EquipmentIndex)) != false)
            .SelectMany(machine => machine.States
                .Where(state => driving.Contains(serve.Documents.Word(state.RuleWord) ?? ""))
                .Select(state => (serve.Documents.EquipmentId(machine.EquipmentIndex), serve.Documents.Word(state.RuleWord) ?? "")));
    }
}
