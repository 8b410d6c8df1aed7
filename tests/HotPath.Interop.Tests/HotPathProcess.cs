using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace HotPath.Interop.Tests;

/// <summary>A real `hotpath` process with its own data directory and ports of its own.</summary>
internal sealed class HotPathProcess : IDisposable
{
    public const string AccessKey = "AKIATEST";
    public const string SecretKey = "test-secret";
    public const string SessionToken = "an invented token+of/a=session";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _configurationPath;
    private readonly HttpClient _http;
    private readonly List<string> _messages = [];
    private Process _process;

    private HotPathProcess(string configurationPath, string tables, int udpPort, int kinesisPort, int httpPort)
    {
        _configurationPath = configurationPath;
        Tables = tables;
        UdpPort = udpPort;
        KinesisPort = kinesisPort;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}"), Timeout = Patience };
        _process = Start();
    }

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "hotpath.dll");

    public string Journal => Path.Combine(Path.GetDirectoryName(_configurationPath)!, "data", "journal");

    /// <summary>The directory of the Delta tables.</summary>
    public string Tables { get; }

    public int UdpPort { get; }

    public int KinesisPort { get; }

    /// <summary>The Kinesis endpoint, as clients are told of it.</summary>
    public string Endpoint => $"http://127.0.0.1:{KinesisPort}";

    /// <summary>Writes a configuration into <paramref name="directory"/> and starts the service on it.</summary>
    /// <param name="ended">Takes the ports of this one, which has ended: sources are named after them.</param>
    public static async Task<HotPathProcess> StartAsync(
        string directory, string rules, string timestampUnit, HotPathProcess? ended = null, string more = "", string kinesisMore = "")
    {
        var udpPort = ended?.UdpPort ?? FreePort(SocketType.Dgram);
        var kinesisPort = ended?.KinesisPort ?? FreePort(SocketType.Stream);
        var httpPort = FreePort(SocketType.Stream);
        var keys = Path.Combine(directory, "kinesis-keys");
        var configuration = Path.Combine(directory, "hotpath.yaml");
        await File.WriteAllTextAsync(
            keys,
            $"[test]\naws_access_key_id = {AccessKey}\naws_secret_access_key = {SecretKey}\n" +
            $"[session]\naws_access_key_id = {AccessKey}2\naws_secret_access_key = {SecretKey}\naws_session_token = {SessionToken}\n");
        await File.WriteAllTextAsync(configuration, $"""
            data: {directory}/data
            udp:
              - listen: "127.0.0.1:{udpPort}"
                timestampUnit: {timestampUnit}
            kinesis:
              listen: "127.0.0.1:{kinesisPort}"
              auth: {"{"} mode: verify, keys: "{keys}" {"}"}
              streams:
                - {"{"} name: readings, shards: 4, timestampUnit: {timestampUnit} {"}"}
                - {"{"} name: transitions, shards: 2, role: transitions {"}"}
                - {"{"} name: downtimes, shards: 1, role: downtimes {"}"}
            {kinesisMore}
            http:
              listen: "127.0.0.1:{httpPort}"
            rules: {rules}
            time: {"{"} outOfOrderness: 0s, idleTimeout: 1h, maxFuture: 1h {"}"}
            delta:
              location: {directory}/tables
              flushInterval: 200ms
            {more}
            """);
        var process = new HotPathProcess(configuration, Path.Combine(directory, "tables"), udpPort, kinesisPort, httpPort);
        await process.WaitUntilReadyAsync();
        return process;
    }

    /// <summary>Starts again on the same data after <see cref="Kill"/> or <see cref="StopAsync"/>.</summary>
    public async Task RestartAsync()
    {
        _process.Dispose();
        _process = Start();
        await WaitUntilReadyAsync();
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is said.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await ChildProcess.RunAsync("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits until so many readings are received.</summary>
    public Task WaitUntilReceivedAsync(long readings) => WaitAsync(
        $"{readings} readings received",
        async () => (await StatusAsync()).GetProperty("books").GetProperty("received").GetInt64() >= readings);

    /// <summary>Waits until so many readings are received and everything received is in the tables.</summary>
    public async Task WaitUntilStoredAsync(long readings)
    {
        await WaitUntilReceivedAsync(readings);
        await WaitUntilQuietAsync();
    }

    /// <summary>Waits until the tables hold everything that the ring had when this was called.</summary>
    public async Task WaitUntilQuietAsync()
    {
        var published = (await StatusAsync()).GetProperty("positions").GetProperty("published").GetInt64();
        await WaitAsync(
            $"LSN {published} in the tables",
            async () => (await StatusAsync()).GetProperty("positions").GetProperty("delta").GetInt64() >= published);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
        _http.Dispose();
    }

    private static int FreePort(SocketType type)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, ProtocolType.Unspecified);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("dotnet", [Program, "run", "--config", _configurationPath])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["AWS_ACCESS_KEY_ID"] = AccessKey, ["AWS_SECRET_ACCESS_KEY"] = SecretKey },
        };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) => Remember(line.Data);
        process.OutputDataReceived += (_, line) => Remember(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private void Remember(string? line)
    {
        lock (_messages)
        {
            _messages.Add(line ?? "");
        }
    }

    private Task<JsonElement> StatusAsync() => _http.GetFromJsonAsync<JsonElement>("api/v1/status");

    private Task WaitUntilReadyAsync() =>
        WaitAsync("readiness", async () => (await _http.GetAsync(new Uri("healthz/ready", UriKind.Relative))).IsSuccessStatusCode);

    private async Task WaitAsync(string what, Func<Task<bool>> isReached)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                if (await isReached())
                {
                    return;
                }
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                // Not listening yet.
            }

            if (_process.HasExited || patience.IsCancellationRequested)
            {
                lock (_messages)
                {
                    Assert.Fail($"No {what}{(_process.HasExited ? $", exit code {_process.ExitCode}" : "")}:\n{string.Join('\n', _messages)}");
                }
            }

            await poll.WaitForNextTickAsync();
        }
    }
}
