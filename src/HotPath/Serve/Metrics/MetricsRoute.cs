using System.Buffers;
using HotPath.Serve.Auth;
using HotPath.Serve.Http;

namespace HotPath.Serve.Metrics;

/// <summary>/metrics in the format that the scraper accepts best.</summary>
internal static class MetricsRoute
{
    public static void Map(IEndpointRouteBuilder routes, ServeContext serve, HttpHostOptions options) =>
        routes.MapGet("/metrics", http => Send(http, serve, options.Version))
            .WithMetadata(options.Http.MetricsAnonymous ? RouteAccess.Anybody : RouteAccess.Viewer)
            .Described("Prometheus text 0.0.4, or OpenMetrics 1.0 by Accept", typeof(string));

    private static async Task Send(HttpContext http, ServeContext serve, string version)
    {
        await serve.Engine.LookAsync(http.RequestAborted);
        var isOpen = AcceptsOpenMetrics(http.Request.Headers.Accept.ToString());
        var buffer = new ArrayBufferWriter<byte>(32 << 10);
        var writer = new MetricsWriter(buffer, isOpen);
        EngineMetrics.Write(writer, serve.Engine, serve.Live, version);
        ProcessMetrics.Write(writer);
        writer.End();
        http.Response.ContentType = isOpen ? MetricsWriter.OpenMetricsType : MetricsWriter.TextType;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentLength = buffer.WrittenCount;
        await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }

    /// <summary>Prometheus lists its wishes in the order of preference; who does not name OpenMetrics 1.0 gets text.</summary>
    private static bool AcceptsOpenMetrics(string accept)
    {
        foreach (var wish in accept.Split(',', StringSplitOptions.TrimEntries))
        {
            if (wish.StartsWith("application/openmetrics-text", StringComparison.OrdinalIgnoreCase)
                && (!wish.Contains("version=", StringComparison.Ordinal) || wish.Contains("version=1.0", StringComparison.Ordinal))
                && !wish.Replace(" ", "", StringComparison.Ordinal).EndsWith(";q=0", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
