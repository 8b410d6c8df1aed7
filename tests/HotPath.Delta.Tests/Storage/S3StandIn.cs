using System.Collections.Concurrent;
using System.Globalization;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace HotPath.Delta.Tests.Storage;

/// <summary>What happens to a request on its way: nothing, or one of the ways in which stores and networks fail.</summary>
internal enum S3Fault
{
    None,

    /// <summary>The connection breaks before anything was done.</summary>
    LoseRequest,

    /// <summary>It is done, and the connection breaks before the answer.</summary>
    LoseAnswer,

    /// <summary>409: a race without a winner; nothing was done.</summary>
    Conflict,

    /// <summary>503, and nothing was done.</summary>
    Unavailable,

    /// <summary>503, though it was done.</summary>
    UnavailableButDone,
}

/// <summary>
/// A small object store on loopback that speaks enough of S3: objects, conditional PUT, ranges, listings in pages, uploads in
/// parts. A script of the test's decides what becomes of each request.
/// </summary>
internal sealed class S3StandIn : IDisposable
{
    private readonly ConcurrentDictionary<string, (byte[] Content, DateTimeOffset Modified)> _objects = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SortedDictionary<int, byte[]>> _uploads = new();
    private readonly RawHttpServer _server;

    public S3StandIn() => _server = new RawHttpServer(Answer);

    public string Endpoint => _server.Endpoint;

    /// <summary>Keys on a page of a listing.</summary>
    public int PageKeys { get; init; } = 3;

    /// <summary>Asked before each request is done: method and key.</summary>
    public Func<string, string, S3Fault> Fault { get; set; } = static (_, _) => S3Fault.None;

    /// <summary>Told after a request was done and before it is answered: method and key.</summary>
    public Action<string, string> Done { get; set; } = static (_, _) => { };

    /// <summary>What a reader is shown of an object, by its key.</summary>
    public Func<string, byte[], byte[]> Shown { get; set; } = static (_, content) => content;

    public ConcurrentQueue<string> Requests { get; } = new();

    public IReadOnlyList<string> Keys => [.. _objects.Keys.Order(StringComparer.Ordinal)];

    public int OpenUploads => _uploads.Count;

    public void Put(string key, byte[] content) => _objects[key] = (content, DateTimeOffset.UtcNow);

    public void Dispose() => _server.Dispose();

    private RawAnswer? Answer(RawRequest request)
    {
        var path = request.Path.TrimStart('/').Split('/', 2);
        var key = path.Length > 1 ? path[1] : "";
        Requests.Enqueue($"{request.Method} {key}");
        var fault = Fault(request.Method, key);
        switch (fault)
        {
            case S3Fault.LoseRequest:
                return null;
            case S3Fault.Conflict:
                return Refusal(409, "ConditionalRequestConflict");
            case S3Fault.Unavailable:
                return Refusal(503, "ServiceUnavailable");
            default:
                var answer = Do(request, key);
                Done(request.Method, key);
                return fault switch
                {
                    S3Fault.LoseAnswer => null,
                    S3Fault.UnavailableButDone => Refusal(503, "ServiceUnavailable"),
                    _ => answer,
                };
        }
    }

    private RawAnswer Do(RawRequest request, string key)
    {
        switch (request.Method)
        {
            case "PUT" when request.Query("uploadId") is { } upload:
                lock (_uploads[upload])
                {
                    _uploads[upload][int.Parse(request.Query("partNumber")!, CultureInfo.InvariantCulture)] = request.Body;
                }

                return new RawAnswer(200, []) { Headers = { ["ETag"] = "\"part\"" } };
            case "PUT":
                var isFree = request.Headers.GetValueOrDefault("If-None-Match") == "*"
                    ? _objects.TryAdd(key, (request.Body, DateTimeOffset.UtcNow))
                    : Replace(key, request.Body);
                return isFree ? Stored(request.Body) : Refusal(412, "PreconditionFailed");
            case "POST" when request.Query("uploadId") is { } upload:
                _uploads.TryRemove(upload, out var parts);
                Replace(key, [.. parts!.Values.SelectMany(static part => part)]);
                return Xml(200, $"<CompleteMultipartUploadResult><Key>{SecurityElement.Escape(key)}</Key></CompleteMultipartUploadResult>");
            case "POST":
                var id = Guid.NewGuid().ToString("N");
                _uploads[id] = [];
                return Xml(200, $"<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>");
            case "DELETE" when request.Query("uploadId") is { } upload:
                _uploads.TryRemove(upload, out _);
                return new RawAnswer(204, []);
            case "DELETE":
                _objects.TryRemove(key, out _);
                return new RawAnswer(204, []);
            case "GET" when key.Length == 0:
                return List(request);
            default:
                return Get(request, key);
        }
    }

    private bool Replace(string key, byte[] content)
    {
        _objects[key] = (content, DateTimeOffset.UtcNow);
        return true;
    }

    private RawAnswer Get(RawRequest request, string key)
    {
        if (!_objects.TryGetValue(key, out var found))
        {
            return Refusal(404, "NoSuchKey");
        }

        var content = Shown(key, found.Content);
        if (!request.Headers.TryGetValue("Range", out var range))
        {
            return new RawAnswer(200, content);
        }

        var bounds = range["bytes=".Length..].Split('-');
        var first = int.Parse(bounds[0], CultureInfo.InvariantCulture);
        var last = Math.Min(int.Parse(bounds[1], CultureInfo.InvariantCulture), content.Length - 1);
        return new RawAnswer(206, content[first..(last + 1)])
        {
            Headers = { ["Content-Range"] = $"bytes {first}-{last}/{content.Length}" },
        };
    }

    private RawAnswer List(RawRequest request)
    {
        var prefix = request.Query("prefix") ?? "";
        var delimiter = request.Query("delimiter");
        var after = request.Query("continuation-token") ?? request.Query("start-after") ?? "";
        var keys = Keys
            .Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(key, after) > 0)
            .Where(key => delimiter is null || !key[prefix.Length..].Contains(delimiter, StringComparison.Ordinal))
            .ToList();
        var xml = new StringBuilder("<ListBucketResult>");
        foreach (var key in keys.Take(PageKeys))
        {
            var (content, modified) = _objects[key];
            xml.Append(
                CultureInfo.InvariantCulture,
                $"<Contents><Key>{SecurityElement.Escape(key)}</Key><Size>{content.Length}</Size>"
                + $"<LastModified>{modified:yyyy-MM-ddTHH:mm:ss.fffZ}</LastModified></Contents>");
        }

        var isMore = keys.Count > PageKeys;
        xml.Append(CultureInfo.InvariantCulture, $"<IsTruncated>{(isMore ? "true" : "false")}</IsTruncated>");
        if (isMore)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<NextContinuationToken>{SecurityElement.Escape(keys[PageKeys - 1])}</NextContinuationToken>");
        }

        return Xml(200, xml.Append("</ListBucketResult>").ToString());
    }

    // Whoever gets no tag back takes the request for failed, as the store of the Delta kernel does.
    private static RawAnswer Stored(byte[] content) =>
        new(200, []) { Headers = { ["ETag"] = $"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"" } };

    private static RawAnswer Refusal(int status, string code) =>
        Xml(status, $"<Error><Code>{code}</Code><Message>{code}</Message></Error>");

    private static RawAnswer Xml(int status, string xml) =>
        new(status, Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + xml));
}
