using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using HotPath.Benchmarks.EndToEnd;
using HotPath.Benchmarks.Results;
using HotPath.Faults.Sink;

namespace HotPath.Benchmarks.Restart;

/// <summary>
/// How long the service takes until it is ready after kill -9, with gigabytes of journal and snapshots by the default rule:
/// killed when nearly as much has come since the last snapshot as can come.
/// </summary>
/// <remarks>
/// <code>
/// engine in this process ──> journal of so many GiB, snapshots ─┐
/// hotpath-load ──UDP──> hotpath run on the same directory ──────┴─> kill -9, start until ready (5 times), stop, compare
/// </code>
/// </remarks>
internal sealed partial class ServiceRestart(string[] args)
{
    private const int Starts = 5;
    private const double ReadySecondsMax = 5;

    /// <summary>Of the 20,000,000 of the default rule: what comes between two looks must not bring the next snapshot.</summary>
    private const long SinceSnapshotMin = 17_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly EndToEndOptions Load = new() { Seconds = 600, Rate = "1500000" };

    private readonly double _gib = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 2;

    public int Run()
    {
        var directory = Path.Combine(args.ElementAtOrDefault(2) ?? Path.GetTempPath(), $"hotpath-restart-{Environment.ProcessId}");
        try
        {
            return RunAsync(directory).GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task<int> RunAsync(string directory)
    {
        Directory.CreateDirectory(directory);
        var bulk = BulkJournal.Make(Path.Combine(directory, "data"), (long)(_gib * (1L << 30)));
        Console.Error.WriteLine($"{bulk.Readings:#,0} readings, {bulk.Bytes / 1048576.0:#,0} MiB of journal; the tables follow.");
        var sinceSnapshot = await LiveAndDieAsync(directory);
        Console.Error.WriteLine($"Killed {sinceSnapshot:#,0} slots after a snapshot.");
        var starts = new List<Start>();
        for (var start = 0; start < Starts; start++)
        {
            starts.Add(await StartAndDieAsync(directory));
        }

        await using (var last = await ServiceProcess.StartAsync(directory, Load))
        {
            await UntilInTablesAsync(last);
            await last.StopAsync();
        }

        var journal = Path.Combine(directory, "data", "journal");
        var (exact, findings) = await ExactReadings.CompareAsync(journal, Path.Combine(directory, "tables"));
        if (findings.Count > 0)
        {
            throw new InvalidOperationException($"The run does not count: {findings[0]}");
        }

        return Report(journal, starts, exact);
    }

    private int Report(string journal, List<Start> starts, ExactReadings exact)
    {
        var result = new BenchResult("restart", $"The service after kill -9, {_gib} GiB of journal", args)
        {
            Verified = "after the last start the table of readings holds every reading of the journal once and as it is",
            Notes = "The journal's bulk is made by the engine in the bench's process, full doubles and times in microseconds; what is replayed came "
                + "by UDP under ten rules a machine. From the start of the process, runtime and all, until /healthz/ready says so, looked at every "
                + "50 ms, and the service's CPU until then.",
        };
        result.Option("journal bytes", new DirectoryInfo(journal).EnumerateFiles().Sum(file => file.Length));
        result.Option("readings", exact.InJournal);
        result.Option("snapshots", "every 60 s or 20,000,000 readings");
        const string Table = "warm disk";
        var name = $"{starts.Max(start => start.Slots):#,0} slots behind the snapshot";
        result.Add(new Figure(Table, name, "until ready", "s", [.. starts.Select(start => start.Seconds)]) { Goal = Goal.AtMost(ReadySecondsMax) });
        result.Add(new Figure(Table, name, "CPU until ready", "s", [.. starts.Select(start => start.CpuSeconds)]));
        result.Add(new Figure(Table, name, "resident, most", "MiB", [.. starts.Select(start => start.ResidentMib)]));
        return result.Finish();
    }

    /// <summary>Takes in what the journal holds, then readings, and is killed long after its last snapshot.</summary>
    private static async Task<long> LiveAndDieAsync(string directory)
    {
        await using var service = await ServiceProcess.StartAsync(directory, Load);
        await UntilInTablesAsync(service);
        using var load = LoadProcess.Start(Load, service, Path.Combine(directory, "truth.ndjson"));
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < Patience)
        {
            var published = (await service.MetricsAsync()).Sum("hotpath_ring_published_lsn");
            var behind = published - await SnapshotLsnAsync(service);
            if (behind >= SinceSnapshotMin)
            {
                return (long)behind;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException($"No {SinceSnapshotMin} slots came between two snapshots within {Patience}.");
    }

    private static async Task<Start> StartAndDieAsync(string directory)
    {
        var watch = Stopwatch.GetTimestamp();
        await using var service = await ServiceProcess.StartAsync(directory, Load);
        var (seconds, cpu) = (Stopwatch.GetElapsedTime(watch).TotalSeconds, service.CpuNanos / 1e9);
        var replayed = Replayed().Match(service.Messages);
        return replayed.Success
            ? new Start(seconds, cpu, long.Parse(replayed.Groups["slots"].Value, CultureInfo.InvariantCulture), service.ResidentBytesMax / 1048576.0)
            : throw new InvalidOperationException($"It does not say what it replayed: {service.Messages}");
    }

    private static async Task UntilInTablesAsync(ServiceProcess service)
    {
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < Patience)
        {
            var page = await service.MetricsAsync();
            if (page.Sum("hotpath_delta_position_lsn") >= page.Sum("hotpath_journal_durable_lsn") - 1_000)
            {
                return;
            }

            await Task.Delay(200);
        }

        throw new InvalidOperationException($"The tables did not follow within {Patience}: {service.Messages}");
    }

    private static async Task<long> SnapshotLsnAsync(ServiceProcess service)
    {
        using var http = new HttpClient();
        var health = JsonSerializer.Deserialize<JsonElement>(await http.GetStringAsync(new Uri(service.MetricsAddress, "/healthz/ready")));
        var reason = health.GetProperty("checks").EnumerateArray()
            .Single(check => check.GetProperty("name").GetString() == "snapshots").GetProperty("reason").GetString()!;
        return Number().Match(reason) is { Success: true } number
            ? long.Parse(number.Value, CultureInfo.InvariantCulture)
            : long.MaxValue / 2;
    }

    [GeneratedRegex(@"replayed (?<slots>\d+) slots")]
    private static partial Regex Replayed();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    private sealed record Start(double Seconds, double CpuSeconds, long Slots, double ResidentMib);
}
