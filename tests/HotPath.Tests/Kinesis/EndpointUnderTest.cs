using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HotPath.Engine.Agents;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Kinesis;
using HotPath.Kinesis.Raw;
using HotPath.Tests.Kinesis.Raw;
using HotPath.Tests.Outputs;

namespace HotPath.Tests.Kinesis;

/// <summary>An endpoint that really listens, on a free loopback port, with a fake ring and journal behind it.</summary>
internal sealed class EndpointUnderTest : IAsyncDisposable
{
    public const string AccessKeyId = "HPTESTGATEWAY";
    public const string Secret = "an invented secret/of+a gateway";
    public const string JsonType = "application/x-amz-json-1.1";
    public const string CborType = "application/x-amz-cbor-1.1";

    private readonly KinesisEndpoint _endpoint;
    private readonly string? _keysPath;

    private EndpointUnderTest(KinesisOptions options, bool verifies, LedgerUnderTest? ledger, long lsnNext, bool decodes)
    {
        Ring.LsnNext = options.Raw is not null && lsnNext > 0 ? lsnNext : Ring.LsnNext;
        Names = ledger?.Names ?? new NameTables();
        LsnNext = lsnNext;
        if (verifies)
        {
            _keysPath = Path.Combine(Path.GetTempPath(), $"hotpath-keys-{Guid.NewGuid():N}");
            File.WriteAllText(
                _keysPath,
                $"""
                # Invented keys.
                [gateway]
                aws_access_key_id = {AccessKeyId}
                aws_secret_access_key = {Secret}
                [session]
                aws_access_key_id = {AccessKeyId}2
                aws_secret_access_key = {Secret}
                aws_session_token = token+of/a=session
                """);
        }

        options = options with { Listen = new IPEndPoint(IPAddress.Loopback, 0), KeysPath = _keysPath };
        _endpoint = new KinesisEndpoint(
            options,
            new KinesisParts(Names, decodes ? () => new CountingIntake(Names) : Ring.NewIntake, Journal, Clock)
            {
                Ledger = ledger?.Source,
                NextLsn = () => options.Raw is null ? LsnNext : Ring.LsnNext,
                Journal = new RawJournal(
                    RawLogUnderTest.Instance, Ring.LsnNext - 1, () => Ring.LsnNext - 1, directory => Disk = new FaultyDisk(new LibcDisk(directory))),
                OnFault = Faults.Add,
            });
    }

    public List<Exception> Faults { get; } = [];

    /// <summary>Of the raw records, where they are kept.</summary>
    public FaultyDisk? Disk { get; private set; }

    public FakeRing Ring { get; } = new();

    public FakeJournal Journal { get; } = new();

    public NameTables Names { get; }

    /// <summary>Where shards that are closed now end.</summary>
    public long LsnNext { get; set; }

    public TestClock Clock { get; } = new();

    public KinesisCounters Counters => _endpoint.Counters;

    public IPEndPoint Address => _endpoint.LocalEndPoint;

    public HttpClient Client { get; private set; } = null!;

    public static async Task<EndpointUnderTest> StartAsync(
        KinesisOptions? options = null, bool verifies = false, LedgerUnderTest? ledger = null, long lsnNext = 0, bool decodes = false)
    {
        var endpoint = new EndpointUnderTest(
            options ?? new KinesisOptions { AllowAdministration = true }, verifies, ledger, lsnNext, decodes);
        await endpoint._endpoint.StartAsync(CancellationToken.None);
        var scheme = options?.CertificatePath is null ? "http" : "https";
        endpoint.Client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == "CN=localhost" },
        })
        {
            BaseAddress = new Uri($"{scheme}://{endpoint.Address}/"),
        };
        return endpoint;
    }

    /// <summary>A request as SDKs send it, not signed but claiming to be.</summary>
    public static HttpRequestMessage Request(string operation, byte[] body, string contentType = JsonType)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        request.Headers.Add("X-Amz-Target", $"Kinesis_20131202.{operation}");
        request.Headers.Add("X-Amz-Date", "20260102T030405Z");
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AK/20260102/eu/kinesis/aws4_request, SignedHeaders=host, Signature=00");
        return request;
    }

    public async Task<Answered> CallAsync(string operation, string json)
    {
        using var request = Request(operation, Encoding.UTF8.GetBytes(json));
        return await SendAsync(request);
    }

    public async Task<Answered> SendAsync(HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request);
        return new Answered(
            (int)response.StatusCode,
            await response.Content.ReadAsByteArrayAsync(),
            response.Headers.Concat(response.Content.Headers)
                .ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Writes the file of keys anew and has it read again.</summary>
    public void ReloadKeys(string text)
    {
        File.WriteAllText(_keysPath!, text);
        _endpoint.ReloadKeys();
    }

    public Task StopAsync() => _endpoint.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await StopAsync();
        await _endpoint.DisposeAsync();
        if (_keysPath is not null)
        {
            File.Delete(_keysPath);
        }
    }
}

/// <summary>An answer, read whole.</summary>
internal sealed record Answered(int Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? Type => Json.GetProperty("__type").GetString();

    public string? Message => Json.GetProperty("message").GetString();
}

/// <summary>A clock that stands at 2026-01-02T03:04:05Z until it is moved.</summary>
internal sealed class TestClock : IClock
{
    public const string StartText = "20260102T030405Z";

    public long NowMicros { get; set; } =
        (new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
