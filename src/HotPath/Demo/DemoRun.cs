using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using HotPath.Configuration;
using HotPath.Engine.Rules;

namespace HotPath.Demo;

/// <summary>
/// The main job in one go: the service on loopback with embedded rules, the generator beside it, and at the end the
/// books and the truth compared.
/// </summary>
internal static class DemoRun
{
    private const string RulesResource = "demo-rules.yaml";
    private const string AccessKey = "AKIAHOTPATHDEMO";

    public static async Task<DemoBooks> ExecuteAsync(DemoOptions options, ILoggerFactory logs, CancellationToken stop)
    {
        var directory = options.DataDirectory is { } given
            ? Directory.CreateDirectory(Path.GetFullPath(given))
            : Directory.CreateTempSubdirectory("hotpath-demo-");
        try
        {
            return await ExecuteInAsync(directory.FullName, options, logs, stop);
        }
        finally
        {
            if (options.DataDirectory is null)
            {
                directory.Delete(recursive: true);
            }
        }
    }

    private static async Task<DemoBooks> ExecuteInAsync(
        string directory, DemoOptions options, ILoggerFactory logs, CancellationToken stop)
    {
        var secretKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        var configuration = Configure(directory, secretKey);
        await using var pipeline = await Pipeline.StartAsync(configuration, Rules(), logs);
        var targets = new LoadTargets(
            pipeline.Udp[0].Receiver.Local,
            pipeline.Kinesis!.LocalEndPoint,
            new Uri($"http://{pipeline.Http.Address}/metrics"),
            AccessKey,
            secretKey,
            Path.Combine(directory, "truth.ndjson"));

        var progress = new DemoProgress(pipeline);
        progress.Begin();
        var usage = ResourceUsage.Of(pipeline);
        var clock = Stopwatch.StartNew();
        using var generator = GeneratorProcess.Start(options, targets);
        await using var stopping = stop.Register(generator.Stop);
        var result = await generator.RunAsync(progress.Show);

        // Everything received is in the tables before the clock stops: this is the whole way, not a part of it.
        await pipeline.StopAsync();
        clock.Stop();
        progress.End();
        return await BooksAsync(pipeline, result, targets.TruthPath, clock.Elapsed.TotalSeconds, ResourceUsage.Of(pipeline) - usage);
    }

    private static async Task<DemoBooks> BooksAsync(
        Pipeline pipeline, JsonElement result, string truthPath, double seconds, ResourceUsage usage)
    {
        var books = pipeline.View.Books;
        var readings = Math.Max(1, books.Received);
        var rows = await TruthCheck.CountRowsAsync(pipeline.Configuration.Delta.Location);
        return new DemoBooks
        {
            Sent = result.GetProperty("sent").GetInt64(),
            Acknowledged = result.GetProperty("kinesisAcknowledged").GetInt64(),
            Engine = books,
            Rows = rows,
            Truth = await TruthCheck.CompareAsync(
                truthPath, pipeline.Configuration.Delta.Location, result.GetProperty("truth").GetProperty("why").GetString()),
            Seconds = seconds,
            CpuNanosPerReading = usage.CpuNanos / readings,
            AllocatedBytesPerReading = usage.EngineAllocatedBytes / (double)readings,
        };
    }

    private static HotPathConfiguration Configure(string directory, string secretKey)
    {
        var keys = Path.Combine(directory, "kinesis-keys");
        File.WriteAllText(keys, $"[demo]\naws_access_key_id = {AccessKey}\naws_secret_access_key = {secretKey}\n");
        var defaults = new HotPathConfiguration();
        return defaults with
        {
            Data = Path.Combine(directory, "data"),
            Udp = [new UdpOptions { Listen = Loopback(9999) }],
            Kinesis = new KinesisOptions { Listen = Loopback(4568), Auth = new KinesisAuthOptions { Keys = keys } },
            Http = new HttpOptions { Listen = Loopback(8080) },
            Time = new TimeSettings
            {
                OutOfOrderness = SecondsOf(HotPath.LoadGenerator.DemoTime.OutOfOrderness),
                IdleTimeout = SecondsOf(HotPath.LoadGenerator.DemoTime.IdleTimeout),
                MaxFuture = TimeSpan.FromHours(1),
            },
            Delta = new DeltaOptions { Location = Path.Combine(directory, "tables"), FlushInterval = TimeSpan.FromSeconds(5) },
        };
    }

    /// <summary>The usual port, or any free one when it is taken.</summary>
    private static IPEndPoint Loopback(int port)
    {
        var isTaken = System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties() is var properties
            && properties.GetActiveTcpListeners().Concat(properties.GetActiveUdpListeners()).Any(listener => listener.Port == port);
        return new IPEndPoint(IPAddress.Loopback, isTaken ? 0 : port);
    }

    private static TimeSpan SecondsOf(string duration) =>
        TimeSpan.FromSeconds(double.Parse(duration.AsSpan(0, duration.Length - 1), CultureInfo.InvariantCulture));

    private static RuleDocument Rules()
    {
        using var stream = typeof(DemoRun).Assembly.GetManifestResourceStream(RulesResource)!;
        using var text = new StreamReader(stream);
        return RuleDocument.TryParse(text.ReadToEnd(), out var document, out var faults)
            ? document
            : throw new InvalidDataException($"The demo's own rules are faulty: {faults[0]}");
    }
}
