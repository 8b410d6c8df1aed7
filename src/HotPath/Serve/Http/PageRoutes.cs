using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using HotPath.Serve.Auth;

namespace HotPath.Serve.Http;

/// <summary>The page and its parts, embedded in the assembly, compressed once at start.</summary>
internal static class PageRoutes
{
    private const string ResourcePrefix = "page/";

    private static readonly FrozenDictionary<string, string> s_types = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)))
        {
            var asset = PageAsset.Load(assembly, name, s_types[Path.GetExtension(name)]);
            var path = name[ResourcePrefix.Length..];
            routes.MapGet(path == "index.html" ? "/" : "/" + path, asset.SendAsync).WithMetadata(RouteAccess.Viewer);
        }
    }

    /// <summary>The names of everything that the page is made of, and its size on the wire.</summary>
    public static IReadOnlyDictionary<string, int> CompressedBytes()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .ToDictionary(name => name[ResourcePrefix.Length..], name => PageAsset.Load(assembly, name, "").CompressedBytes);
    }

    private sealed class PageAsset(byte[] plain, byte[] compressed, string contentType, string etag)
    {
        public int CompressedBytes => compressed.Length;

        public static PageAsset Load(Assembly assembly, string name, string contentType)
        {
            using var resource = assembly.GetManifestResourceStream(name)!;
            using var plain = new MemoryStream();
            resource.CopyTo(plain);
            using var compressed = new MemoryStream();
            using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
            {
                gzip.Write(plain.GetBuffer(), 0, (int)plain.Length);
            }

            var etag = '"' + Convert.ToHexStringLower(SHA256.HashData(plain.ToArray()).AsSpan(0, 8)) + '"';
            return new PageAsset(plain.ToArray(), compressed.ToArray(), contentType, etag);
        }

        public Task SendAsync(HttpContext http)
        {
            var response = http.Response;
            // Checked each time, and cheap: an update of the service is an update of the page.
            response.Headers.CacheControl = "no-cache";
            response.Headers.ETag = etag;
            response.Headers.Vary = "Accept-Encoding";
            if (http.Request.Headers.IfNoneMatch == etag)
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }

            response.ContentType = contentType;
            var isCompressed = http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
            if (isCompressed)
            {
                response.Headers.ContentEncoding = "gzip";
            }

            var body = isCompressed ? compressed : plain;
            response.ContentLength = body.Length;
            return response.Body.WriteAsync(body, http.RequestAborted).AsTask();
        }
    }
}
