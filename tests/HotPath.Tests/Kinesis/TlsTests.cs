using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using HotPath.Kinesis;
using HotPath.TestKit;

namespace HotPath.Tests.Kinesis;

public sealed class TlsTests
{
    [Fact]
    public async Task With_a_certificate_the_port_speaks_both_versions_over_tls()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Combine("endpoint.pem");
        await File.WriteAllTextAsync(path, SelfSigned());
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions { CertificatePath = path });

        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var request = EndpointUnderTest.Request(
                "PutRecords", Encoding.UTF8.GetBytes(PutRecordsTests.Batch(["over tls"])));
            request.Version = version;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;

            using var response = await endpoint.Client.SendAsync(request);

            Assert.Equal((version, HttpStatusCode.OK), (response.Version, response.StatusCode));
        }

        Assert.Equal(["over tls", "over tls"], endpoint.Ring.Records.Select(record => record.Text));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_is_told_before_the_port_opens()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Combine("absent.pem");

        var fault = await Assert.ThrowsAsync<KinesisConfigurationException>(
            () => EndpointUnderTest.StartAsync(new KinesisOptions { CertificatePath = path }));

        Assert.Contains("absent.pem", fault.Message, StringComparison.Ordinal);
    }

    private static string SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UnixEpoch;
        using var certificate = request.CreateSelfSigned(now, now.AddYears(1000));
        return certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem();
    }
}
