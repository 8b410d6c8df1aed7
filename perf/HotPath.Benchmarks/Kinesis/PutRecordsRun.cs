using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using HotPath.Benchmarks.Results;
using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Kinesis;

namespace HotPath.Benchmarks.Kinesis;

/// <summary>
/// PutRecords of 500 x 250 B, signed, over 8 connections, against the real endpoint and decoder; the ring takes
/// everything and the journal is always done, so that endpoint, signature and decoding are what is measured.
/// <code>
/// client process (8 sockets) --HTTP/1.1--> endpoint -> signature -> decoder -> staging block -> (dropped)
/// </code>
/// <c>kinesis [seconds]</c>, <c>kinesis stages</c>, <c>kinesis serve ADDRESS:PORT</c>. Every answer is checked to be
/// 200, and the decoded readings are counted against the answers.
/// </summary>
internal static class PutRecordsRun
{
    private const int Connections = 8;
    private const int WarmUpSeconds = 3;
    private const int RunCount = 3;
    private const double CpuNanosMax = 1_000;

    public static async Task<int> MainAsync(string[] args)
    {
        if (args is ["stages"])
        {
            return PutRecordsStages.Run(args);
        }

        if (args is ["serve", var address])
        {
            return await ServeAsync(IPEndPoint.Parse(address));
        }

        if (args is ["client", var target, var clientSeconds])
        {
            return await PutRecordsClient.RunAsync(IPEndPoint.Parse(target), Connections, Seconds(clientSeconds));
        }

        var result = new BenchResult("kinesis", "PutRecords at the endpoint", args)
        {
            Verified = "every answer was 200, and as many readings were decoded as records were answered, none rejected",
            Notes = "Endpoint, signature, base64 and decoder before a ring that takes everything: the goal for CPU includes the journal, "
                + "which is not in this run. The client has a process of its own on the same cores; its start is in the rate. "
                + "CPU is of the whole service process.",
        };
        var keysPath = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            keysPath,
            $"[bench]\naws_access_key_id = {PutRecordsBody.AccessKeyId}\naws_secret_access_key = {PutRecordsBody.Secret}\n");
        var names = new NameTables();
        var quota = new NameQuota();
        await using var endpoint = new KinesisEndpoint(
            new KinesisOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), KeysPath = keysPath },
            new KinesisParts(names, () => NewIntake(names, quota), new NoWait(), new SystemClock()));
        await endpoint.StartAsync(CancellationToken.None);

        await ClientAsync(endpoint.LocalEndPoint, WarmUpSeconds);
        var seconds = args is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 10;
        var runs = new List<OneRun>();
        for (var run = 0; run < RunCount; run++)
        {
            runs.Add(await MeasureAsync(endpoint, seconds));
        }

        await endpoint.StopAsync(CancellationToken.None);
        File.Delete(keysPath);
        return Report(result, runs, seconds);
    }

    /// <summary>The engine's decoder before a ring that always has room.</summary>
    public static IIntake NewIntake(NameTables names, NameQuota quota) => new OpenRing(new RecordDecoder(names, quota));

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(int.Parse(text, CultureInfo.InvariantCulture));

    /// <summary>Only the endpoint, administration allowed, for other people's clients and tests; until SIGTERM.</summary>
    private static async Task<int> ServeAsync(IPEndPoint listen)
    {
        var names = new NameTables();
        var quota = new NameQuota();
        var options = new KinesisOptions
        {
            Listen = listen,
            AllowAdministration = true,
            StreamTransitionMs = 500,
            Limits = new KinesisLimits { ShardsMax = 50 },
            Streams = [],
        };
        await using var endpoint = new KinesisEndpoint(
            options, new KinesisParts(names, () => NewIntake(names, quota), new NoWait(), new SystemClock()));
        await endpoint.StartAsync(CancellationToken.None);
        var ending = new TaskCompletionSource();
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => ending.TrySetResult());
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => ending.TrySetResult());
        await ending.Task;
        await endpoint.StopAsync(CancellationToken.None);
        return 0;
    }

    private static async Task<OneRun> MeasureAsync(KinesisEndpoint endpoint, int seconds)
    {
        var process = Process.GetCurrentProcess();
        var cpuBefore = process.TotalProcessorTime;
        var allocatedBefore = GC.GetTotalAllocatedBytes();
        var readingsBefore = endpoint.Counters.ReadingsAccepted;
        var watch = Stopwatch.StartNew();

        var calls = await ClientAsync(endpoint.LocalEndPoint, seconds);

        var elapsed = watch.Elapsed;
        process.Refresh();
        var cpu = process.TotalProcessorTime - cpuBefore;
        var records = calls * PutRecordsBody.RecordCount;
        var readings = endpoint.Counters.ReadingsAccepted - readingsBefore;
        if (readings != records || endpoint.Counters.ReadingsRejected != 0)
        {
            throw new InvalidOperationException($"{records} records were answered, {readings} readings decoded.");
        }

        return new OneRun(
            records / elapsed.TotalSeconds,
            cpu.TotalNanoseconds / records,
            (GC.GetTotalAllocatedBytes() - allocatedBefore) / (double)calls);
    }

    private static int Report(BenchResult result, List<OneRun> runs, int seconds)
    {
        result.Option("seconds", seconds);
        result.Option("connections", Connections);
        result.Option("records a call", PutRecordsBody.RecordCount);
        result.Option("bytes a record", PutRecordsBody.RecordBytes);
        const string Table = "PutRecords";
        const string Case = "signed, HTTP/1.1";
        result.Add(new Figure(Table, Case, "service CPU", "ns/record", [.. runs.Select(run => run.CpuNanosPerRecord)]) { Goal = Goal.AtMost(CpuNanosMax) });
        result.Add(new Figure(Table, Case, "rate", "records/s", [.. runs.Select(run => run.RecordsPerSecond)]));
        result.Add(new Figure(Table, Case, "allocated", "B/call", [.. runs.Select(run => run.AllocatedBytesPerCall)]));
        result.NotMeasured("kinesis: kinesalite in the same run, the journal's share, and what is allocated by a record apart from its call");
        return result.Finish();
    }

    private static async Task<long> ClientAsync(IPEndPoint target, int seconds)
    {
        using var client = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "kinesis", "client", target.ToString(), seconds.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
        })!;
        var output = await client.StandardOutput.ReadToEndAsync();
        await client.WaitForExitAsync();
        return long.Parse(output, CultureInfo.InvariantCulture);
    }

    private sealed record OneRun(double RecordsPerSecond, double CpuNanosPerRecord, double AllocatedBytesPerCall);

    internal sealed class NoWait : IDurableWait
    {
        public ValueTask<bool> WaitAsync(long lsn, CancellationToken cancellationToken) => ValueTask.FromResult(true);
    }

    private sealed class OpenRing(RecordDecoder decoder) : IIntake
    {
        private static long _lsnNext;

        public bool Decode(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into) =>
            decoder.Decode(record, origin, into);

        public PublishOutcome TryPublish(StagingBlock block, out long lsnFirst)
        {
            lsnFirst = Interlocked.Add(ref _lsnNext, block.Count) - block.Count;
            return PublishOutcome.Published;
        }

        public void Dispose() => decoder.Dispose();
    }
}
