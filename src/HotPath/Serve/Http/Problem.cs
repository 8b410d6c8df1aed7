using System.Text.Json;

namespace HotPath.Serve.Http;

/// <summary>RFC 9457: what is wrong, in words that say what to do.</summary>
/// <param name="Faults">All of them at once; empty where the detail says all.</param>
internal sealed record Problem(string Type, string Title, int Status, string Detail, IReadOnlyList<string> Faults)
{
    public const string ContentType = "application/problem+json";

    public static Task WriteAsync(HttpContext http, int status, string detail, params IReadOnlyList<string> faults)
    {
        var problem = new Problem("about:blank", TitleOf(status), status, detail, faults);
        http.Response.StatusCode = status;
        http.Response.ContentType = ContentType;
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.Body.WriteAsync(
            JsonSerializer.SerializeToUtf8Bytes(problem, ServeJson.Default.Problem), http.RequestAborted).AsTask();
    }

    public static string TitleOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "The request is wrong",
        StatusCodes.Status401Unauthorized => "A key is needed",
        StatusCodes.Status403Forbidden => "Not allowed",
        StatusCodes.Status404NotFound => "Not found",
        StatusCodes.Status405MethodNotAllowed => "Not this method",
        StatusCodes.Status412PreconditionFailed => "Changed by somebody else",
        StatusCodes.Status413PayloadTooLarge => "Too large",
        StatusCodes.Status422UnprocessableEntity => "The document is faulty",
        StatusCodes.Status503ServiceUnavailable => "Not now",
        _ => "Failed",
    };
}
