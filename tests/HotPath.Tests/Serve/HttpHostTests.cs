using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HotPath.Configuration;
using HotPath.Serve;

namespace HotPath.Tests.Serve;

public sealed class HttpHostTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task With_a_certificate_it_speaks_TLS_and_takes_a_new_one_without_a_restart()
    {
        WriteCertificate("first");
        var plant = new FakePlant();
        var http = new HttpOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Certificate = _file };
        await using var host = new HttpHost(new HttpHostOptions(http, null, "0"), plant.Live, new FakeEngine(), plant.Names);
        await host.StartAsync(CancellationToken.None);

        var before = await Subject(host);
        WriteCertificate("second");
        host.ReloadCertificate();
        var after = await Subject(host);
        await host.StopAsync(CancellationToken.None);

        Assert.Equal(("CN=first", "CN=second"), (before, after));
    }

    [Fact]
    public async Task Stopping_ends_live_streams_at_once()
    {
        var serve = await ServeFixture.StartAsync();
        using var stream = await serve.Client.GetStreamAsync(new Uri("/api/v1/live", UriKind.Relative));
        using var reader = new StreamReader(stream);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await reader.ReadLineAsync(patience.Token) is { } line && line != "event: hello")
        {
        }

        await serve.Host.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.DoesNotContain("event: hello", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private async Task<string> Subject(HttpHost host)
    {
        var subject = "";
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            using var written = X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData());
            using var expected = X509Certificate2.CreateFromPemFile(_file);
            subject = written.Subject;
            return written.Thumbprint == expected.Thumbprint;
        };
        using var client = new HttpClient(handler);
        using var response = await client.GetAsync(new Uri($"https://127.0.0.1:{host.Address.Port}/healthz/live"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.Contains("Strict-Transport-Security"));
        return subject;
    }

    private void WriteCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(_file, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
    }
}
