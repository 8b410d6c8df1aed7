using System.Globalization;
using System.Text;
using HotPath.Engine.Ledger;
using HotPath.Serve.Auth;
using HotPath.Serve.Live;

namespace HotPath.Serve.Http;

/// <summary>Machines and what their rules say of them now.</summary>
internal static class EquipmentRoutes
{
    private const int PageMax = 2000;

    public static void Map(IEndpointRouteBuilder routes, ServeContext serve)
    {
        routes.MapGet("/api/v1/equipment", http => List(http, serve))
            .WithMetadata(RouteAccess.Viewer)
            .Described("Machines with the state of each rule", typeof(EquipmentPage),
                "search", "rule", "state", "category", "sort", "limit", "cursor");
        routes.MapGet("/api/v1/equipment/{id}", http => One(http, serve))
            .WithMetadata(RouteAccess.Viewer)
            .Described("One machine, its newest transitions with evidence, its downtimes, and what is about to happen by itself", typeof(EquipmentDetail));
    }

    private static async Task List(HttpContext http, ServeContext serve)
    {
        await serve.Engine.LookAsync(http.RequestAborted);
        var query = serve.Query(http);
        var search = query.Text("search");
        var rule = query.Globs("rule");
        var state = query.Globs("state");
        var category = query.Word("category", CategoryWords.All);
        var sort = query.Word("sort", "attention", "id");
        var limit = query.Whole("limit", 100, 1, PageMax);
        var skip = query.Whole("cursor", 0, 0, int.MaxValue);
        await ServeContext.Answer(http, query, () =>
        {
            var documents = serve.Documents;
            var cursor = serve.Live.Position;
            var machines = serve.Live.Machines()
                .Select(machine => (Id: documents.EquipmentId(machine.EquipmentIndex), Machine: machine))
                .Where(row => search is null || row.Id.Contains(search, StringComparison.OrdinalIgnoreCase))
                .Where(row => category is null || CategoryWords.Of(row.Machine.Category) == category)
                .Where(row => (rule is null && state is null) || row.Machine.States.Any(known =>
                    (rule is null || rule(documents.Word(known.RuleWord) ?? ""))
                    && (state is null || state(documents.Word(known.StateWord) ?? ""))))
                .ToList();
            machines.Sort(sort == "id" ? ById : ByAttention);
            return new EquipmentPage(
                serve.Now.UtcDateTime,
                cursor.ToString(),
                machines.Count,
                Counts(machines.Select(row => row.Machine.Category)),
                [.. machines.Skip(skip).Take(limit).Select(row => documents.Equipment(row.Machine))],
                skip + limit < machines.Count ? (skip + limit).ToString(CultureInfo.InvariantCulture) : null);
        }, ServeJson.Default.EquipmentPage);
    }

    private static async Task One(HttpContext http, ServeContext serve)
    {
        var id = (string)http.GetRouteValue("id")!;
        var query = serve.Query(http);
        if (!serve.Names.Equipment.TryFind(Encoding.UTF8.GetBytes(id), out var index))
        {
            await Problem.WriteAsync(http, StatusCodes.Status404NotFound, $"No machine is called \"{id}\".");
            return;
        }

        await serve.Engine.LookAsync(http.RequestAborted);
        var inquiry = await serve.Engine.InquireAsync(index, http.RequestAborted);
        await ServeContext.Answer(http, query, () => new EquipmentDetail(
            serve.Documents.Equipment(serve.Live.Machine(index)),
            [.. serve.Live.Transitions(null, 50, row => row.EquipmentIndex == index).Select(row => serve.Documents.Transition(row))],
            [.. serve.Live.Downtimes(row => row.EquipmentIndex == index).Take(50).Select(row => serve.Documents.Downtime(row))],
            inquiry is { IsKnown: true } ? InsightDocuments.Of(inquiry, serve) : null),
            ServeJson.Default.EquipmentDetail);
    }

    public static CategoryCounts Counts(IEnumerable<DowntimeCategory> categories)
    {
        var counts = default(LiveCounts);
        foreach (var category in categories)
        {
            counts.Enter(category);
        }

        return Counts(counts);
    }

    public static CategoryCounts Counts(in LiveCounts counts) =>
        new(counts.MachinesDown, counts.MachinesUnknown, counts.MachinesPlanned, counts.MachinesOther);

    private static int ById((string Id, LiveMachine Machine) a, (string Id, LiveMachine Machine) b) =>
        string.CompareOrdinal(a.Id, b.Id);

    /// <summary>
    /// Down before unknown before planned before the rest; announced ones before what may yet be a micro-stop; of one
    /// sort, what changed last comes first.
    /// </summary>
    private static int ByAttention((string Id, LiveMachine Machine) a, (string Id, LiveMachine Machine) b)
    {
        var (category, other) = (a.Machine.Category, b.Machine.Category);
        if (category != other)
        {
            return Attention.Of(other).CompareTo(Attention.Of(category));
        }

        var announced = IsAnnounced(b.Machine).CompareTo(IsAnnounced(a.Machine));
        if (announced != 0)
        {
            return announced;
        }

        var newest = category == DowntimeCategory.None ? 0 : Since(b.Machine, category).CompareTo(Since(a.Machine, category));
        return newest != 0 ? newest : string.CompareOrdinal(a.Id, b.Id);
    }

    private static bool IsAnnounced(LiveMachine machine) => Array.Exists(machine.States, state => state.Open is not null);

    private static long Since(LiveMachine machine, DowntimeCategory category) =>
        machine.States.Where(state => state.Category == category).Max(state => state.SinceMicros);
}

/// <summary>Categories as the API says them; a machine in no listed state is "other".</summary>
internal static class CategoryWords
{
    public static readonly string[] All = ["down", "unknown", "planned", "other"];

    public static string Of(DowntimeCategory category) => Documents.Category(category) ?? "other";
}
