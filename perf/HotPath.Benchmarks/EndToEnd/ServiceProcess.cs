using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>`hotpath run` as a process of its own, with a configuration made for the run. Used by one thread.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    public const string AccessKey = "AKIAHOTPATHBENCH";
    public const string SecretKey = "bench-secret-on-loopback";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Process _process;
    private readonly StringBuilder _messages = new();

    private ServiceProcess(string directory, EndToEndOptions options)
    {
        Directory = directory;
        (Udp, Kinesis, Page) = (FreePort(SocketType.Dgram), FreePort(SocketType.Stream), FreePort(SocketType.Stream));
        var config = Path.Combine(directory, "hotpath.yaml");
        File.WriteAllText(config, Configuration(options));
        BenchRules.Write(Path.Combine(directory, "rules.yaml"));
        File.WriteAllText(
            Path.Combine(directory, "keys"), $"[bench]\naws_access_key_id = {AccessKey}\naws_secret_access_key = {SecretKey}\n");
        _process = Process.Start(new ProcessStartInfo("dotnet", [Binary("hotpath.dll"), "run", "--config", config])
        {
            RedirectStandardError = true,
        })!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_messages)
            {
                _messages.AppendLine(line.Data);
            }
        };
        _process.BeginErrorReadLine();
    }

    public string Directory { get; }

    /// <summary>What it has said so far.</summary>
    public string Messages
    {
        get
        {
            lock (_messages)
            {
                return _messages.ToString();
            }
        }
    }

    public int Udp { get; }

    public int Kinesis { get; }

    public int Page { get; }

    public int Id => _process.Id;

    public Uri MetricsAddress => new($"http://127.0.0.1:{Page}/metrics");

    public string Tables => Path.Combine(Directory, "tables");

    public string Ledger => Path.Combine(Directory, "data", "ledger");

    /// <summary>CPU of all threads, those that have ended too.</summary>
    public double CpuNanos
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalNanoseconds;
        }
    }

    public long ResidentBytesMax
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>The product's binaries lie beside this one's.</summary>
    public static string Binary(string name) => Path.Combine(AppContext.BaseDirectory, name);

    public static async Task<ServiceProcess> StartAsync(string directory, EndToEndOptions options)
    {
        var service = new ServiceProcess(directory, options);
        var since = Stopwatch.GetTimestamp();
        while (!await service.IsReadyAsync())
        {
            if (service._process.HasExited || Stopwatch.GetElapsedTime(since) > StartPatience)
            {
                var messages = service.Messages;
                await service.DisposeAsync();
                throw new InvalidOperationException($"The service did not start: {messages}");
            }

            await Task.Delay(50);
        }

        return service;
    }

    public async Task<MetricsPage> MetricsAsync() => new(await _http.GetStringAsync(MetricsAddress));

    /// <summary>SIGTERM, as an operator would; throws where that does not end it well.</summary>
    public async Task StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync();
        if (_process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The service ended with {_process.ExitCode}: {_messages}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _http.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{Page}/healthz/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string Configuration(EndToEndOptions options) => string.Create(CultureInfo.InvariantCulture, $$"""
        data: {{Directory}}/data
        udp: [{ listen: "127.0.0.1:{{Udp}}" }]
        kinesis: { listen: "127.0.0.1:{{Kinesis}}", auth: { keys: {{Directory}}/keys } }
        http: { listen: "127.0.0.1:{{Page}}" }
        rules: {{Directory}}/rules.yaml
        time: { outOfOrderness: {{Math.Max(1, 2 * options.DisorderMs)}}ms, idleTimeout: 120s }
        journal: { sync: batch }
        delta: { location: {{Tables}}, flushInterval: 1s, enabled: {{(options.HasFlush ? "true" : "false")}} }

        """);

    private static int FreePort(SocketType type)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, type == SocketType.Dgram ? ProtocolType.Udp : ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
