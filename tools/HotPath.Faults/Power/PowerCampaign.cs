using System.Diagnostics;
using HotPath.Engine.Journal;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.Faults.Campaigns;
using HotPath.Faults.Check;
using HotPath.Faults.Load;
using HotPath.Faults.Target;

namespace HotPath.Faults.Power;

/// <summary>
/// One round: a real service whose data and tables lie on a filesystem of their own, under PutRecords and UDP; its power
/// is cut at random points, also while it starts. At the end nothing acknowledged may be missing, and the tables must be
/// what a replay of the journal gives. Under policy interval what was lost is counted, and how old it was.
/// </summary>
internal sealed class PowerCampaign(string directory, PowerOptions options)
{
    private const int CutsPerRound = 20;
    private const int ClientCount = 2;
    private const long ImageMegabytes = 3_072;

    /// <summary>Beyond the interval itself: a sync under way, and threads that wait for a core.</summary>
    private const int WindowSlackMs = 1_000;

    public async Task<CampaignRecord> RunRoundAsync(int seed, long cutsWanted)
    {
        var work = Path.Combine(directory, $"power-{options.Filesystem}-{options.Sync}");
        await using var image = await LoopImage.CreateAsync(work, options.Filesystem, ImageMegabytes);
        var place = Place.In(work) with
        {
            Data = Path.Combine(image.Mount, "data"),
            Tables = Path.Combine(image.Mount, "tables"),
            Sync = options.Sync,
            SyncIntervalMs = options.IntervalMs,
            More = options.TakesSnapshots ? Place.SnapshotsOften : "",
        };
        using var round = new Round(place, image, seed, options);
        await round.RunAsync((int)Math.Min(cutsWanted, CutsPerRound));
        if (round.Findings.Count == 0)
        {
            var stored = await StoredRows.ReadAsync(place.Tables);
            round.Counts["rows"] = stored.ReadingCount;
            round.Counts["acknowledgedLost"] = round.Senders.Clients.Sum(stored.CountMissing);
            round.Findings.AddRange(round.Senders.Clients.SelectMany(client => stored.CompareWithSent(client, seed, client.CallsAcknowledged)));
            round.Findings.AddRange(stored.CompareWithJournal(JournalTruth.Of(place.Journal)));
        }

        return new CampaignRecord("", seed, round.Cuts, round.Findings, round.Counts);
    }

    private sealed class Round(Place place, LoopImage image, int seed, PowerOptions options) : IDisposable
    {
        private readonly Random _random = new(seed);

        public Senders Senders { get; } = new(ClientCount, place.KinesisPort, place.UdpPort, seed, isCredulous: false);

        public long Cuts { get; private set; }

        public List<string> Findings { get; } = [];

        public Dictionary<string, double> Counts { get; } = new() { ["slotsLost"] = 0, ["lossWindowMsMax"] = 0, ["cutsWhileStarting"] = 0 };

        public async Task RunAsync(int cuts)
        {
            var watch = Stopwatch.StartNew();
            await using var service = new Service(place);
            await service.StartAsync();
            Senders.Start();
            while (Cuts < cuts && Findings.Count == 0)
            {
                Senders.ThrowIfBroken();
                await CutAsync(service);
            }

            if (Findings.Count == 0 && await IsReadyAsync(service))
            {
                await EndAsync(service);
            }

            await Senders.GiveUpAsync();
            Counts["startsFromSnapshot"] = service.StartsFromSnapshot;
            Counts["acknowledged"] = Senders.ReadingsAcknowledged;
            Counts["datagrams"] = Senders.DatagramsSent;
            Counts["seconds"] = watch.Elapsed.TotalSeconds;
        }

        public void Dispose() => Senders.Dispose();

        private async Task EndAsync(Service service)
        {
            if (await Senders.EndAsync(service) is { } problem)
            {
                Findings.Add(problem);
                return;
            }

            await service.WaitUntilQuietAsync();
            await service.StopAsync();
        }

        private async Task CutAsync(Service service)
        {
            long? publishedLsn = null;
            if (_random.Next(6) == 0)
            {
                await Task.Delay(_random.Next(50, 900));
                Counts["cutsWhileStarting"]++;
            }
            else if (await IsReadyAsync(service))
            {
                await Task.Delay(_random.Next(50, 700));
                publishedLsn = (await service.StatusAsync()).GetProperty("positions").GetProperty("published").GetInt64();
            }
            else
            {
                return;
            }

            if (service.HasExited)
            {
                Findings.Add($"the service ended by itself with {service.ExitCode}:\n{service.Messages}");
                return;
            }

            image.CutPower();
            var cutAtMicros = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            Cuts++;
            await service.KillAsync();
            await image.RemountAsync();
            if (publishedLsn is { } published)
            {
                Measure(published, cutAtMicros);
            }

            service.Place = service.Place with { Shards = _random.Next(1, 4) };
            await service.StartAsync();
        }

        /// <summary>What a power cut took: slots that were published, and for how long before it nothing is there.</summary>
        private void Measure(long publishedLsn, long cutAtMicros)
        {
            using var journal = JournalView.Open(LibcDisk.ReadOnly(place.Journal));
            var lastLsn = journal.Recovery.LastLsn;
            Counts["slotsLost"] += Math.Max(0, publishedLsn - lastLsn);
            if (publishedLsn > lastLsn && FirstReceivedMicrosMissing(journal, lastLsn) is { } lastMicros)
            {
                var windowMs = (cutAtMicros - lastMicros) / 1_000.0;
                Counts["lossWindowMsMax"] = Math.Max(Counts["lossWindowMsMax"], windowMs);
                if (windowMs > options.IntervalMs + WindowSlackMs && options.Sync == "interval")
                {
                    Findings.Add($"a power cut took the last {windowMs:F0} ms under an interval of {options.IntervalMs} ms");
                }
            }
        }

        /// <summary>When the last slot that is there was received: what is missing is not older.</summary>
        private static long? FirstReceivedMicrosMissing(JournalView journal, long lastLsn)
        {
            using var reader = journal.NewReader(lastLsn);
            return reader.TryRead(lastLsn) == JournalRead.Slots && reader.Slots[^1].Kind != SlotKind.None
                ? reader.Slots[^1].ReceivedAtMicros
                : null;
        }

        private async Task<bool> IsReadyAsync(Service service)
        {
            if (await service.WaitUntilReadyAsync())
            {
                return true;
            }

            Findings.Add($"the service does not start after {Cuts} power cuts, exit code {service.ExitCode}:\n{service.Messages}");
            return false;
        }
    }
}

/// <param name="Filesystem">ext4 or xfs.</param>
/// <param name="Sync">batch or interval; none is the negative control: it acknowledges what a power cut takes.</param>
/// <param name="IntervalMs">Of policy interval.</param>
/// <param name="TakesSnapshots">Whether most starts have a snapshot to go on from.</param>
internal sealed record PowerOptions(string Filesystem, string Sync, int IntervalMs, bool TakesSnapshots);
