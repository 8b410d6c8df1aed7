using System.Buffers;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using HotPath.Audit;
using HotPath.Backtests;
using HotPath.Configuration;
using HotPath.Engine.Names;
using HotPath.Serve.Auth;
using HotPath.Serve.Http;
using HotPath.Serve.Live;
using HotPath.Serve.Metrics;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace HotPath.Serve;

/// <summary>How the HTTP side is built.</summary>
/// <param name="Keys">Null = loopback only, and everyone is admin.</param>
internal sealed record HttpHostOptions(HttpOptions Http, KeyRing? Keys, string Version)
{
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How evidence of the ledger becomes JSON; by default it is taken as JSON already.</summary>
    public TransitionEvidence WriteEvidence { get; init; } = static (evidence, into) => into.Write(evidence);

    /// <summary>Null = rules cannot be changed here.</summary>
    public IRuleBook? Rules { get; init; }

    /// <summary>Null = there are no tables to test rules on.</summary>
    public Backtest? Backtest { get; init; }

    /// <summary>Null = nobody can say anything of downtimes here.</summary>
    public AuditLog? Audit { get; init; }

    public Acknowledgements Acknowledgements { get; init; } = new();

    /// <summary>Null = nothing is logged.</summary>
    public ILoggerProvider? Logs { get; init; }
}

/// <summary>
/// Page, API, metrics and health on one port. Started and stopped by the process, once each; its requests run on the
/// thread pool and never wait for the engine.
/// </summary>
internal sealed class HttpHost : IAsyncDisposable
{
    private const int ConnectionsMax = 1024;
    private const long BodyBytesMax = 1 << 20;

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SystemPulse _pulse;
    private readonly HttpOptions _http;
    private X509Certificate2? _certificate;
    private Task _beating = Task.CompletedTask;

    public HttpHost(HttpHostOptions options, LiveView live, IEngineView engine, NameTables names)
    {
        _http = options.Http;
        if (options.Keys is null && !IPAddress.IsLoopback(_http.Listen.Address))
        {
            throw new ArgumentException($"http.listen {_http.Listen} is not loopback, and there are no keys.", nameof(options));
        }

        ReloadCertificate();
        _pulse = new SystemPulse(live, engine, options.Clock, options.Version);
        var gate = new AccessGate(options.Keys, _certificate is not null);
        var serve = new ServeContext(live, engine, names, new Documents(names, options.WriteEvidence, options.Acknowledgements.Of), _pulse, gate, options.Clock, _stopping.Token);

        // Empty: neither appsettings.json nor ASPNETCORE_ variables may change what hotpath.yaml says.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(Listen);
        builder.Services.AddRoutingCore();
        builder.Services.AddOpenApi(document => document.AddDocumentTransformer((api, _, _) =>
        {
            api.Info.Title = "HotPath";
            api.Info.Version = options.Version;
            // Where it listens is no part of the contract.
            api.Servers?.Clear();
            return Task.CompletedTask;
        }));
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ServeJson.Default));
        if (options.Logs is not null)
        {
            builder.Logging.AddProvider(options.Logs).SetMinimumLevel(LogLevel.Warning);
        }

        _app = builder.Build();
        _app.Use(ResponseEdge.InvokeAsync);
        _app.UseRouting();
        _app.Use(gate.InvokeAsync);
        Map(serve, options);
    }

    /// <summary>Where it listens, once started; with port 0 configured, the port that it was given.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Every route with its policy, for the inventory.</summary>
    internal IReadOnlyList<RouteEndpoint> Routes =>
        [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];

    public async Task StartAsync(CancellationToken cancel)
    {
        await _app.StartAsync(cancel);
        var bound = new Uri(_app.Urls.Single());
        Address = new IPEndPoint(_http.Listen.Address, bound.Port);
        _beating = _pulse.RunAsync(_stopping.Token);
    }

    /// <summary>Ends live streams first, so that Kestrel has nothing to wait for.</summary>
    public async Task StopAsync(CancellationToken cancel)
    {
        await _stopping.CancelAsync();
        await _beating;
        await _app.StopAsync(cancel);
    }

    /// <summary>Takes the certificate file as it is now; connections that stand keep theirs.</summary>
    public void ReloadCertificate()
    {
        if (_http.Certificate is { } path)
        {
            Volatile.Write(ref _certificate, X509Certificate2.CreateFromPemFile(path));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _stopping.Dispose();
        _certificate?.Dispose();
    }

    private void Map(ServeContext serve, HttpHostOptions options)
    {
        PageRoutes.Map(_app);
        SessionRoutes.Map(_app, serve);
        EquipmentRoutes.Map(_app, serve);
        HistoryRoutes.Map(_app, serve);
        AnalysisRoutes.Map(_app, serve);
        KpiRoutes.Map(_app, serve);
        SourceRoutes.Map(_app, serve);
        TapRoutes.Map(_app, serve);
        LiveRoutes.Map(_app, serve);
        SystemRoutes.Map(_app, serve);
        if (options.Rules is { } rules)
        {
            RuleRoutes.Map(_app, serve, rules);
        }

        if (options.Backtest is { } backtest)
        {
            BacktestRoutes.Map(_app, serve, backtest);
        }

        if (options.Audit is { } audit)
        {
            AcknowledgeRoutes.Map(_app, serve, audit, options.Acknowledgements);
        }

        MetricsRoute.Map(_app, serve, options);
        _app.MapOpenApi("/openapi/{documentName}.json").WithMetadata(RouteAccess.Viewer);
    }

    private void Listen(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
        kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        kestrel.Listen(_http.Listen, listen =>
        {
            listen.Protocols = _certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (_certificate is not null)
            {
                listen.UseHttps(new HttpsConnectionAdapterOptions
                {
                    ServerCertificateSelector = (_, _) => Volatile.Read(ref _certificate),
                });
            }
        });
    }
}
