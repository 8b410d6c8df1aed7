using HotPath.Audit;

namespace HotPath.Serve.Auth;

/// <summary>What a key may do; each role may do all that the ones before it may.</summary>
internal enum Role
{
    /// <summary>Sees everything.</summary>
    Viewer = 1,

    /// <summary>Also acknowledges and gives reasons.</summary>
    Operator = 2,

    /// <summary>Also changes rules.</summary>
    Engineer = 3,

    /// <summary>Also everything else.</summary>
    Admin = 4,
}

/// <summary>Who may call a route. Every route carries one; a route without any is for admins.</summary>
/// <param name="Required">Null = anybody.</param>
internal sealed record RouteAccess(Role? Required)
{
    public static readonly RouteAccess Anybody = new((Role?)null);

    public static readonly RouteAccess Viewer = new(Role.Viewer);

    public static readonly RouteAccess Operator = new(Role.Operator);

    public static readonly RouteAccess Engineer = new(Role.Engineer);

    public static readonly RouteAccess Admin = new(Role.Admin);

    public override string ToString() => Required?.ToString() ?? "Anybody";
}

/// <summary>Who makes a request, once the gate has let it through.</summary>
/// <param name="Id">Of the key; "local" without keys.</param>
internal sealed record Caller(string Id, Role Role)
{
    public static readonly Caller Local = new("local", Role.Admin);

    public static Caller Of(HttpContext http) => http.Features.Get<Caller>() ?? Local;

    /// <summary>As the audit log names who makes a request.</summary>
    public static Actor ActorOf(HttpContext http)
    {
        var caller = Of(http);
        return new Actor(caller.Id, caller.Role.ToString().ToLowerInvariant(), http.Connection.RemoteIpAddress?.ToString());
    }
}
