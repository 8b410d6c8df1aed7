using System.Diagnostics;
using HotPath.Faults.Campaigns;
using HotPath.Faults.Check;
using HotPath.Faults.Load;
using HotPath.Faults.Target;

namespace HotPath.Faults.Kills;

/// <summary>
/// One round: a real service under PutRecords and UDP, killed at random points (while it starts, too) and stopped by
/// SIGSTOP now and then, started again on the same data, with another count of shards. At the end its tables are
/// compared with what was acknowledged, with an undisturbed run, and with a replay of its journal.
/// </summary>
internal sealed class KillCampaign(string directory, bool takesSnapshots, bool isControl)
{
    private const int KillsPerRound = 25;
    private const int ClientCount = 2;

    public async Task<CampaignRecord> RunRoundAsync(int seed, long killsWanted)
    {
        var work = Path.Combine(directory, $"kills-{seed}");
        if (Directory.Exists(work))
        {
            Directory.Delete(work, recursive: true);
        }

        using var round = new Round(seed, NewPlace(Path.Combine(work, "killed")), new Random(seed), isControl);
        await round.RunAsync((int)Math.Min(killsWanted, KillsPerRound));
        var findings = new List<string>(round.Findings);
        if (findings.Count == 0)
        {
            findings.AddRange(await CompareAsync(round, Path.Combine(work, "undisturbed"), seed));
        }

        if (findings.Count == 0 || isControl)
        {
            // What went wrong is kept, to be looked at.
            Directory.Delete(work, recursive: true);
        }

        return new CampaignRecord("", seed, round.Kills, findings, round.Counts);
    }

    private Place NewPlace(string place) =>
        takesSnapshots ? Place.In(place) with { More = Place.SnapshotsOften } : Place.In(place);

    private static async Task<IEnumerable<string>> CompareAsync(Round round, string directory, int seed)
    {
        var stored = await StoredRows.ReadAsync(round.Place.Tables);
        var undisturbed = await UndisturbedRun.OfAsync(round.Senders.Clients, directory, seed);
        round.Counts["rows"] = stored.ReadingCount;
        round.Counts["transitions"] = stored.TransitionCount;
        return
        [
            .. round.Senders.Clients.SelectMany(client => stored.CompareWithSent(client, seed, client.CallsAcknowledged)),
            .. stored.CompareEvents(undisturbed, [.. round.Senders.Clients.SelectMany(client => client.Machines)]),
            .. stored.CompareWithJournal(JournalTruth.Of(round.Place.Journal)),
        ];
    }

    private sealed class Round(int seed, Place place, Random random, bool isControl) : IDisposable
    {
        public Place Place { get; } = place;

        public Senders Senders { get; } = new(ClientCount, place.KinesisPort, place.UdpPort, seed, isControl);

        public long Kills { get; private set; }

        public List<string> Findings { get; } = [];

        public Dictionary<string, double> Counts { get; } = [];

        public async Task RunAsync(int kills)
        {
            var watch = Stopwatch.StartNew();
            await using var service = new Service(Place);
            await service.StartAsync();
            if (!await service.WaitUntilReadyAsync())
            {
                Findings.Add($"the service does not start:\n{service.Messages}");
                return;
            }

            Senders.Start();
            while (Kills < kills && Findings.Count == 0)
            {
                Senders.ThrowIfBroken();
                await DisturbAsync(service);
            }

            if (Findings.Count == 0 && await IsReadyAsync(service))
            {
                await EndAsync(service);
            }

            await Senders.GiveUpAsync();
            Counts["stops"] = _stops;
            Counts["killsWhileStarting"] = _killsWhileStarting;
            Counts["startsFromSnapshot"] = service.StartsFromSnapshot;
            Counts["acknowledged"] = Senders.ReadingsAcknowledged;
            Counts["callsRepeated"] = Senders.CallsRepeated;
            Counts["datagrams"] = Senders.DatagramsSent;
            Counts["seconds"] = watch.Elapsed.TotalSeconds;
        }

        public void Dispose() => Senders.Dispose();

        private long _stops;
        private long _killsWhileStarting;

        /// <summary>Lets it work for a while, or start, and kills it.</summary>
        private async Task DisturbAsync(Service service)
        {
            if (random.Next(5) == 0)
            {
                // In the middle of starting: recovery must stand being repeated.
                await Task.Delay(random.Next(50, 700));
                _killsWhileStarting++;
            }
            else
            {
                if (!await IsReadyAsync(service))
                {
                    return;
                }

                await Task.Delay(random.Next(20, 500));
                if (random.Next(4) == 0)
                {
                    service.Signal(Signals.Stop);
                    await Task.Delay(random.Next(20, 400));
                    service.Signal(Signals.Continue);
                    _stops++;
                    await Task.Delay(random.Next(0, 100));
                }
            }

            if (service.HasExited)
            {
                Findings.Add($"the service ended by itself with {service.ExitCode}:\n{service.Messages}");
                return;
            }

            await service.KillAsync();
            Kills++;
            service.Place = Place with { Shards = random.Next(1, 4) };
            await service.StartAsync();
        }

        private async Task<bool> IsReadyAsync(Service service)
        {
            if (await service.WaitUntilReadyAsync())
            {
                return true;
            }

            Findings.Add($"the service does not start again after {Kills} kills, exit code {service.ExitCode}:\n{service.Messages}");
            return false;
        }

        /// <summary>The calls under way are answered; then everything goes into the tables.</summary>
        private async Task EndAsync(Service service)
        {
            if (await Senders.EndAsync(service) is { } problem)
            {
                Findings.Add(problem);
                return;
            }

            await service.WaitUntilQuietAsync();
            if (await service.StopAsync() is var code and not 0)
            {
                Findings.Add($"SIGTERM ended it with {code}:\n{service.Messages}");
            }
        }
    }
}
