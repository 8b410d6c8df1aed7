using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HotPath.Engine.Names;
using HotPath.Serve.Auth;
using HotPath.Serve.Live;

namespace HotPath.Serve.Http;

/// <summary>What every route needs. Immutable; any thread may use it.</summary>
internal sealed record ServeContext(
    LiveView Live,
    IEngineView Engine,
    NameTables Names,
    Documents Documents,
    SystemPulse Pulse,
    AccessGate Gate,
    TimeProvider Clock,
    CancellationToken Stopping)
{
    public DateTimeOffset Now => Clock.GetUtcNow();

    public QueryReader Query(HttpContext http) => new(http.Request.Query, Now);

    /// <summary>The document, or a problem that lists every fault of the query.</summary>
    public static Task Answer<T>(HttpContext http, QueryReader query, Func<T> document, JsonTypeInfo<T> type)
    {
        var faults = query.Faults();
        return faults.Count > 0
            ? Problem.WriteAsync(http, StatusCodes.Status400BadRequest, string.Join(' ', faults), faults)
            : Answer(http, document(), type);
    }

    public static Task Answer<T>(HttpContext http, T document, JsonTypeInfo<T> type)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        return JsonSerializer.SerializeAsync(http.Response.Body, document, type, http.RequestAborted);
    }
}
