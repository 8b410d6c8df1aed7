using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using HotPath.Benchmarks.Results;
using HotPath.Engine.Agents;
using HotPath.Engine.Names;
using HotPath.Kinesis;

namespace HotPath.Benchmarks.Kinesis;

/// <summary>
/// PutRecords of 500 x 250 B, signed, over 8 connections, against the real endpoint and decoder, before a ring that takes
/// everything and before ring and journal; and against kinesalite, turn by turn.
/// <code>
/// client process (8 sockets) --HTTP/1.1--> endpoint -> signature -> decoder -> staging block -> (dropped)
/// client process (8 sockets) --HTTP/1.1--> endpoint -> signature -> decoder -> ring -> journal, synced -> answer
/// client process (8 sockets) --HTTP/1.1--> kinesalite process
/// </code>
/// <c>kinesis [seconds]</c>, <c>kinesis stages</c>, <c>kinesis serve ADDRESS:PORT</c>.
/// </summary>
internal static class PutRecordsRun
{
    private const int Connections = 8;
    private const int WarmUpSeconds = 3;
    private const int RunCount = 3;
    private const int ShardCount = 4;
    private const string TieredCompilation = "DOTNET_TieredCompilation";

    public static async Task<int> MainAsync(string[] args)
    {
        switch (args)
        {
            case ["stages"]:
                return PutRecordsStages.Run(args);
            case ["serve", var address]:
                return await ServeAsync(IPEndPoint.Parse(address));
            case ["client", var target, var clientSeconds]:
                return await PutRecordsClient.RunAsync(
                    IPEndPoint.Parse(target), Connections, TimeSpan.FromSeconds(Number(clientSeconds)));
            default:
                return IsCompiledAsTheService
                    ? await MeasureAsync(args, args is [var text] ? Number(text) : 6)
                    : await AgainAsync(args);
        }
    }

    /// <summary>The service compiles a method once, optimised; peers of other commands are measured in tiers, as is usual.</summary>
    private static bool IsCompiledAsTheService => Environment.GetEnvironmentVariable(TieredCompilation) == "0";

    private static async Task<int> AgainAsync(string[] args)
    {
        var flags = BenchResult.IsRecording ? [BenchResult.RecordFlag] : Array.Empty<string>();
        using var again = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["kinesis", .. args, .. flags])
        {
            Environment = { [TieredCompilation] = "0" },
        })!;
        await again.WaitForExitAsync();
        return again.ExitCode;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static async Task<int> MeasureAsync(string[] args, int seconds)
    {
        var result = new BenchResult("kinesis", "PutRecords at the endpoint", args)
        {
            Verified = "every answer was 200 with 500 sequence numbers and no failed record, as many readings were decoded as records were "
                + "answered, none rejected, and as many slots were read back from the journal",
            Notes = "Endpoint, signature, base64 and decoder before a ring that takes everything, and before ring and journal, whose sync every "
                + "answer awaits. The client has a process of its own on the same cores. CPU and allocated bytes are of the whole service process. "
                + "kinesalite keeps its records in memory and syncs nothing. Turn by turn; ratios are of neighbours.",
        };
        result.Option("seconds", seconds);
        result.Option("connections", Connections);
        result.Option("records a call", PutRecordsBody.RecordCount);
        result.Option("bytes a record", PutRecordsBody.RecordBytes);
        result.Option("shards", ShardCount);

        await using var open = await PutRecordsService.StartAsync(hasJournal: false);
        await using var journaled = await PutRecordsService.StartAsync(hasJournal: true);
        using var peer = Kinesalite.IsThere ? await Kinesalite.StartAsync("readings", ShardCount) : null;
        await ClientAsync(open.Address, WarmUpSeconds);
        await ClientAsync(journaled.Address, WarmUpSeconds);
        var (opens, journals, peers) = (new List<OneRun>(), new List<OneRun>(), new List<double>());
        for (var run = 0; run < RunCount; run++)
        {
            opens.Add(await MeasureAsync(open, seconds));
            journals.Add(await MeasureAsync(journaled, seconds));
            if (peer is not null)
            {
                var (records, elapsed) = await ClientAsync(peer.Address, seconds);
                peers.Add(records / elapsed);
            }
        }

        await open.StopAsync();
        await journaled.StopAsync();
        Report(result, "endpoint, signature, decode", opens, cpuGoal: null);
        Report(result, "endpoint, signature, decode, journal synced", journals, Goal.AtMost(1_000));
        if (peer is null)
        {
            result.NotMeasured("kinesis: kinesalite in the same run, which tools/interop/setup.sh brings");
        }
        else
        {
            result.Add(new Figure("PutRecords", "kinesalite, in memory", "rate", "records/s", [.. peers]));
            result.Add(new Figure(
                "our rate over the peer's", "journal synced, against kinesalite", "ratio", "x",
                [.. journals.Zip(peers, (ours, theirs) => ours.RecordsPerSecond / theirs)]) { Goal = Goal.AtLeast(20) });
        }

        return result.Finish();
    }

    private static async Task<OneRun> MeasureAsync(PutRecordsService service, int seconds)
    {
        var process = Process.GetCurrentProcess();
        var cpuBefore = process.TotalProcessorTime;
        var allocatedBefore = GC.GetTotalAllocatedBytes();
        var readingsBefore = service.ReadingsAccepted;

        var (records, elapsed) = await ClientAsync(service.Address, seconds);

        process.Refresh();
        var cpu = process.TotalProcessorTime - cpuBefore;
        var allocated = (double)(GC.GetTotalAllocatedBytes() - allocatedBefore);
        var readings = service.ReadingsAccepted - readingsBefore;
        if (readings != records || service.ReadingsRejected != 0)
        {
            throw new InvalidOperationException($"{records} records were answered, {readings} readings decoded.");
        }

        return new OneRun(
            records / elapsed,
            cpu.TotalNanoseconds / records,
            allocated / records * PutRecordsBody.RecordCount);
    }

    private static void Report(BenchResult result, string name, List<OneRun> runs, Goal? cpuGoal)
    {
        const string Table = "PutRecords";
        result.Add(new Figure(Table, name, "service CPU", "ns/record", [.. runs.Select(run => run.CpuNanosPerRecord)]) { Goal = cpuGoal });
        result.Add(new Figure(Table, name, "rate", "records/s", [.. runs.Select(run => run.RecordsPerSecond)]));
        result.Add(new Figure(Table, name, "allocated", "B/call", [.. runs.Select(run => run.AllocatedBytesPerCall)]));
    }

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
            options,
            new KinesisParts(
                names, () => PutRecordsService.NewIntake(names, quota), new PutRecordsService.NoWait(), new SystemClock()));
        await endpoint.StartAsync(CancellationToken.None);
        var ending = new TaskCompletionSource();
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => ending.TrySetResult());
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => ending.TrySetResult());
        await ending.Task;
        await endpoint.StopAsync(CancellationToken.None);
        return 0;
    }

    private static async Task<(long Records, double Seconds)> ClientAsync(IPEndPoint target, int seconds)
    {
        using var client = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "kinesis", "client", target.ToString(), seconds.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
        })!;
        var output = await client.StandardOutput.ReadToEndAsync();
        await client.WaitForExitAsync();
        return client.ExitCode == 0 && output.Split(' ') is [var records, var elapsed]
            ? (long.Parse(records, CultureInfo.InvariantCulture), double.Parse(elapsed, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException("The client failed.");
    }

    private sealed record OneRun(double RecordsPerSecond, double CpuNanosPerRecord, double AllocatedBytesPerCall);
}
