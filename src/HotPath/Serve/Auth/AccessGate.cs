using System.Net;
using HotPath.Serve.Http;

namespace HotPath.Serve.Auth;

/// <summary>
/// Lets a request through when its route's <see cref="RouteAccess"/> allows it. Without keys the service listens on
/// loopback only and everyone there is admin, but only under a loopback name and from our own page: a web page
/// elsewhere must not reach it through the operator's browser.
/// </summary>
internal sealed class AccessGate(KeyRing? keys, bool isTls)
{
    public const string CookieName = "hotpath_key";

    private const string Bearer = "Bearer ";

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (keys is null && !IsLoopbackName(http.Request.Host.Host))
        {
            await Problem.WriteAsync(http, StatusCodes.Status403Forbidden,
                "Without API keys this service answers only under a loopback name, like localhost.");
            return;
        }

        if (!IsSafe(http.Request.Method) && !IsOwnOrigin(http.Request))
        {
            await Problem.WriteAsync(http, StatusCodes.Status403Forbidden, "A change must come from this service's own page.");
            return;
        }

        var required = (http.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>() ?? MissingRoute(http)).Required;
        var caller = keys is null ? Caller.Local : CallerOf(http);
        var role = caller?.Role;
        if (required is null || role >= required)
        {
            http.Features.Set(caller);
            await next(http);
            return;
        }

        if (role is null && WantsPage(http.Request))
        {
            await SignInPage.WriteAsync(http);
            return;
        }

        if (role is null)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer realm=\"hotpath\"";
            await Problem.WriteAsync(http, StatusCodes.Status401Unauthorized, "An API key is needed: Authorization: Bearer hp_...");
            return;
        }

        await Problem.WriteAsync(http, StatusCodes.Status403Forbidden, $"This needs the role {required}; the key has {role}.");
    }

    /// <summary>The page takes its key once and holds it in a cookie that no script can read.</summary>
    public bool TrySignIn(HttpContext http, string key)
    {
        if (keys is null || !keys.TryRole(key, out _, out _))
        {
            return false;
        }

        http.Response.Cookies.Append(CookieName, key, Cookie(TimeSpan.FromDays(30)));
        return true;
    }

    public void SignOut(HttpContext http) => http.Response.Cookies.Delete(CookieName, Cookie(null));

    private CookieOptions Cookie(TimeSpan? age) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = isTls,
        IsEssential = true,
        MaxAge = age,
        Path = "/",
    };

    private Caller? CallerOf(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        var key = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? header[Bearer.Length..].Trim()
            : http.Request.Cookies[CookieName];
        return key is not null && keys!.TryRole(key, out var id, out var role) ? new Caller(id, role) : null;
    }

    /// <summary>What does not exist is nobody's secret, but with keys not even that is told without one.</summary>
    private static RouteAccess MissingRoute(HttpContext http) => http.GetEndpoint() is null ? RouteAccess.Viewer : RouteAccess.Admin;

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static bool IsOwnOrigin(HttpRequest request)
    {
        // Programs send no Origin; a browser always does with a change.
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0
            || (Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private static bool WantsPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Path == "/";
}
