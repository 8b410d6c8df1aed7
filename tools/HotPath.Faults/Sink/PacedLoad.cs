using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using HotPath.Faults.Target;

namespace HotPath.Faults.Sink;

/// <summary>The load generator as a process that sends at a rate until it is told to end, and then says what must come out.</summary>
internal sealed class PacedLoad : IDisposable
{
    private const int Machines = 1_000;
    private const int Tags = 20;

    private readonly Process _process;
    private readonly Task<JsonElement> _result;

    private PacedLoad(Process process)
    {
        _process = process;
        _result = ReadAsync();
    }

    /// <summary>Readings sent, as it said last.</summary>
    public long Sent { get; private set; }

    public bool HasEnded => _process.HasExited;

    public static async Task<PacedLoad> StartAsync(Place place, int rate, int seed, string truthPath, TimeSpan atMost)
    {
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "hotpath-load.dll"), "udp",
            "--target", $"127.0.0.1:{place.UdpPort}",
            "--report", $"http://127.0.0.1:{place.HttpPort}/metrics",
            "--rate", Number(rate), "--equipment", Number(Machines), "--tags", Number(Tags), "--seed", Number(seed),
            "--duration", $"{(int)atMost.TotalSeconds}s", "--truth", truthPath, "--progress", "json", "--json",
        ];
        return new PacedLoad(await Spawner.StartAsync(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true }));
    }

    /// <summary>Every machine is brought to its end; the result is the generator's last line.</summary>
    public async Task<JsonElement> EndAsync()
    {
        Signals.Send(_process.Id, Signals.Terminate);
        var result = await _result;
        await _process.WaitForExitAsync();
        return result;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<JsonElement> ReadAsync()
    {
        var last = default(JsonElement);
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            last = JsonSerializer.Deserialize<JsonElement>(line);
            if (last.TryGetProperty("sent", out var sent))
            {
                Sent = sent.GetInt64();
            }
        }

        return last;
    }
}
