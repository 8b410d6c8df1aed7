using System.Text.Json;
using HotPath.Audit;
using HotPath.Engine.Native;
using HotPath.Serve.Auth;
using HotPath.Serve.Live;

namespace HotPath.Serve.Http;

/// <summary>What operators say of downtimes, and the log of every change that anybody made.</summary>
internal static class AcknowledgeRoutes
{
    private const int ReasonCharsMax = 200;
    private const int NoteCharsMax = 2_000;
    private const int LinesMax = 1_000;

    public static void Map(IEndpointRouteBuilder routes, ServeContext serve, AuditLog log, Acknowledgements acknowledgements)
    {
        routes.MapPost("/api/v1/downtimes/{id}/acknowledge", http => Put(http, serve, acknowledgements))
            .WithMetadata(RouteAccess.Operator)
            .Described("Says why a machine stood, in place of what was said before", typeof(DowntimeDocument))
            .Takes("application/json", "reason, up to 200 characters; note, up to 2,000, may be left out.")
            .Refuses(StatusCodes.Status404NotFound, typeof(Problem));
        routes.MapDelete("/api/v1/downtimes/{id}/acknowledge", http => Withdraw(http, serve, acknowledgements))
            .WithMetadata(RouteAccess.Operator)
            .Described("Takes back what was said of a downtime", typeof(DowntimeDocument))
            .Refuses(StatusCodes.Status404NotFound, typeof(Problem));
        routes.MapGet("/api/v1/audit", http => Audit(http, serve, log))
            .WithMetadata(RouteAccess.Engineer)
            .Described("Every change that somebody made, the newest first", typeof(AuditPage), "before", "limit");
    }

    private static async Task Put(HttpContext http, ServeContext serve, Acknowledgements acknowledgements)
    {
        if (Find(http, serve) is not { } downtime)
        {
            await NoDowntimeAsync(http);
            return;
        }

        var (said, fault) = await ReadAsync(http);
        if (fault is not null)
        {
            await Problem.WriteAsync(http, StatusCodes.Status400BadRequest, fault);
            return;
        }

        var id = serve.Documents.DowntimeId(downtime);
        await AnswerAsync(http, serve, downtime, acknowledgements.TryPut(id, said!.Reason!.Trim(), said.Note?.Trim(), Caller.ActorOf(http), serve.Now));
    }

    private static async Task Withdraw(HttpContext http, ServeContext serve, Acknowledgements acknowledgements)
    {
        if (Find(http, serve) is not { } downtime || acknowledgements.Of(serve.Documents.DowntimeId(downtime)) is null)
        {
            await NoDowntimeAsync(http);
            return;
        }

        await AnswerAsync(http, serve, downtime, acknowledgements.TryWithdraw(serve.Documents.DowntimeId(downtime), Caller.ActorOf(http)));
    }

    private static Task Audit(HttpContext http, ServeContext serve, AuditLog log)
    {
        var query = serve.Query(http);
        var limit = query.Whole("limit", 100, 1, LinesMax);
        var before = query.Whole("before", int.MaxValue, 1, int.MaxValue);
        return ServeContext.Answer(http, query, () =>
        {
            var lines = log.Newest(before, limit);
            return new AuditPage(lines, lines.Count == limit && lines[^1].Number > 1 ? lines[^1].Number : null);
        }, ServeJson.Default.AuditPage);
    }

    private static async Task<(AcknowledgeRequest? Said, string? Fault)> ReadAsync(HttpContext http)
    {
        AcknowledgeRequest? said;
        try
        {
            said = await JsonSerializer.DeserializeAsync(http.Request.Body, ServeJson.Default.AcknowledgeRequest, http.RequestAborted);
        }
        catch (JsonException fault)
        {
            return (null, $"The body is not what is expected ({fault.Message}): {{\"reason\": \"...\", \"note\": \"...\"}}.");
        }

        return said switch
        {
            { Reason: null or "" } or null => (null, "A reason is needed: {\"reason\": \"no material\"}."),
            _ when string.IsNullOrWhiteSpace(said.Reason) => (null, "The reason is blank."),
            { Reason.Length: > ReasonCharsMax } => (null, $"The reason has {said.Reason.Length} characters; {ReasonCharsMax} are allowed. What is longer is a note."),
            { Note.Length: > NoteCharsMax } => (null, $"The note has {said.Note.Length} characters; {NoteCharsMax} are allowed."),
            _ => (said, null),
        };
    }

    private static LiveDowntime? Find(HttpContext http, ServeContext serve)
    {
        // Kestrel leaves an escaped slash as it is, so that it separates nothing; machines may have slashes in their names.
        var id = ((string)http.GetRouteValue("id")!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var found = serve.Live.Downtimes(row => serve.Documents.DowntimeId(row) == id);
        return found.Count > 0 ? found[0] : null;
    }

    private static Task AnswerAsync(HttpContext http, ServeContext serve, LiveDowntime downtime, DiskError error)
    {
        if (!error.IsNone)
        {
            return Problem.WriteAsync(
                http, StatusCodes.Status503ServiceUnavailable, $"The audit log cannot be written, so nothing was changed: {error}.");
        }

        serve.Live.Hub.Publish(new LiveItem(downtime) { IsSaid = true });
        return ServeContext.Answer(http, serve.Documents.Downtime(downtime), ServeJson.Default.DowntimeDocument);
    }

    private static Task NoDowntimeAsync(HttpContext http) => Problem.WriteAsync(
        http, StatusCodes.Status404NotFound, "No such downtime is remembered here, or nothing was said of it; older ones are in the table downtimes.");
}
