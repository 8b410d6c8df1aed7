using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Engine.Agents;

namespace HotPath.Outputs;

/// <summary>
/// POSTs each row to a URL as a CloudEvent 1.0 in structured JSON, one after the other. With a secret it is signed in the
/// way of standardwebhooks.com: <c>webhook-id</c>, <c>webhook-timestamp</c>, <c>webhook-signature: v1,base64</c> of
/// HMAC-SHA256 over <c>id.timestamp.body</c>.
/// </summary>
/// <remarks>
/// <code>
/// {"specversion":"1.0","id":I,"source":"/hotpath/instance","type":"hotpath.transition"|"hotpath.downtime",
///  "subject":equipment,"time":T,"datacontenttype":"application/json","data":{the row}}
/// </code>
/// 2xx is delivered; 408, 425, 429, 5xx and no answer are tried again, Retry-After is heeded; everything else, redirects
/// too, will never do.
/// </remarks>
internal sealed class WebhookTarget : IOutputTarget
{
    private const int ProblemBytesMax = 300;

    private readonly Uri _url;
    private readonly string _source;
    private readonly byte[]? _secret;
    private readonly IClock _clock;
    private readonly HttpClient _http;

    /// <param name="secret">What signs; null = nothing does. <c>whsec_</c> before base64, or plain text.</param>
    /// <param name="transport">Null = sockets.</param>
    public WebhookTarget(Uri url, Guid instance, string? secret, TimeSpan timeout, IClock clock, HttpMessageHandler? transport = null)
    {
        _url = url;
        _source = $"/hotpath/{instance}";
        _secret = secret is null ? null : SecretOf(secret);
        _clock = clock;
        transport ??= new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        _http = new HttpClient(transport) { Timeout = timeout };
    }

    public int RowsMax => 1;

    public int BytesMax => int.MaxValue;

    public async Task<Delivery[]> SendAsync(IReadOnlyList<OutputRow> rows, CancellationToken stop) => [await SendAsync(rows[0], stop)];

    public void Dispose() => _http.Dispose();

    private async Task<Delivery> SendAsync(OutputRow row, CancellationToken stop)
    {
        var body = EventOf(row);
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json") { CharSet = "utf-8" };
        Sign(request, row.Id, body);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            return await JudgeAsync(response, stop);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Delivery.Later($"No answer within {_http.Timeout}.");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return Delivery.Later(fault.Message);
        }
    }

    private async Task<Delivery> JudgeAsync(HttpResponseMessage response, CancellationToken stop)
    {
        if (response.IsSuccessStatusCode)
        {
            return Delivery.Done;
        }

        var status = (int)response.StatusCode;
        var problem = $"{status} {response.ReasonPhrase}: {await BeginOfAsync(response, stop)}";
        var wait = response.Headers.RetryAfter is { } after
            ? after.Delta ?? (after.Date is { } date ? date - DateTimeOffset.UnixEpoch.AddMicroseconds(_clock.NowMicros) : null)
            : null;
        return status is 408 or 425 or 429 or >= 500 ? Delivery.Later(problem, wait) : Delivery.Never(problem);
    }

    private static async Task<string> BeginOfAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var bytes = new byte[ProblemBytesMax];
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        var count = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, stop);
        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    private void Sign(HttpRequestMessage request, string id, byte[] body)
    {
        var timestamp = (_clock.NowMicros / 1_000_000).ToString(CultureInfo.InvariantCulture);
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        if (_secret is not null)
        {
            byte[] message = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
            var signed = HMACSHA256.HashData(_secret, message);
            request.Headers.Add("webhook-signature", "v1," + Convert.ToBase64String(signed));
        }
    }

    private byte[] EventOf(OutputRow row)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", row.Id);
            json.WriteString("source", _source);
            json.WriteString("type", "hotpath." + row.KindWord);
            json.WriteString("subject", row.Key);
            json.WriteString("time", RowJson.Time(row.AtMicros));
            json.WriteString("datacontenttype", "application/json");
            json.WritePropertyName("data");
            json.WriteRawValue(row.Json.Span, skipInputValidation: true);
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    private static byte[] SecretOf(string secret)
    {
        const string Prefix = "whsec_";
        return secret.StartsWith(Prefix, StringComparison.Ordinal)
            ? Convert.FromBase64String(secret[Prefix.Length..])
            : Encoding.UTF8.GetBytes(secret);
    }
}
