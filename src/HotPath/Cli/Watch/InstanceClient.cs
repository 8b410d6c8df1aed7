using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using HotPath.Configuration;

namespace HotPath.Cli.Watch;

/// <summary>Which instance a command looks at, and with which key: from options, else from the configuration and the environment.</summary>
internal sealed class InstanceOptions
{
    private const string DefaultConfig = "hotpath.yaml";
    private const string KeyVariable = "HOTPATH_KEY";

    private readonly Option<string?> _url = new("--url") { Description = "Where it listens; else as the configuration says, http://127.0.0.1:8080 without any" };
    private readonly Option<string?> _config = new("--config") { Description = $"Configuration; {DefaultConfig} if it is there" };
    private readonly Option<string?> _keyFile = new("--key-file") { Description = $"A file with the API key; else the environment's {KeyVariable}" };
    private readonly Option<string?> _certificate = new("--certificate") { Description = "PEM: the one certificate to trust, where it is the instance's own" };

    public void AddTo(Command command)
    {
        command.Add(_url);
        command.Add(_config);
        command.Add(_keyFile);
        command.Add(_certificate);
    }

    /// <exception cref="FormatException">The options or the configuration are at fault; the message is all that a user needs.</exception>
    public InstanceClient Open(ParseResult parsed)
    {
        var key = parsed.GetValue(_keyFile) is { } file ? File.ReadAllText(file).Trim() : Environment.GetEnvironmentVariable(KeyVariable);
        return new InstanceClient(Address(parsed.GetValue(_url), parsed.GetValue(_config)), key, parsed.GetValue(_certificate));
    }

    private static Uri Address(string? url, string? config)
    {
        if (url is not null)
        {
            return Uri.TryCreate(url, UriKind.Absolute, out var given) && given.Scheme is "http" or "https"
                ? given
                : throw new FormatException($"--url cannot be \"{url}\": something like http://127.0.0.1:8080");
        }

        config ??= File.Exists(DefaultConfig) ? DefaultConfig : null;
        if (!HotPathConfiguration.TryLoad(config, RunCommand.EnvironmentVariables(), [], out var configuration, out var faults))
        {
            throw new FormatException(string.Join(Environment.NewLine, faults.Select(fault => fault.ToString())));
        }

        var listen = configuration.Http.Listen;
        var host = listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : listen.Address;
        return new Uri($"{(configuration.Http.Certificate is null ? "http" : "https")}://{new IPEndPoint(host, listen.Port)}");
    }
}

/// <summary>Asks one running instance. One command uses it.</summary>
internal sealed class InstanceClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly X509Certificate2? _trusted;

    public InstanceClient(Uri address, string? key, string? certificatePath)
    {
        Address = address;
        _trusted = certificatePath is null ? null : X509Certificate2.CreateFromPem(File.ReadAllText(certificatePath));
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false };
        if (_trusted is not null)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, given, _, errors) =>
                errors == SslPolicyErrors.None || string.Equals(given?.GetCertHashString(), _trusted.GetCertHashString(), StringComparison.Ordinal);
        }

        _http = new HttpClient(handler) { BaseAddress = address };
        if (key is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public Uri Address { get; }

    public async Task<byte[]> GetAsync(string path, CancellationToken cancel)
    {
        using var response = await SendAsync(path, HttpCompletionOption.ResponseContentRead, cancel);
        return await response.Content.ReadAsByteArrayAsync(cancel);
    }

    /// <summary>A stream that lasts; dispose of the response ends it.</summary>
    public Task<HttpResponseMessage> OpenStreamAsync(string path, CancellationToken cancel) =>
        SendAsync(path, HttpCompletionOption.ResponseHeadersRead, cancel);

    public void Dispose()
    {
        _http.Dispose();
        _trusted?.Dispose();
    }

    /// <exception cref="IOException">It does not answer, or not with 200; the message says why.</exception>
    private async Task<HttpResponseMessage> SendAsync(string path, HttpCompletionOption completion, CancellationToken cancel)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.GetAsync(new Uri(path, UriKind.Relative), completion, cancel);
        }
        catch (HttpRequestException fault)
        {
            throw new IOException($"{Address} does not answer: {fault.InnerException?.Message ?? fault.Message}", fault);
        }

        if (response.StatusCode == HttpStatusCode.OK)
        {
            return response;
        }

        using (response)
        {
            var said = await response.Content.ReadAsStringAsync(cancel);
            throw new IOException($"{Address} says {(int)response.StatusCode} to {path}: {ProblemText.Of(said)}");
        }
    }
}
