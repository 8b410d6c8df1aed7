using System.Globalization;
using System.Net;
using System.Text.Json;
using HotPath.Audit;
using HotPath.Configuration;
using HotPath.Serve;
using HotPath.Serve.Auth;
using HotPath.Serve.Live;
using HotPath.TestKit.Disk;

namespace HotPath.Tests.Serve;

/// <summary>A real server on a free loopback port with an invented plant behind it, and a client that talks to it.</summary>
internal sealed class ServeFixture : IAsyncDisposable
{
    private readonly HttpHost _host;

    private ServeFixture(FakePlant plant, FakeEngine engine, KeyRing? keys, bool metricsAnonymous, SimulatedDisk auditDisk)
    {
        AuditDisk = auditDisk;
        Plant = plant;
        Engine = engine;
        var http = new HttpOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), MetricsAnonymous = metricsAnonymous };
        var acknowledgements = new Acknowledgements();
        Audit = AuditLog.Open(AuditDisk, TimeProvider.System, acknowledgements.Recover);
        acknowledgements.WriteTo(Audit);
        var options = new HttpHostOptions(http, keys, "0.1.0-test")
        {
            Rules = new FakeRuleBook(engine),
            Audit = Audit,
            Acknowledgements = acknowledgements,
        };
        _host = new HttpHost(options, plant.Live, engine, plant.Names);
    }

    public FakePlant Plant { get; }

    public FakeEngine Engine { get; }

    public SimulatedDisk AuditDisk { get; }

    public AuditLog Audit { get; }

    public HttpHost Host => _host;

    public HttpClient Client { get; private set; } = new();

    public static async Task<ServeFixture> StartAsync(
        FakePlant? plant = null, KeyRing? keys = null, bool metricsAnonymous = true, LiveLimits? limits = null,
        SimulatedDisk? auditDisk = null)
    {
        var fixture = new ServeFixture(plant ?? new FakePlant(limits), new FakeEngine(), keys, metricsAnonymous, auditDisk ?? new SimulatedDisk());
        await fixture._host.StartAsync(CancellationToken.None);
        fixture.Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{fixture._host.Address.Port}")),
        };
        return fixture;
    }

    /// <summary>A 200 with a JSON body.</summary>
    public async Task<JsonElement> Json(string path)
    {
        using var response = await Client.GetAsync(new Uri(path, UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>An answer of another status, with its problem document.</summary>
    public async Task<JsonElement> Refused(HttpStatusCode status, string path)
    {
        using var response = await Client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.StopAsync(CancellationToken.None);
        await _host.DisposeAsync();
        Audit.Dispose();
    }
}
