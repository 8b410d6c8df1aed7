using System.Diagnostics;
using System.Text.Json;
using HotPath.Benchmarks.EndToEnd;

namespace HotPath.Benchmarks.Generator;

/// <summary>One run of the generator as a process of its own, and what it says of itself.</summary>
internal sealed record GeneratorRun
{
    public const int Machines = 5_000;
    public const int Tags = 20;

    public required long Readings { get; init; }

    /// <summary>Datagrams, heartbeats too, or calls.</summary>
    public required long Messages { get; init; }

    public required long Records { get; init; }

    public required long Bytes { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Of its feeds' threads: what comes with a process, compiling above all, is not in it.</summary>
    public required double CpuNanos { get; init; }

    /// <summary>What held it back: pace, receiver or generator.</summary>
    public required string Limit { get; init; }

    public double CpuNanosPerReading => CpuNanos / Readings;

    public double ReadingsPerSecond => Readings / Seconds;

    public static GeneratorRun Execute(params string[] words)
    {
        string[] arguments =
        [
            ServiceProcess.Binary("hotpath-load.dll"), .. words, "--equipment", $"{Machines}", "--tags", $"{Tags}", "--settle", "60s", "--json",
        ];
        using var load = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["AWS_ACCESS_KEY_ID"] = ServiceProcess.AccessKey,
                ["AWS_SECRET_ACCESS_KEY"] = ServiceProcess.SecretKey,
            },
        })!;
        var errors = load.StandardError.ReadToEndAsync();
        var output = load.StandardOutput.ReadToEnd();
        load.WaitForExit();
        return load.ExitCode == 0
            ? Of(output)
            : throw new InvalidOperationException($"The generator failed: {errors.GetAwaiter().GetResult()}");
    }

    private static GeneratorRun Of(string output)
    {
        using var json = JsonDocument.Parse(output);
        var (root, udp) = (json.RootElement, json.RootElement.GetProperty("udp"));
        var (kinesis, generator) = (root.GetProperty("kinesis"), root.GetProperty("generator"));
        return new GeneratorRun
        {
            Readings = root.GetProperty("sent").GetInt64(),
            Messages = udp.GetProperty("datagrams").GetInt64() + udp.GetProperty("heartbeats").GetInt64() + kinesis.GetProperty("calls").GetInt64(),
            Records = kinesis.GetProperty("records").GetInt64(),
            Bytes = generator.GetProperty("bytes").GetInt64(),
            Seconds = root.GetProperty("seconds").GetDouble(),
            CpuNanos = generator.GetProperty("feedCpuSeconds").GetDouble() * 1e9,
            Limit = generator.GetProperty("limit").GetString()!,
        };
    }
}
