using System.Diagnostics;
using System.Text.Json;
using HotPath.Demo;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>
/// Generator process, sockets, service process, tables; then the books, the rows and the truth are checked, and only a run
/// in which all of them are right gives an outcome.
/// </summary>
internal sealed class EndToEndRun(EndToEndOptions options)
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(30);

    private double _waitingMax;

    public static EndToEndOutcome Execute(EndToEndOptions options) =>
        new EndToEndRun(options).ExecuteAsync().GetAwaiter().GetResult();

    private async Task<EndToEndOutcome> ExecuteAsync()
    {
        var directory = Directory.CreateTempSubdirectory("hotpath-e2e-").FullName;
        try
        {
            await using var service = await ServiceProcess.StartAsync(directory, options);
            return await MeasureAsync(service, Path.Combine(directory, "truth.ndjson"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task<EndToEndOutcome> MeasureAsync(ServiceProcess service, string truthPath)
    {
        var pageBefore = await service.MetricsAsync();
        var threadsBefore = ThreadCpu.Of(service.Id);
        var cpuBefore = service.CpuNanos;
        using var probe = options.ProbesPerSecond > 0 ? new LatencyProbe(service, options.ProbesPerSecond) : null;
        using var load = LoadProcess.Start(options, service, truthPath);
        var sent = await FollowAsync(load, service);
        probe?.StopSending();
        var (page, behindSeconds) = await DrainAsync(service, load, sent.Readings + (probe?.ReadingsSent ?? 0), sent.EndTicks);
        var threads = ThreadCpu.Of(service.Id).Since(threadsBefore);
        var cpuNanos = service.CpuNanos - cpuBefore;
        var residentMib = service.ResidentBytesMax / 1048576.0;
        var latencyMs = probe?.End() ?? [];
        var result = await load.ResultAsync();
        await service.StopAsync();
        var truth = await VerifyAsync(service, page, result, truthPath, probe?.ReadingsSent ?? 0);

        var readings = page.Sum("hotpath_readings_stored_total");
        var generator = result.GetProperty("generator");
        var lanes = options.ByKinesis ? 4 : 1;
        return new EndToEndOutcome
        {
            Readings = (long)readings,
            SendSeconds = sent.Seconds,
            BehindSeconds = behindSeconds,
            CpuNanos = cpuNanos / readings,
            Stages = [.. StagesOf(threads, pageBefore, page, cpuNanos).Select(stage => (stage.Stage, stage.Nanos / readings))],
            AllocatedBytes = Grown("dotnet_gc_allocated_bytes_total") / readings,
            Collections = Grown("dotnet_gc_collections_total"),
            JournalBytes = Grown("hotpath_journal_bytes") / readings,
            TableBytes = BytesUnder(service.Tables) / readings,
            LedgerBytes = BytesUnder(service.Ledger) / readings,
            ResidentMibMax = residentMib,
            WaitingReadingsMax = _waitingMax,
            CallsTurnedAway = CallsTurnedAway(page),
            Transitions = truth,
            GeneratorCpuNanos = generator.GetProperty("cpuSeconds").GetDouble() * 1e9 / readings,
            PaceWaitShare = generator.GetProperty("paceWaitSeconds").GetDouble() / lanes / sent.Seconds,
            ReceiverWaitShare = generator.GetProperty("receiverWaitSeconds").GetDouble() / lanes / sent.Seconds,
            LatencyMs = latencyMs,
        };

        double Grown(string metric) => page.Sum(metric) - pageBefore.Sum(metric);
    }

    /// <summary>Until the generator says that it has sent its last.</summary>
    private async Task<(long Readings, double Seconds, long EndTicks)> FollowAsync(LoadProcess load, ServiceProcess service)
    {
        while (await load.NextProgressAsync() is { } progress)
        {
            if (progress.GetProperty("ended").GetBoolean())
            {
                var (readings, seconds) = (progress.GetProperty("sent").GetInt64(), progress.GetProperty("seconds").GetDouble());
                return (readings, seconds, Stopwatch.GetTimestamp());
            }

            Observe(await service.MetricsAsync());
        }

        throw new InvalidOperationException("The generator did not send to its end.");
    }

    private void Observe(MetricsPage page) => _waitingMax = Math.Max(
        _waitingMax, page.Sum("hotpath_ring_published_lsn") - page.Sum("hotpath_delta_position_lsn"));

    private async Task<(MetricsPage Page, double Seconds)> DrainAsync(
        ServiceProcess service, LoadProcess load, long sent, long endTicks)
    {
        while (Stopwatch.GetElapsedTime(endTicks) < DrainPatience)
        {
            var page = await service.MetricsAsync();
            var stored = page.Sum("hotpath_readings_stored_total");
            var isThere = page.Sum("hotpath_readings_received_total") >= sent
                && (!options.HasFlush || page.Sum("hotpath_delta_rows_total", "table=\"readings\"") >= stored);
            if (isThere)
            {
                return (page, Stopwatch.GetElapsedTime(endTicks).TotalSeconds);
            }

            await Task.Delay(50);
        }

        var end = await service.MetricsAsync();
        throw new InvalidOperationException(
            $"The generator says {await load.ResultAsync()}; sent {sent}, received {end.Sum("hotpath_readings_received_total")}, "
            + $"dropped datagrams {end.Sum("hotpath_datagrams_dropped_total")}, lost {end.Sum("hotpath_readings_lost_total")}, "
            + $"in the table {end.Sum("hotpath_delta_rows_total", "table=\"readings\"")}: not all arrived within {DrainPatience}.");
    }

    /// <summary>Throws where a book, a table or the truth is not right; the transitions that were compared.</summary>
    private async Task<long> VerifyAsync(
        ServiceProcess service, MetricsPage page, JsonElement result, string truthPath, long probed)
    {
        var sent = result.GetProperty("sent").GetInt64() + probed;
        var received = page.Sum("hotpath_readings_received_total");
        var stored = page.Sum("hotpath_readings_stored_total");
        var duplicate = page.Sum("hotpath_duplicate_readings_total");
        Require(received == sent, $"sent {sent}, received {received}");
        Require(DroppedIn(page) == 0 && page.Sum("hotpath_readings_lost_total") == 0, "something was lost");
        Require(page.Sum("hotpath_readings_rejected_total") == 0, "something was rejected");
        Require(received == stored + duplicate + page.Sum("hotpath_future_readings_total"), "accepted differs from stored + duplicate + future");
        if (!options.HasFlush)
        {
            return 0;
        }

        var rows = await TruthCheck.CountRowsAsync(service.Tables);
        var readings = rows.Single(row => row.Table == "readings").Rows;
        Require(readings == stored, $"stored {stored}, rows {readings}");
        var why = result.GetProperty("truth").GetProperty("why").GetString();
        var truth = await TruthCheck.CompareAsync(truthPath, service.Tables, why, BenchRules.DemoRuleIds());
        Require(
            truth.IsEqual,
            $"the truth differs: {truth.NotComparable} missing {string.Join("; ", truth.Missing)}, unexpected {string.Join("; ", truth.Unexpected)}");
        return truth.TransitionsFound;
    }

    /// <summary>Calls that found the ring full were told so and came again: nothing of them is lost.</summary>
    private double DroppedIn(MetricsPage page) =>
        page.Sum("hotpath_datagrams_dropped_total") - (options.ByKinesis ? CallsTurnedAway(page) : 0);

    private static double CallsTurnedAway(MetricsPage page) =>
        page.Sum("hotpath_datagrams_dropped_total", "reason=\"ring_full\"");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"The run does not count: {otherwise}.");
        }
    }

    /// <summary>The sink's thread by its steps; what no thread that still lives used is told as such.</summary>
    private static IEnumerable<(string Stage, double Nanos)> StagesOf(
        Dictionary<string, double> threads, MetricsPage before, MetricsPage after, double cpuNanos)
    {
        foreach (var (stage, nanos) in threads.Where(thread => thread.Key is not ("sink" or ThreadCpu.ShardAndLedger)).OrderByDescending(thread => thread.Value))
        {
            yield return (stage, nanos);
        }

        foreach (var stage in SharedThread(threads.GetValueOrDefault(ThreadCpu.ShardAndLedger), before, after))
        {
            yield return stage;
        }

        var sinkNanos = threads.GetValueOrDefault("sink");
        foreach (var (labels, seconds) in after.Samples("hotpath_delta_cpu_seconds_total"))
        {
            var step = MetricsPage.LabelOf(labels, "step");
            var nanos = (seconds - before.Sum("hotpath_delta_cpu_seconds_total", $"step=\"{step}\"")) * 1e9;
            sinkNanos -= nanos;
            yield return ($"sink: {step.Replace('_', '-')}", nanos);
        }

        yield return ("sink: rest", sinkNanos);
        yield return ("threads that ended", Math.Max(0, cpuNanos - threads.Values.Sum()));
    }

    /// <summary>The thread of shards and ledger by what the service sampled of its turns; the rest is its waiting.</summary>
    private static IEnumerable<(string Stage, double Nanos)> SharedThread(double threadNanos, MetricsPage before, MetricsPage after)
    {
        if (threadNanos == 0)
        {
            yield break;
        }

        const string Metric = "hotpath_agent_cpu_seconds_total";
        var shardNanos = Grown("shard");
        var ledgerNanos = Grown("ledger");
        yield return ("shard (sampled)", shardNanos);
        yield return ("ledger (sampled)", ledgerNanos);
        yield return ("shard and ledger: waiting", threadNanos - shardNanos - ledgerNanos);

        double Grown(string agent) => (after.Sum(Metric, $"agent=\"{agent}") - before.Sum(Metric, $"agent=\"{agent}")) * 1e9;
    }

    private static double BytesUnder(string directory) => Directory.Exists(directory)
        ? new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => (double)file.Length)
        : 0;
}
