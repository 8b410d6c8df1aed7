using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HotPath.Kinesis.Http;
using HotPath.Kinesis.Raw;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HotPath.Kinesis;

/// <summary>
/// The Kinesis-compatible endpoint: a server of its own on its own port. Start it when the engine runs; stop it before
/// the engine is stopped, so that every call that was taken is still answered.
/// </summary>
internal sealed class KinesisEndpoint : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly KinesisHandler _handler;
    private readonly X509Certificate2? _certificate;

    /// <exception cref="KinesisConfigurationException">The options, the keys or the certificate are not usable.</exception>
    public KinesisEndpoint(KinesisOptions options, KinesisParts parts)
    {
        options.Check();
        _certificate = options.CertificatePath is { } path ? LoadCertificate(path) : null;
        _handler = new KinesisHandler(options, parts, Counters);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => Configure(server, options, _certificate));
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, ReceiveMemory>();
        _application = builder.Build();
        _application.Run(_handler.HandleAsync);
    }

    public KinesisCounters Counters { get; } = new();

    /// <summary>The raw records that are kept; null = none are.</summary>
    public RawLog? Raw => _handler.Raw;

    /// <summary>Where it listens: known after the start, also when any free port was asked for.</summary>
    public IPEndPoint LocalEndPoint
    {
        get
        {
            var addresses = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
            var address = new Uri(addresses!.Addresses.Single());
            return new IPEndPoint(IPAddress.Parse(address.Host.Trim('[', ']')), address.Port);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _handler.Start();
        return _application.StartAsync(cancellationToken);
    }

    /// <inheritdoc cref="KinesisHandler.ReloadKeys"/>
    public void ReloadKeys() => _handler.ReloadKeys();

    /// <summary>Takes no new connections, answers the calls under way, and ends.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _handler.EndSubscriptions();
        return _application.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _handler.Dispose();
        _certificate?.Dispose();
    }

    private static void Configure(KestrelServerOptions server, KinesisOptions options, X509Certificate2? certificate)
    {
        const int Http2StreamsMax = 1000;
        const int Http2WindowBytes = 1024 * 1024;

        server.AddServerHeader = false;
        server.Limits.MaxConcurrentConnections = options.Limits.ConnectionsMax;
        server.Limits.MaxRequestBodySize = null; // The handler counts, so that too much is answered in its own words.
        server.Limits.Http2.MaxStreamsPerConnection = Http2StreamsMax;
        server.Limits.Http2.InitialConnectionWindowSize = Http2WindowBytes;
        server.Limits.Http2.InitialStreamWindowSize = Http2WindowBytes;
        server.AllowAlternateSchemes = true; // HTTP/2 with prior knowledge says http where TLS would be expected.
        server.Listen(options.Listen, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            if (certificate is null)
            {
                listen.Use(PriorKnowledge.Detect);
            }
            else
            {
                listen.UseHttps(certificate);
            }
        });
    }

    private static X509Certificate2 LoadCertificate(string path)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(path);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new KinesisConfigurationException(
                $"The certificate {path} cannot be used: {fault.Message} Give a PEM file with the certificate and its key.",
                fault);
        }
    }
}
