using System.Globalization;
using HotPath.Engine.Shard;
using HotPath.Engine.Shard.Asking;
using HotPath.Serve.Auth;

namespace HotPath.Serve.Http;

/// <summary>Where readings come from, how far each source is, and who waits for whom.</summary>
internal static class SourceRoutes
{
    private const int PageMax = 2000;
    private const int MachinesMax = 1000;

    public static void Map(IEndpointRouteBuilder routes, ServeContext serve) =>
        routes.MapGet("/api/v1/sources", http => List(http, serve))
            .WithMetadata(RouteAccess.Viewer)
            .Described(
                "Sources with lag, skew, lateness and loss, and the machines that wait for them", typeof(SourcesPage),
                "search", "equipment", "sort", "machines", "limit", "cursor");

    private static async Task List(HttpContext http, ServeContext serve)
    {
        var query = serve.Query(http);
        var search = query.Text("search");
        var equipment = query.Globs("equipment");
        var sort = query.Word("sort", "lag", "held", "late", "lost", "id") ?? "lag";
        var machinesMax = query.Whole("machines", 20, 0, MachinesMax);
        var limit = query.Whole("limit", 100, 1, PageMax);
        var skip = query.Whole("cursor", 0, 0, int.MaxValue);
        await serve.Engine.LookAsync(http.RequestAborted);
        await ServeContext.Answer(http, query, () =>
        {
            if (serve.Engine.Survey is not { } survey)
            {
                return new SourcesPage(null, 0, [], [], null);
            }

            var now = serve.Engine.NowMicros;
            var items = survey.Sources
                .Select(source => Source(source, survey, now, serve))
                .Where(source => search is null || source.Id.Contains(search, StringComparison.OrdinalIgnoreCase))
                .ToList();
            items.Sort((a, b) => Compare(a, b, sort));
            return new SourcesPage(
                Documents.Time(survey.TakenAtMicros),
                items.Count,
                [.. items.Skip(skip).Take(limit)],
                Slowest(survey, now, machinesMax, equipment, serve),
                skip + limit < items.Count ? (skip + limit).ToString(CultureInfo.InvariantCulture) : null);
        }, ServeJson.Default.SourcesPage);
    }

    private static SourceDocument Source(ReadingSourceView source, SurveyView survey, long now, ServeContext serve) => new(
        serve.Names.Sources.Text(source.Index),
        Documents.Time(source.ProgressMicros),
        survey.LagSeconds(source.ProgressMicros, now),
        source.HeardMicros is { } heard ? (heard - source.ProgressMicros) / 1e6 : null,
        source.HeardMicros is { } last ? survey.LagSeconds(last, now) : null,
        source.IsIdle,
        source.MachinesHeld,
        source.LateReadings,
        source.LateMicrosMax / 1e6,
        source.Loss?.Datagrams,
        source.Loss?.Readings);

    /// <summary>The greatest first; the name decides between equals.</summary>
    private static int Compare(SourceDocument a, SourceDocument b, string sort)
    {
        var order = sort switch
        {
            "lag" => b.LagSeconds.CompareTo(a.LagSeconds),
            "held" => b.MachinesHeld.CompareTo(a.MachinesHeld),
            "late" => b.LateReadings.CompareTo(a.LateReadings),
            "lost" => (b.ReadingsLost ?? -1).CompareTo(a.ReadingsLost ?? -1),
            _ => 0,
        };
        return order != 0 ? order : string.CompareOrdinal(a.Id, b.Id);
    }

    /// <summary>The furthest behind, of machines that have a watermark; a heap keeps so many of them.</summary>
    private static List<WaitingMachineDocument> Slowest(
        SurveyView survey, long now, int countMax, Func<string, bool>? equipment, ServeContext serve)
    {
        var slowest = new PriorityQueue<(int Index, MachineVital Vital), long>();
        var count = Math.Min(survey.Machines.Length, serve.Names.Equipment.Count);
        for (var index = 0; index < count && countMax > 0; index++)
        {
            var vital = survey.Machines[index];
            var isCandidate = vital.EventMicros != 0 && vital.WatermarkMicros != Machine.Never
                && (slowest.Count < countMax || vital.WatermarkMicros < slowest.Peek().Vital.WatermarkMicros);
            if (isCandidate && (equipment is null || equipment(serve.Documents.EquipmentId(index))))
            {
                slowest.Enqueue((index, vital), -vital.WatermarkMicros);
                if (slowest.Count > countMax)
                {
                    slowest.Dequeue();
                }
            }
        }

        var rows = new List<WaitingMachineDocument>(slowest.Count);
        while (slowest.TryDequeue(out var row, out _))
        {
            rows.Add(new WaitingMachineDocument(
                serve.Documents.EquipmentId(row.Index),
                Documents.Time(row.Vital.WatermarkMicros),
                survey.LagSeconds(row.Vital.WatermarkMicros, now),
                row.Vital.HolderPlusOne == 0 ? null : serve.Names.Sources.Text(row.Vital.HolderPlusOne - 1),
                row.Vital.WaitingCount));
        }

        rows.Reverse();
        return rows;
    }
}
