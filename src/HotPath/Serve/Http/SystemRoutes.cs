using HotPath.Serve.Auth;

namespace HotPath.Serve.Http;

/// <summary>Status and health.</summary>
internal static class SystemRoutes
{
    public static void Map(IEndpointRouteBuilder routes, ServeContext serve)
    {
        routes.MapGet("/api/v1/status", async http =>
            {
                await serve.Engine.LookAsync(http.RequestAborted);
                await ServeContext.Answer(http, serve.Query(http), serve.Pulse.Status, ServeJson.Default.StatusDocument);
            })
            .WithMetadata(RouteAccess.Viewer)
            .Described("The books, rates and positions", typeof(StatusDocument));

        routes.MapGet("/healthz/live", http =>
                Health(http, [new CheckView("process", true, "answers")]))
            .WithMetadata(RouteAccess.Anybody)
            .Described("The process answers", typeof(HealthDocument));
        routes.MapGet("/healthz/ready", http =>
                Health(http, [Startup(serve), .. serve.Engine.Checks]))
            .WithMetadata(RouteAccess.Viewer)
            .Described("Readings are taken and made durable", typeof(HealthDocument));
        routes.MapGet("/healthz/startup", http => Health(http, [Startup(serve)]))
            .WithMetadata(RouteAccess.Viewer)
            .Described("Start-up has finished", typeof(HealthDocument));
    }

    private static CheckView Startup(ServeContext serve) =>
        serve.Engine.IsStarted
            ? new CheckView("startup", true, "recovered, listeners bound")
            : new CheckView("startup", false, "recovering");

    private static Task Health(HttpContext http, IReadOnlyList<CheckView> checks)
    {
        var isGood = checks.All(check => check.IsGood);
        http.Response.StatusCode = isGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return ServeContext.Answer(
            http,
            new HealthDocument(Word(isGood), [.. checks.Select(check => new HealthCheck(check.Name, Word(check.IsGood), check.Reason))]),
            ServeJson.Default.HealthDocument);
    }

    private static string Word(bool isGood) => isGood ? "pass" : "fail";
}
