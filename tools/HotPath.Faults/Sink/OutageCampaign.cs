using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using HotPath.Demo;
using HotPath.Faults.Campaigns;
using HotPath.Faults.Target;

namespace HotPath.Faults.Sink;

/// <summary>
/// One round: a real service takes readings at a rate while its tables are away, come back, catch up, and then are slow and
/// fail now and then. Memory and disk are looked at once a second. At the end the table of readings is what the journal
/// gives, each reading once, transitions and downtimes are the generator's truth, and the logs have no gap.
/// </summary>
internal sealed class OutageCampaign(string directory, OutageOptions options, TextWriter output)
{
    public async Task<CampaignRecord> RunRoundAsync(int seed, long wanted)
    {
        var work = Path.Combine(directory, $"outage-{seed}");
        Directory.CreateDirectory(work);
        await using IBreakableTables tables = options.IsInStore
            ? new BreakableStore(seed)
            : await BreakableDirectory.CreateAsync(work);
        var round = new OutageRound(tables, options, seed, work, output);
        await round.RunAsync();
        if (round.Findings.Count == 0 || options.IsControl)
        {
            await tables.DisposeAsync();
            Directory.Delete(work, recursive: true);
        }

        return new CampaignRecord("", seed, 1, round.Findings, round.Counts);
    }
}

/// <summary>One outage from its begin to the comparison.</summary>
internal sealed class OutageRound(IBreakableTables tables, OutageOptions options, int seed, string work, TextWriter output)
{
    private const double CatchUpMin = 3;

    /// <summary>More than this from the middle of the time away to its end is growth.</summary>
    private const double ResidentGrowthShare = 0.05;

    /// <summary>Two flush intervals behind is as good as there.</summary>
    private const int BehindSeconds = 3;
    private const string Warm = "warm";
    private const string CatchingUp = "catching up";
    private const string Shaky = "shaky";
    private static readonly TimeSpan CatchUpPatience = TimeSpan.FromMinutes(15);

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Vitals _vitals = new();
    private string _phase = Warm;

    public List<string> Findings { get; } = [];

    public Dictionary<string, double> Counts { get; } = [];

    public async Task RunAsync()
    {
        var place = Place.In(work) with { Tables = tables.Location, FlushInterval = "1s", Rules = DemoRules(), Shards = 1 };
        await using var service = new Service(place);
        await service.StartAsync();
        if (!await service.WaitUntilReadyAsync())
        {
            Findings.Add($"the service does not start:\n{service.Messages}");
            return;
        }

        var truthPath = Path.Combine(work, "truth.ndjson");
        using var load = await PacedLoad.StartAsync(
            place, options.Rate, seed, truthPath, TimeSpan.FromSeconds(options.WarmSeconds + options.Seconds + options.ShakySeconds) + (2 * CatchUpPatience));
        using var ended = new CancellationTokenSource();
        var looking = LookAsync(service, ended.Token);
        await BreakAsync(service);
        var result = await load.EndAsync();
        await ended.CancelAsync();
        await looking;
        Sum();
        await CompareAsync(service, place, result, truthPath);
    }

    private static string DemoRules()
    {
        using var stream = typeof(DemoRun).Assembly.GetManifestResourceStream("demo-rules.yaml")!;
        using var text = new StreamReader(stream);
        return text.ReadToEnd();
    }

    private async Task BreakAsync(Service service)
    {
        await Task.Delay(TimeSpan.FromSeconds(options.WarmSeconds));
        foreach (var (how, go) in tables.Ways)
        {
            await go();
            await EnterAsync(how);
            await Task.Delay(TimeSpan.FromSeconds((double)options.Seconds / tables.Ways.Count));
        }

        await tables.ComeBackAsync();
        await EnterAsync(CatchingUp);
        await CatchUpAsync(service);
        await EnterAsync(Shaky);
        await tables.ShakeAsync(TimeSpan.FromSeconds(options.ShakySeconds));
        await EnterAsync("after");
        await CatchUpAsync(service);
    }

