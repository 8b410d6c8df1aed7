namespace HotPath.Serve.Http;

/// <summary>The outermost ring: headers that every answer carries, and words for answers that have none.</summary>
internal static class ResponseEdge
{
    private const string Policy =
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        if (http.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (BadHttpRequestException fault) when (!http.Response.HasStarted)
        {
            await Problem.WriteAsync(http, fault.StatusCode, fault.Message);
            return;
        }

        if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null })
        {
            await Problem.WriteAsync(http, http.Response.StatusCode, http.Response.StatusCode switch
            {
                StatusCodes.Status404NotFound => $"There is nothing at {http.Request.Path}. /openapi/v1.json lists what there is.",
                StatusCodes.Status405MethodNotAllowed => $"{http.Request.Path} does not take {http.Request.Method}.",
                _ => "The request cannot be answered.",
            });
        }
    }
}
