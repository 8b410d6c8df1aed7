using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace HotPath.Demo;

/// <summary>The bundled generator as a process of its own. Its progress comes as lines of JSON.</summary>
internal sealed class GeneratorProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _messages = [];

    private GeneratorProcess(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.BeginErrorReadLine();
    }

    public static GeneratorProcess Start(DemoOptions options, LoadTargets targets)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["AWS_ACCESS_KEY_ID"] = targets.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = targets.SecretKey },
        };
        foreach (var argument in Arguments(options, targets))
        {
            start.ArgumentList.Add(argument);
        }

        return new GeneratorProcess(Process.Start(start)!);
    }

    /// <summary>Hands over each line of progress; gives the last line, the result.</summary>
    /// <exception cref="IOException">The generator failed.</exception>
    public async Task<JsonElement> RunAsync(Action<JsonElement> onProgress)
    {
        JsonElement? result = null;
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var json = JsonSerializer.Deserialize<JsonElement>(line);
            if (json.GetProperty("type").GetString() == "result")
            {
                result = json;
            }
            else
            {
                onProgress(json);
            }
        }

        await _process.WaitForExitAsync();
        return _process.ExitCode == 0 && result is { } whole
            ? whole
            : throw new IOException($"The load generator failed with exit code {_process.ExitCode}: {string.Join(' ', _messages)}");
    }

    /// <summary>Asks it to bring every machine to its end and to finish.</summary>
    public void Stop()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static IEnumerable<string> Arguments(DemoOptions options, LoadTargets targets)
    {
        yield return Path.Combine(AppContext.BaseDirectory, "hotpath-load.dll");
        yield return "mixed";
        (string Name, string? Value)[] named =
        [
            ("--udp", targets.Udp.ToString()),
            ("--kinesis", targets.Kinesis.ToString()),
            ("--report", targets.Metrics.ToString()),
            ("--rate", options.Rate),
            ("--duration", options.Duration),
            ("--equipment", options.Equipment.ToString(CultureInfo.InvariantCulture)),
            ("--tags", options.Tags.ToString(CultureInfo.InvariantCulture)),
            ("--seed", options.Seed.ToString(CultureInfo.InvariantCulture)),
            ("--disorder", HotPath.LoadGenerator.DemoTime.Disorder),
            ("--truth", targets.TruthPath),
            ("--progress", "json"),
        ];
        foreach (var (name, value) in named)
        {
            if (value is not null)
            {
                yield return name;
                yield return value;
            }
        }

        yield return "--json";
    }

    private void Remember(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            lock (_messages)
            {
                _messages.Add(line);
            }
        }
    }
}

/// <summary>Where the generator sends to, and what it needs for it.</summary>
internal sealed record LoadTargets(
    IPEndPoint Udp, IPEndPoint Kinesis, Uri Metrics, string AccessKey, string SecretKey, string TruthPath);
