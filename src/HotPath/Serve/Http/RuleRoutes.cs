using System.Globalization;
using System.Text.Json;
using HotPath.Engine.Rules;
using HotPath.Serve.Auth;
using Microsoft.AspNetCore.Http.Features;

namespace HotPath.Serve.Http;

/// <summary>
/// The rules: in force, as they were, and changed. A change answers when the journal holds it. With If-Match it is
/// refused when another version is in force than the caller has seen, so that two editors cannot undo each other unseen.
/// </summary>
internal static class RuleRoutes
{
    private const int VersionsMax = 1_000;

    public static void Map(IEndpointRouteBuilder routes, ServeContext serve, IRuleBook book)
    {
        routes.MapGet("/api/v1/rules", http => Current(http, serve, book))
            .WithMetadata(RouteAccess.Viewer)
            .Described("The rules in force, as written", typeof(RulesDocument));
        routes.MapPut("/api/v1/rules", http => Put(http, serve, book))
            .WithMetadata(RouteAccess.Engineer)
            .Described("Puts a rule document (YAML or JSON) into force, or with dryRun only checks it", typeof(RuleChangeDocument), "dryRun")
            .Takes("application/yaml", "The rule document.")
            .Refuses(StatusCodes.Status412PreconditionFailed, typeof(RuleProblem))
            .Refuses(StatusCodes.Status422UnprocessableEntity, typeof(RuleProblem));
        routes.MapGet("/api/v1/rules/versions", http => Versions(http, serve, book))
            .WithMetadata(RouteAccess.Viewer)
            .Described("Every version that was in force, the newest first", typeof(RuleVersionsDocument), "before", "limit");
        routes.MapGet("/api/v1/rules/versions/{version}", http => OneVersion(http, serve, book))
            .WithMetadata(RouteAccess.Viewer)
            .Described("A version as it was written", typeof(RuleVersionDocument));
        routes.MapPost("/api/v1/rules/versions/{version}/rollback", http => RollBack(http, serve, book))
            .WithMetadata(RouteAccess.Engineer)
            .Described("Puts the document of an earlier version into force again, as a new version", typeof(RuleChangeDocument))
            .Refuses(StatusCodes.Status412PreconditionFailed, typeof(RuleProblem));
    }

    private static Task Current(HttpContext http, ServeContext serve, IRuleBook book)
    {
        var rules = book.Current;
        http.Response.Headers.ETag = Tag(rules.Version);
        return ServeContext.Answer(
            http,
            serve.Query(http),
            () => new RulesDocument(
                rules.Version,
                rules.Sha256,
                Documents.Time(rules.AppliedAtMicros),
                Documents.Time(rules.LastReloadAtMicros),
                rules.LastReloadProblem,
                [.. rules.Rules.Select(rule => new RuleLine(rule.Id, rule.Title, rule.DrivesDowntime))],
                rules.Document),
            ServeJson.Default.RulesDocument);
    }

    private static async Task Put(HttpContext http, ServeContext serve, IRuleBook book)
    {
        var query = serve.Query(http);
        var isDryRun = query.Flag("dryRun") ?? false;
        var expected = Expected(http, query);
        if (query.Faults() is { Count: > 0 } faults)
        {
            await Problem.WriteAsync(http, StatusCodes.Status400BadRequest, string.Join(' ', faults), faults);
            return;
        }

        var request = new RuleRequest(await BodyAsync(http), expected, isDryRun, Caller.ActorOf(http));
        await AnswerAsync(http, await book.PutAsync(request, http.RequestAborted));
    }

    private static async Task RollBack(HttpContext http, ServeContext serve, IRuleBook book)
    {
        var query = serve.Query(http);
        var expected = Expected(http, query);
        var version = VersionOf(http, query);
        if (query.Faults() is { Count: > 0 } faults)
        {
            await Problem.WriteAsync(http, StatusCodes.Status400BadRequest, string.Join(' ', faults), faults);
            return;
        }

        await AnswerAsync(http, await book.RollBackAsync(version, expected, Caller.ActorOf(http), http.RequestAborted));
    }

    private static async Task Versions(HttpContext http, ServeContext serve, IRuleBook book)
    {
        var query = serve.Query(http);
        var limit = query.Whole("limit", 100, 1, VersionsMax);
        var before = query.Whole("before", int.MaxValue, 1, int.MaxValue);
        if (query.Faults() is { Count: > 0 } faults)
        {
            await Problem.WriteAsync(http, StatusCodes.Status400BadRequest, string.Join(' ', faults), faults);
            return;
        }

        var versions = await book.VersionsAsync(before, limit, http.RequestAborted);
        var items = versions.Select(one => new RuleVersionLine(one.Version, Documents.Time(one.AppliedAtMicros), one.Sha256)).ToList();
        var next = items.Count == limit && items[^1].Version > 1 ? items[^1].Version : (long?)null;
        await ServeContext.Answer(
            http, new RuleVersionsDocument(book.Current.Version, items, next), ServeJson.Default.RuleVersionsDocument);
    }

