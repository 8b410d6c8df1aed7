using System.Security.Cryptography;
using System.Text;

namespace HotPath.Serve.Http;

/// <summary>All that a browser without a key gets: a form for it. No script, and the one style is named by its hash.</summary>
internal static class SignInPage
{
    private const string Style =
        """
        :root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:100vh;margin:0;background:light-dark(#e9ebed,#16191c);color:light-dark(#22272b,#d5dade)}
        form{background:light-dark(#f6f7f8,#1f2428);padding:2rem;border-radius:8px;width:min(26rem,90vw);box-sizing:border-box}h1{font-size:1.25rem;margin:0 0 1rem}
        label{display:block;margin-bottom:.5rem}input,button{font:inherit;min-height:44px;width:100%;box-sizing:border-box;border-radius:6px;border:1px solid light-dark(#9aa3ab,#525b63);padding:0 .75rem}
        button{margin-top:1rem;background:light-dark(#31505f,#9fc3d6);color:light-dark(#fff,#111);border:0;font-weight:600}
        """;

    private static readonly string s_policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    private static readonly byte[] s_page = Encoding.UTF8.GetBytes(
        $"""
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>HotPath: sign in</title><style>{Style}</style></head><body><form method="post" action="/session">
        <h1>HotPath</h1><label for="key">API key of this workplace</label>
        <input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
        <button type="submit">Sign in</button></form></body></html>
        """);

    public static Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.ContentSecurityPolicy = s_policy;
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.Body.WriteAsync(s_page, http.RequestAborted).AsTask();
    }
}
