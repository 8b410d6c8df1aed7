using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using HotPath.Engine.Agents;

namespace HotPath.Kinesis.Client;

/// <summary>Which service is called, and where.</summary>
/// <param name="Endpoint">Null = the region's own.</param>
/// <param name="Service">As requests are signed for it, and as its own endpoints are called: <c>kinesis</c>, <c>events</c>.</param>
/// <param name="TargetPrefix">Before the operation in X-Amz-Target.</param>
/// <param name="ContentType">Of requests.</param>
internal sealed record AwsService(string? Endpoint, string Region, string Service, string TargetPrefix, string ContentType)
{
    public static AwsService Kinesis(string? endpoint, string region) =>
        new(endpoint, region, "kinesis", "Kinesis_20131202.", "application/x-amz-json-1.1");

    public static AwsService EventBridge(string? endpoint, string region) =>
        new(endpoint, region, "events", "AWSEvents.", "application/x-amz-json-1.1");

    public Uri Address
    {
        get
        {
            var suffix = Region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com";
            return new Uri(Endpoint ?? $"https://{Service}.{Region}.{suffix}/");
        }
    }
}

/// <summary>
/// Calls a service of the AWS JSON protocol: signed, and with its clock corrected by the service's when they differ. Any
/// thread. One call, one answer: whether to come again is the caller's affair.
/// </summary>
internal sealed class AwsClient : IDisposable
{
    /// <summary>GetRecords gives up to 10 MB before base64.</summary>
    private const int AnswerBytesMax = 32 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly AwsService _service;
    private readonly AwsKeySource _keys;
    private readonly IClock _clock;
    private readonly RequestSignature _signature;
    private readonly HttpClient _http;
    private readonly Uri _address;
    private long _skewSeconds;
    private volatile bool _opensByHttp1;

    /// <param name="transport">Null = sockets.</param>
    public AwsClient(AwsService service, AwsKeySource keys, IClock clock, HttpMessageHandler? transport = null)
    {
        _service = service;
        _keys = keys;
        _clock = clock;
        _signature = new RequestSignature(service.Region, service.Service);
        _address = service.Address;
        transport ??= new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(60),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(30),
        };
        _http = new HttpClient(transport) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = AnswerBytesMax };
    }

    public Uri Address => _address;

    /// <summary>The answer's body, parsed. An empty one is an empty object.</summary>
    /// <exception cref="AwsFaultException">The service refused, or did not answer.</exception>
    public async Task<JsonDocument> CallAsync(string operation, byte[] body, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        using var response = await SendAsync(operation, body, HttpCompletionOption.ResponseContentRead, patience.Token, stop);
        var bytes = await response.Content.ReadAsByteArrayAsync(CancellationToken.None);
        try
        {
            return JsonDocument.Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes);
        }
        catch (JsonException fault)
        {
            throw new AwsFaultException("Network", $"{operation} at {_address} was answered with something that is no JSON.", fault);
        }
    }

    /// <summary>An answer that goes on: its headers have come, its body is read by the caller.</summary>
    /// <exception cref="AwsFaultException">The service refused, or did not answer.</exception>
    public async Task<HttpResponseMessage> OpenAsync(string operation, byte[] body, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        return await SendAsync(operation, body, HttpCompletionOption.ResponseHeadersRead, patience.Token, stop);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        string operation, byte[] body, HttpCompletionOption completion, CancellationToken patience, CancellationToken stop)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var request = await RequestAsync(operation, body, completion, patience);
            HttpResponseMessage response;
            try
            {
                response = await _http.SendAsync(request, completion, patience);
            }
            catch (HttpRequestException fault) when (
                request.Version == HttpVersion.Version20
                && request.VersionPolicy == HttpVersionPolicy.RequestVersionExact
                && fault.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError))
            {
                // On a port without TLS nobody can ask whether it speaks HTTP/2.
                _opensByHttp1 = true;
                continue;
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException || IsImpatience(fault, stop))
            {
                throw new AwsFaultException("Network", $"{operation} at {_address} was not answered: {fault.Message}", fault);
            }

            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                var refused = await FaultOf(operation, response);
                if (attempt > 0 || !TryCorrectClock(response, refused))
                {
                    throw refused;
                }
            }
        }
    }

    private static bool IsImpatience(Exception fault, CancellationToken stop) =>
        fault is OperationCanceledException && !stop.IsCancellationRequested;

    private async Task<HttpRequestMessage> RequestAsync(
        string operation, byte[] body, HttpCompletionOption completion, CancellationToken stop)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(body) };
        if (completion == HttpCompletionOption.ResponseHeadersRead && !_opensByHttp1)
        {
            // Answers that go on are served by HTTP/2 alone at the service itself; others give them by 1.1 too.
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = _address.Scheme == Uri.UriSchemeHttps
                ? HttpVersionPolicy.RequestVersionOrLower
                : HttpVersionPolicy.RequestVersionExact;
        }

        request.Content.Headers.ContentType = new MediaTypeHeaderValue(_service.ContentType);
        request.Headers.Add("x-amz-target", _service.TargetPrefix + operation);
        var key = await _keys(stop);
        _signature.Sign(request, body, key, (_clock.NowMicros / 1_000_000) + Volatile.Read(ref _skewSeconds));
        return request;
    }

    /// <summary>Only a refusal that is about time: else a wrong key would be tried twice.</summary>
    private bool TryCorrectClock(HttpResponseMessage response, AwsFaultException refused)
    {
        var isAboutTime = refused.Type is "RequestTimeTooSkewed" or "RequestExpired"
            || (refused.Type == "InvalidSignatureException"
                && (refused.Message.Contains("Signature expired", StringComparison.Ordinal)
                    || refused.Message.Contains("not yet current", StringComparison.Ordinal)));
        if (!isAboutTime || response.Headers.Date is not { } date)
        {
            return false;
        }

        Volatile.Write(ref _skewSeconds, date.ToUnixTimeSeconds() - (_clock.NowMicros / 1_000_000));
        return true;
    }

    private static async Task<AwsFaultException> FaultOf(string operation, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var type = response.Headers.TryGetValues("x-amzn-ErrorType", out var types) ? types.First() : $"Status{status}";
        var message = response.ReasonPhrase ?? "";
        try
        {
            using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
            type = body.RootElement.TryGetProperty("__type", out var stated) ? stated.GetString() ?? type : type;
            message = body.RootElement.TryGetProperty("message", out var text) || body.RootElement.TryGetProperty("Message", out text)
                ? text.GetString() ?? message
                : message;
        }
        catch (Exception fault) when (fault is JsonException or HttpRequestException or IOException or InvalidOperationException)
        {
            // Whatever stands before the service answers in its own words; the status says enough.
            message = $"{message} ({fault.GetType().Name})";
        }

        type = type[(type.LastIndexOf('#') + 1)..].Split(':')[0];
        return new AwsFaultException(type, $"{operation}: {type} ({status}): {message}");
    }
}
