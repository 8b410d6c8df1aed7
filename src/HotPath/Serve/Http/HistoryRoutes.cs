using HotPath.Engine.Ledger;
using HotPath.Serve.Auth;
using HotPath.Serve.Live;

namespace HotPath.Serve.Http;

/// <summary>Transitions and downtimes as far as the live view remembers; all of them are in the tables.</summary>
internal static class HistoryRoutes
{
    private const int PageMax = 1000;

    public static void Map(IEndpointRouteBuilder routes, ServeContext serve)
    {
        routes.MapGet("/api/v1/transitions", http => Transitions(http, serve))
            .WithMetadata(RouteAccess.Viewer)
            .Described("Transitions, newest first", typeof(TransitionPage),
                "equipment", "rule", "from", "to", "state", "category", "limit", "cursor");
        routes.MapGet("/api/v1/downtimes", http => Downtimes(http, serve))
            .WithMetadata(RouteAccess.Viewer)
            .Described("Downtimes, open ones first, then newest first", typeof(DowntimePage),
                "equipment", "rule", "from", "to", "state", "category", "status", "micro", "limit", "cursor");
    }

    private static Task Transitions(HttpContext http, ServeContext serve)
    {
        var query = serve.Query(http);
        var documents = serve.Documents;
        var equipment = query.Globs("equipment");
        var rule = query.Globs("rule");
        var (from, to) = (query.Time("from"), query.Time("to"));
        var state = query.Globs("state");
        var category = query.Word("category", CategoryWords.All);
        var limit = query.Whole("limit", 100, 1, PageMax);
        var before = query.Cursor("cursor");
        return ServeContext.Answer(http, query, () =>
        {
            // One more than asked, to know whether there is a next page.
            var rows = serve.Live.Transitions(before, limit + 1, row =>
                (from is null || row.Body.AtMicros >= from) && (to is null || row.Body.AtMicros < to)
                && (category is null || CategoryWords.Of(row.ToCategory) == category)
                && (equipment is null || equipment(documents.EquipmentId(row.EquipmentIndex)))
                && (rule is null || rule(documents.Word(row.Body.RuleWord) ?? ""))
                && (state is null || state(documents.Word(row.Body.ToWord) ?? "")));
            return new TransitionPage(
                [.. rows.Take(limit).Select(row => documents.Transition(row))],
                rows.Count > limit ? rows[limit - 1].Cursor.ToString() : null);
        }, ServeJson.Default.TransitionPage);
    }

    private static Task Downtimes(HttpContext http, ServeContext serve)
    {
        var query = serve.Query(http);
        var documents = serve.Documents;
        var wanted = DowntimeFilter(query, serve);
        var limit = query.Whole("limit", 100, 1, PageMax);
        var after = query.Text("cursor");
        var place = default((bool IsOpen, LiveCursor Cursor)?);
        if (after is not null && !TryPlace(after, out place))
        {
            return Problem.WriteAsync(http, StatusCodes.Status400BadRequest, $"cursor cannot be \"{after}\": the `next` of the page before.");
        }

        return ServeContext.Answer(http, query, () =>
        {
            var rows = serve.Live.Downtimes(row => IsBehind(row, place) && wanted(row));
            return new DowntimePage(
                [.. rows.Take(limit).Select(row => documents.Downtime(row))],
                rows.Count > limit ? (rows[limit - 1].IsOpen ? "open-" : "closed-") + rows[limit - 1].Cursor : null);
        }, ServeJson.Default.DowntimePage);
    }

    public static Func<LiveDowntime, bool> DowntimeFilter(QueryReader query, ServeContext serve)
    {
        var documents = serve.Documents;
        var equipment = query.Globs("equipment");
        var rule = query.Globs("rule");
        var (from, to) = (query.Time("from"), query.Time("to"));
        var state = query.Globs("state");
        var category = query.Word("category", "down", "unknown", "planned");
        var status = query.Word("status", "open", "closed");
        var micro = query.Flag("micro");
        return row =>
            // A downtime belongs to a window that it touches.
            (from is null || row.IsOpen || row.Body.EndMicros > from) && (to is null || row.Body.StartMicros < to)
            && (category is null || Documents.Category(row.Body.Category) == category)
            && (status is null || row.IsOpen == (status == "open"))
            && (micro is null || (row.Body.Micro == MicroStop.Yes) == micro)
            && (equipment is null || equipment(documents.EquipmentId(row.EquipmentIndex)))
            && (rule is null || rule(documents.Word(row.Body.RuleWord) ?? ""))
            && (state is null || state(documents.Word(row.Body.StateWord) ?? ""));
    }

    private static bool IsBehind(in LiveDowntime row, (bool IsOpen, LiveCursor Cursor)? place) =>
        place is not { } last
        || (row.IsOpen == last.IsOpen ? row.Cursor < last.Cursor : last.IsOpen);

    private static bool TryPlace(string text, out (bool IsOpen, LiveCursor Cursor)? place)
    {
        place = null;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || text[..dash] is not ("open" or "closed") || !LiveCursor.TryParse(text[(dash + 1)..], out var cursor))
        {
            return false;
        }

        place = (text[..dash] == "open", cursor);
        return true;
    }
}
