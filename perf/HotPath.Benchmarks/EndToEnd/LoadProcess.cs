using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>The generator as a process of its own. Used by one thread.</summary>
internal sealed class LoadProcess : IDisposable
{
    /// <summary>Datagrams under way at most where the receiver reports: 8 MB of the 32 that its socket asks for.</summary>
    private const int WindowDatagrams = 3_500;

    private readonly Process _process;
    private readonly Task<string> _errors;
    private JsonElement _last;

    private LoadProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public static LoadProcess Start(EndToEndOptions options, ServiceProcess service, string truthPath)
    {
        string[] way = options.ByKinesis
            ? ["kinesis", "--target", $"127.0.0.1:{service.Kinesis}", "--records", "500", "--connections", "4"]
            : ["udp", "--target", $"127.0.0.1:{service.Udp}"];
        string[] pace = options is { Rate: "max", ByKinesis: false }
            ? ["--report", service.MetricsAddress.ToString(), "--window", WindowDatagrams.ToString(CultureInfo.InvariantCulture)]
            : [];
        string[] form = options.Format is { } format ? ["--format", format] : [];
        string[] disorder = options.DisorderMs > 0 ? ["--disorder", $"{options.DisorderMs}ms"] : [];
        string[] arguments =
        [
            ServiceProcess.Binary("hotpath-load.dll"), .. way, .. pace, .. form, .. disorder,
            "--rate", options.Rate,
            "--duration", $"{options.Seconds}s",
            "--equipment", options.Machines.ToString(CultureInfo.InvariantCulture),
            "--tags", options.Tags.ToString(CultureInfo.InvariantCulture),
            "--truth", truthPath, "--progress", "json", "--json",
        ];
        return new LoadProcess(Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["AWS_ACCESS_KEY_ID"] = ServiceProcess.AccessKey,
                ["AWS_SECRET_ACCESS_KEY"] = ServiceProcess.SecretKey,
            },
        })!);
    }

    /// <summary>
    /// The next line of progress; null when its last feed has ended, after which it works out the truth.
    /// </summary>
    public async Task<JsonElement?> NextProgressAsync()
    {
        var line = await NextAsync();
        return line is { } json && json.GetProperty("type").GetString() == "progress" ? json : null;
    }

    /// <summary>The last line, the result.</summary>
    public async Task<JsonElement> ResultAsync()
    {
        while (await NextAsync() is not null)
        {
            // Progress that nobody has read.
        }

        await _process.WaitForExitAsync();
        return _process.ExitCode == 0 && _last.GetProperty("type").GetString() == "result"
            ? _last
            : throw new InvalidOperationException($"The generator failed: {await _errors}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task<JsonElement?> NextAsync()
    {
        if (await _process.StandardOutput.ReadLineAsync() is not { } line)
        {
            return null;
        }

        return _last = JsonSerializer.Deserialize<JsonElement>(line);
    }
}