    private async Task EnterAsync(string phase)
    {
        _phase = phase;
        var last = _vitals.Last;
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"  {_watch.Elapsed.TotalSeconds:0} s: {phase}; resident {last?.ResidentMib:0} MiB, on disk {last?.DiskBytes / 1048576.0:0} MiB, behind {last?.Published - last?.InTables:#,0} readings"));
    }

    private async Task CatchUpAsync(Service service)
    {
        using var patience = new CancellationTokenSource(CatchUpPatience);
        while (!patience.IsCancellationRequested && !service.HasExited)
        {
            await Task.Delay(200);
            if (await Vital.LookAsync(service, 0, "") is { } now && now.Published - now.InTables < BehindSeconds * (long)options.Rate)
            {
                return;
            }
        }

        Findings.Add($"the tables do not catch up within {CatchUpPatience}:\n{service.Messages}");
    }

    private async Task LookAsync(Service service, CancellationToken ended)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (!ended.IsCancellationRequested)
        {
            await tick.WaitForNextTickAsync(CancellationToken.None);
            if (await Vital.LookAsync(service, _watch.Elapsed.TotalSeconds, _phase) is { } vital)
            {
                _vitals.Add(vital);
            }
        }
    }

    private void Sum()
    {
        var away = _vitals.Of([.. tables.Ways.Select(way => way.How)]);
        var catching = _vitals.Of(CatchingUp).SkipWhile(vital => vital.InTables <= away[^1].InTables).ToList();
        var settled = away.Skip(away.Count / 3).ToList();
        Counts["rate"] = Vitals.PublishedPerSecond(away);
        Counts["secondsAway"] = away[^1].Seconds - away[0].Seconds;
        Counts["residentMibBefore"] = _vitals.Of(Warm)[^1].ResidentMib;
        Counts["residentMibAway"] = settled.Average(vital => vital.ResidentMib);
        Counts["residentMibAMinuteAway"] = Vitals.ResidentSlope(settled);
        Counts["residentMibMax"] = _vitals.ResidentMibMax;
        Counts["diskBytesAReading"] = Vitals.DiskBytesPerReading(away);
        Counts["diskMibMax"] = away[^1].DiskBytes / 1048576.0;
        Counts["behindMax"] = away[^1].Published - away[^1].InTables;
        Counts["secondsUntilFirst"] = catching[0].Seconds - away[^1].Seconds;

        var middle = Median(away.Skip(away.Count / 3).Take(away.Count / 3));
        var end = Median(away.Skip(away.Count * 2 / 3));
        if (end > middle * (1 + ResidentGrowthShare))
        {
            Findings.Add($"memory grew while the tables were away: {middle:0} MiB in the middle third, {end:0} in the last");
        }

        // From the last second before the first row on, so that short catching up has a begin.
        var last = away[^1] with { Seconds = catching[0].Seconds - 1 };
        var caught = Vitals.IntoTablesPerSecond([last, .. catching]);
        Counts["caughtUpPerSecond"] = caught;
        Counts["caughtUpTimesLive"] = caught / Vitals.PublishedPerSecond(catching.Count > 1 ? catching : away);
        if (Counts["caughtUpTimesLive"] < CatchUpMin)
        {
            Findings.Add($"caught up at {Counts["caughtUpTimesLive"]:0.0} times the live rate only");
        }
    }

    private static double Median(IEnumerable<Vital> vitals)
    {
        var sorted = vitals.Select(vital => vital.ResidentMib).Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private async Task CompareAsync(Service service, Place place, JsonElement result, string truthPath)
    {
        await service.WaitUntilQuietAsync();
        var status = await service.StatusAsync();
        var books = status.GetProperty("books");
        var sent = result.GetProperty("sent").GetInt64();
        var received = books.GetProperty("received").GetInt64();
        var dropped = status.GetProperty("listeners").EnumerateArray().Sum(listener => listener.GetProperty("dropped").GetInt64());
        Counts["readings"] = received;
        if (received != sent || dropped > 0 || books.GetProperty("duplicate").GetInt64() + books.GetProperty("future").GetInt64() > 0)
        {
            Findings.Add($"{sent} readings were sent, the books say {books}, {dropped} datagrams were dropped: nothing to compare exactly");
        }

        if (await service.StopAsync() is var code and not 0)
        {
            Findings.Add($"SIGTERM ended it with {code}:\n{service.Messages}");
        }

        if (options.IsControl)
        {
            Spoil();
        }

        var logs = await LogCheck.AllAsync(place.Tables);
        Findings.AddRange(logs.SelectMany(log => log.Findings));
        var (exact, findings) = await ExactReadings.CompareAsync(place.Journal, place.Tables);
        Findings.AddRange(findings);
        Counts["rows"] = exact.InTable;
        if (!options.IsInStore)
        {
            var why = result.GetProperty("truth").GetProperty("why").GetString();
            var truth = await TruthCheck.CompareAsync(truthPath, place.Tables, why);
            Counts["transitions"] = truth.TransitionsFound;
            if (!truth.IsEqual)
            {
                Findings.Add($"the truth differs: {truth.NotComparable} missing {string.Join("; ", truth.Missing)}, unexpected {string.Join("; ", truth.Unexpected)}");
            }
        }
    }

    /// <summary>One commit of readings says that it added what the one before it added.</summary>
    private void Spoil()
    {
        var commits = Directory.GetFiles(Path.Combine(tables.Location, "readings", "_delta_log"), "*.json").Order().ToList();
        var checkpoints = Directory.GetFiles(Path.Combine(tables.Location, "readings", "_delta_log"), "*checkpoint*");
        Array.ForEach(checkpoints, File.Delete);
        File.Copy(commits[^2], commits[^1], overwrite: true);
    }
}