    private static async Task OneVersion(HttpContext http, ServeContext serve, IRuleBook book)
    {
        var query = serve.Query(http);
        var version = VersionOf(http, query);
        if (query.Faults() is { Count: > 0 } faults)
        {
            await Problem.WriteAsync(http, StatusCodes.Status400BadRequest, string.Join(' ', faults), faults);
            return;
        }

        if (await book.VersionAsync(version, http.RequestAborted) is not { Document: { } text } found)
        {
            await NoVersionAsync(http);
            return;
        }

        http.Response.Headers.ETag = Tag(version);
        await ServeContext.Answer(
            http,
            new RuleVersionDocument(found.Version, Documents.Time(found.AppliedAtMicros), found.Sha256, text),
            ServeJson.Default.RuleVersionDocument);
    }

    private static Task AnswerAsync(HttpContext http, RuleAnswer answer)
    {
        http.Response.Headers.ETag = Tag(answer.Version);
        return answer.Outcome switch
        {
            RuleOutcome.Faulty => FaultsAsync(http, answer),
            RuleOutcome.NoSuchVersion => NoVersionAsync(http),
            RuleOutcome.OtherVersion => Problem.WriteAsync(
                http,
                StatusCodes.Status412PreconditionFailed,
                string.Create(CultureInfo.InvariantCulture, $"Version {answer.Version} is in force by now. Read it, and send the change again with its ETag.")),
            RuleOutcome.NotDurable => Problem.WriteAsync(
                http,
                StatusCodes.Status503ServiceUnavailable,
                string.Create(CultureInfo.InvariantCulture, $"Version {answer.Version} is in force, but the journal has failed: a restart may not know it.")),
            _ => ServeContext.Answer(
                http,
                new RuleChangeDocument(
                    answer.Outcome.ToString().ToLowerInvariant(),
                    answer.Version,
                    answer.Difference!.Added,
                    answer.Difference.Removed,
                    answer.Difference.Changed,
                    answer.Difference.UnchangedCount),
                ServeJson.Default.RuleChangeDocument),
        };
    }

    private static Task FaultsAsync(HttpContext http, RuleAnswer answer) => FaultsAsync(
        http, answer.Faults, string.Create(CultureInfo.InvariantCulture, $"version {answer.Version} stays in force"));

    /// <param name="http">The call.</param>
    /// <param name="faults">Of the document that came.</param>
    /// <param name="outcome">What that means.</param>
    public static Task FaultsAsync(HttpContext http, IReadOnlyList<RuleFault> faults, string outcome)
    {
        var problem = new RuleProblem(
            "about:blank",
            Problem.TitleOf(StatusCodes.Status422UnprocessableEntity),
            StatusCodes.Status422UnprocessableEntity,
            string.Create(CultureInfo.InvariantCulture, $"The document has {faults.Count} faults; {outcome}."),
            [.. faults.Select(fault => new RuleFaultDocument(fault.Line, fault.Column, fault.Problem, fault.Cure, fault.Excerpt))]);
        http.Response.StatusCode = problem.Status;
        http.Response.ContentType = Problem.ContentType;
        http.Response.Headers.CacheControl = "no-store";
        return JsonSerializer.SerializeAsync(http.Response.Body, problem, ServeJson.Default.RuleProblem, http.RequestAborted);
    }

    private static Task NoVersionAsync(HttpContext http) => Problem.WriteAsync(
        http, StatusCodes.Status404NotFound, "There was no such version. /api/v1/rules/versions lists those that were.");

    public static async Task<ReadOnlyMemory<byte>> BodyAsync(HttpContext http)
    {
        // One byte more, so that what is too long is refused in the words of a rule document.
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = RuleLimits.DocumentBytesMax + 1;
        using var bytes = new MemoryStream();
        await http.Request.Body.CopyToAsync(bytes, http.RequestAborted);
        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }

    private static string Tag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    private static long? Expected(HttpContext http, QueryReader query)
    {
        var header = http.Request.Headers.IfMatch.ToString();
        if (header is "" or "*")
        {
            return null;
        }

        if (header.Length > 2 && header[0] == '"' && header[^1] == '"'
            && long.TryParse(header.AsSpan(1, header.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            return version;
        }

        query.Refuse($"If-Match cannot be {header}: the ETag of /api/v1/rules, such as \"7\".");
        return null;
    }

    private static long VersionOf(HttpContext http, QueryReader query)
    {
        var text = (string)http.Request.RouteValues["version"]!;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            query.Refuse($"A version is a whole number, not \"{text}\".");
        }

        return version;
    }
}
