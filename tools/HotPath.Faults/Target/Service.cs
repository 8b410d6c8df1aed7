using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace HotPath.Faults.Target;

/// <summary>The real process under test, started, asked, signalled and started again. One task at a time.</summary>
internal sealed class Service : IAsyncDisposable
{
    private const int MessagesKept = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);

    private readonly HttpClient _http;
    private readonly Queue<string> _messages = new();
    private Process? _process;
    private int _processId;

    public Service(Place place)
    {
        Place = place;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{place.HttpPort}"), Timeout = TimeSpan.FromSeconds(20) };
    }

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "hotpath.dll");

    public Place Place { get; set; }

    /// <summary>What to run it under: a program with its arguments, e.g. strace.</summary>
    public IReadOnlyList<string> Under { get; set; } = [];

    public bool HasExited => _process?.HasExited ?? true;

    public int ExitCode => _process!.ExitCode;

    /// <summary>How often it said that it went on from a snapshot.</summary>
    public long StartsFromSnapshot { get; private set; }

    /// <summary>Hears every line that it says, on any thread.</summary>
    public Action<string> Heard { get; init; } = static _ => { };

    public int Id => ProcessId();

    /// <summary>The last lines it said.</summary>
    public string Messages
    {
        get
        {
            lock (_messages)
            {
                return string.Join('\n', _messages);
            }
        }
    }

    /// <summary>Starts the process and does not wait for anything.</summary>
    public async Task StartAsync()
    {
        await Place.WriteAsync();
        _process?.Dispose();
        var start = new ProcessStartInfo("dotnet", [Program, "run", "--config", Place.ConfigurationPath])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Place.Directory,
            Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_TC_QuickJitForLoops"] = "1" },
        };
        _process = await Spawner.StartAsync(start, Under);
        _processId = Under.Count == 0 ? _process.Id : 0;
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.OutputDataReceived += (_, line) => Remember(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>True when it is ready; false when it has exited before.</summary>
    public Task<bool> WaitUntilReadyAsync() => WaitAsync(
        "readiness", async () => (await _http.GetAsync(new Uri("healthz/ready", UriKind.Relative))).IsSuccessStatusCode);

    /// <summary>The checks that are not passed, with their reasons; null when it does not answer.</summary>
    public async Task<IReadOnlyList<string>?> TryReadFailedChecksAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri("healthz/ready", UriKind.Relative));
            var health = await answer.Content.ReadFromJsonAsync<JsonElement>();
            return
            [
                .. health.GetProperty("checks").EnumerateArray()
                    .Where(check => check.GetProperty("status").GetString() != "pass")
                    .Select(check => $"{check.GetProperty("name").GetString()}: {check.GetProperty("reason").GetString()}"),
            ];
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or JsonException)
        {
            return null;
        }
    }

    public Task<JsonElement> StatusAsync() => _http.GetFromJsonAsync<JsonElement>("api/v1/status");

    /// <summary>Waits until the tables hold everything that the ring had when this was called; false when it exited.</summary>
    public async Task<bool> WaitUntilQuietAsync()
    {
        var published = (await StatusAsync()).GetProperty("positions").GetProperty("published").GetInt64();
        return await WaitAsync(
            $"LSN {published} in the tables",
            async () => (await StatusAsync()).GetProperty("positions").GetProperty("delta").GetInt64() >= published);
    }

    /// <summary>A signal to the process itself, not to what it runs under.</summary>
    public bool Signal(int signal) => Signals.Send(ProcessId(), signal);

    /// <summary>SIGKILL: nothing is flushed, nothing is said.</summary>
    public async Task KillAsync()
    {
        if (!HasExited)
        {
            Signal(Signals.Kill);
            await _process!.WaitForExitAsync();
        }
    }

    /// <summary>SIGTERM, and the exit code; null when it had to be killed after a while.</summary>
    public async Task<int?> StopAsync()
    {
        Signal(Signals.Terminate);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _process!.WaitForExitAsync(patience.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            return null;
        }
    }

    public async Task<bool> WaitForExitAsync(TimeSpan patience)
    {
        using var over = new CancellationTokenSource(patience);
        try
        {
            await _process!.WaitForExitAsync(over.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        _http.Dispose();
    }

    /// <summary>Under a tracer the process is the tracer's first child.</summary>
    private int ProcessId()
    {
        if (_processId == 0)
        {
            var tracer = _process!.Id.ToString(CultureInfo.InvariantCulture);
            var children = File.ReadAllText($"/proc/{tracer}/task/{tracer}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            _processId = children.Length > 0 ? int.Parse(children[0], CultureInfo.InvariantCulture) : _process.Id;
        }

        return _processId;
    }

    private void Remember(string? line)
    {
        if (line is not null)
        {
            Heard(line);
            lock (_messages)
            {
                _messages.Enqueue(line);
                StartsFromSnapshot += line.Contains("Went on from the snapshot", StringComparison.Ordinal) ? 1 : 0;
                while (_messages.Count > MessagesKept)
                {
                    _messages.Dequeue();
                }
            }
        }
    }

    private async Task<bool> WaitAsync(string what, Func<Task<bool>> isReached)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!HasExited)
        {
            try
            {
                if (await isReached())
                {
                    return true;
                }
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet, or gone.
            }

            if (patience.IsCancellationRequested)
            {
                var checks = await TryReadFailedChecksAsync() ?? ["it does not answer"];
                throw new CampaignFaultException($"No {what} within {Patience} ({string.Join("; ", checks)}):\n{Messages}");
            }

            await poll.WaitForNextTickAsync();
        }

        return false;
    }
}
