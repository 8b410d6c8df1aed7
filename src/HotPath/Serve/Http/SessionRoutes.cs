using HotPath.Serve.Auth;

namespace HotPath.Serve.Http;

/// <summary>Where the page takes its key once.</summary>
internal static class SessionRoutes
{
    public static void Map(IEndpointRouteBuilder routes, ServeContext serve)
    {
        routes.MapPost("/session", http => SignIn(http, serve)).WithMetadata(RouteAccess.Anybody);
        routes.MapPost("/session/end", http =>
        {
            serve.Gate.SignOut(http);
            http.Response.Redirect("/");
            return Task.CompletedTask;
        }).WithMetadata(RouteAccess.Anybody);
    }

    private static async Task SignIn(HttpContext http, ServeContext serve)
    {
        if (!http.Request.HasFormContentType)
        {
            await Problem.WriteAsync(http, StatusCodes.Status400BadRequest, "Send the key as a form: key=hp_...");
            return;
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (serve.Gate.TrySignIn(http, form["key"].ToString().Trim()))
        {
            http.Response.Redirect("/");
            return;
        }

        await SignInPage.WriteAsync(http);
    }
}
