using System.Net;
using HotPath.Configuration;
using HotPath.Demo;
using HotPath.Engine.Rules;
using HotPath.LoadGenerator.Kinesis;
using HotPath.LoadGenerator.Run;
using HotPath.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace HotPath.Tests.Load;

/// <summary>The whole service under the demo rules, and the generator against its sockets.</summary>
internal sealed class ServiceUnderLoad : IAsyncDisposable
{
    public const ulong SignedSender = 77;

    private const string AccessKey = "AKIATEST";
    private const string Secret = "secret of a test";

    private readonly TemporaryDirectory _directory;
    private readonly Pipeline _pipeline;

    private ServiceUnderLoad(TemporaryDirectory directory, Pipeline pipeline)
    {
        _directory = directory;
        _pipeline = pipeline;
    }

    public static byte[] HmacKey { get; } = [.. Enumerable.Range(1, 32).Select(number => (byte)number)];

    public static async Task<ServiceUnderLoad> StartAsync(bool verifiesFrames)
    {
        var directory = new TemporaryDirectory();
        var keys = directory.Combine("kinesis-keys");
        await File.WriteAllTextAsync(keys, $"[test]\naws_access_key_id = {AccessKey}\naws_secret_access_key = {Secret}\n");
        var hmacKeys = directory.Combine("hmac-keys");
        await File.WriteAllTextAsync(hmacKeys, $"{SignedSender} {Convert.ToHexString(HmacKey)}\n");
        Assert.True(RuleDocument.TryParse(LoadRig.DemoRules, out var rules, out var faults), string.Join('\n', faults));
        var loopback = new IPEndPoint(IPAddress.Loopback, 0);
        var configuration = new HotPathConfiguration
        {
            Data = directory.Combine("data"),
            Udp = [new UdpOptions { Listen = loopback, Receivers = 2, HmacKeys = verifiesFrames ? hmacKeys : null }],
            Kinesis = new KinesisOptions { Listen = loopback, Auth = new KinesisAuthOptions { Keys = keys } },
            Http = new HttpOptions { Listen = loopback },
            Time = new TimeSettings { OutOfOrderness = TimeSpan.FromSeconds(60), IdleTimeout = null },
            Delta = new DeltaOptions { Location = directory.Combine("tables"), FlushRows = 100_000 },
        };
        return new ServiceUnderLoad(directory, await Pipeline.StartAsync(configuration, rules, NullLoggerFactory.Instance));
    }

    /// <summary>Sends the plan, by UDP unless it is for Kinesis, stops the service, and says what became of it.</summary>
    public async Task<LoadOutcome> RunAsync(LoadOptions load, bool byKinesis)
    {
        var udp = _pipeline.Udp[0].Receiver.Local;
        var kinesis = _pipeline.Kinesis!.LocalEndPoint;
        load = load with
        {
            Udp = byKinesis ? null : new Endpoint(udp.Address.ToString(), udp.Port),
            Kinesis = byKinesis ? new Endpoint(kinesis.Address.ToString(), kinesis.Port) : null,
            Signing = new SigningOptions { Host = kinesis.ToString(), Region = "us-east-1", AccessKey = AccessKey, SecretKey = Secret },
            ReadingsPerSecond = double.PositiveInfinity,
            Duration = TimeSpan.MaxValue,
            Report = new Uri($"http://{_pipeline.Http.Address}/metrics"),
            TruthPath = _directory.Combine("truth.ndjson"),
        };
        using var run = new LoadRun(load, TimeProvider.System);
        var result = await Task.Run(() => run.Execute(_ => { }));
        await _pipeline.StopAsync();

        // Nobody turns the receivers any more: what is missing is given up as if its 5 s had gone by.
        _pipeline.Udp[0].Frames.Settle(_pipeline.Clock.NowMicros + 5_000_000);
        var rows = await TruthCheck.CountRowsAsync(_directory.Combine("tables"));
        return new LoadOutcome(
            byKinesis ? result.Progress.Kinesis : result.Progress.Udp,
            result.Truth!,
            _pipeline.View.Books,
            _pipeline.View.Listeners[0],
            _pipeline.Udp.Sum(receiver => receiver.Counters.DuplicateDatagrams),
            rows.Single(row => row.Table == "readings").Rows,
            await TruthCheck.CompareAsync(load.TruthPath, _directory.Combine("tables"), result.Truth!.Why));
    }

    public async ValueTask DisposeAsync()
    {
        await _pipeline.DisposeAsync();
        _directory.Dispose();
    }
}

/// <summary>What was sent, and what the service says of it.</summary>
internal sealed record LoadOutcome(
    LoadCounters Sent,
    HotPath.LoadGenerator.Truth.TruthSummary Truth,
    HotPath.Serve.BooksView Books,
    HotPath.Serve.ListenerView Udp,
    long DuplicateDatagrams,
    long Rows,
    TruthComparison Found);
