using System.Diagnostics;
using HotPath.Faults.Campaigns;
using HotPath.Faults.Check;
using HotPath.Faults.Load;
using HotPath.Faults.Target;

namespace HotPath.Faults.Full;

/// <summary>
/// One round: a real service whose data lie on a small filesystem, under PutRecords and UDP. Again and again somebody takes
/// all room there is, until the service says that it can take no more; then there is room again. It must refuse instead
/// of acknowledging what it cannot keep, and heal without a restart; killed meanwhile it starts when there is room. At
/// the end every acknowledged reading must be in the tables exactly once, and events as in an undisturbed run.
/// </summary>
internal sealed class FullCampaign(string directory, bool isControl)
{
    private const int EpisodesPerRound = 10;
    private const int EpisodesOfControl = 2;
    private const int ClientCount = 4;
    private const long ImageMegabytes = 64;

    public async Task<CampaignRecord> RunRoundAsync(int seed, long episodesWanted)
    {
        var work = Path.Combine(directory, $"full-{seed}");
        await using var image = await LoopImage.CreateAsync(work, "ext4", ImageMegabytes);
        var place = Place.In(work) with
        {
            Data = Path.Combine(image.Mount, "data"),
            SegmentBytes = "256KiB",
            More = Place.SnapshotsOften,
        };
        using var round = new Round(place, new Ballast(image.Mount), seed, isControl);
        await round.RunAsync((int)Math.Min(episodesWanted, isControl ? EpisodesOfControl : EpisodesPerRound));
        if (round.Findings.Count == 0)
        {
            round.Findings.AddRange(await CompareAsync(round.Senders.Clients, place, seed));
        }

        if (round.Findings.Count == 0 || isControl)
        {
            Directory.Delete(place.Tables, recursive: true);
        }

        return new CampaignRecord("", seed, round.Episodes, round.Findings, round.Counts);
    }

    private static async Task<IEnumerable<string>> CompareAsync(PutClient[] clients, Place place, int seed)
    {
        var stored = await StoredRows.ReadAsync(place.Tables);
        var undisturbedPlace = Path.Combine(place.Directory, "undisturbed");
        var undisturbed = await UndisturbedRun.OfAsync(clients, undisturbedPlace, seed);
        Directory.Delete(undisturbedPlace, recursive: true);
        return
        [
            .. clients.SelectMany(client => stored.CompareWithSent(client, seed, client.CallsAcknowledged)),
            .. stored.CompareEvents(undisturbed, [.. clients.SelectMany(client => client.Machines)]),
        ];
    }

    private sealed class Round(Place place, Ballast ballast, int seed, bool isControl) : IDisposable
    {
        private static readonly TimeSpan EpisodeMax = TimeSpan.FromSeconds(25);
        private static readonly TimeSpan HealingMax = TimeSpan.FromSeconds(60);

        private readonly Random _random = new(seed);

        public Senders Senders { get; } = new(ClientCount, place.KinesisPort, place.UdpPort, seed, isControl);

        public long Episodes { get; private set; }

        public List<string> Findings { get; } = [];

        public Dictionary<string, double> Counts { get; } =
            new() { ["red"] = 0, ["refusing"] = 0, ["callsRefused"] = 0, ["kills"] = 0, ["startsRefused"] = 0, ["healedMsMax"] = 0 };

        private long CallsAcknowledged => Senders.Clients.Sum(client => client.CallsAcknowledged);

        public async Task RunAsync(int episodes)
        {
            var watch = Stopwatch.StartNew();
            await using var service = new Service(place);
            await service.StartAsync();
            if (!await service.WaitUntilReadyAsync())
            {
                throw new CampaignFaultException($"The service does not start:\n{service.Messages}");
            }

            Senders.Start();
            while (Episodes < episodes && Findings.Count == 0)
            {
                Senders.ThrowIfBroken();
                await Task.Delay(_random.Next(200, 2_000));
                await FillAsync(service);
                Episodes++;
            }

            if (Findings.Count == 0)
            {
                await EndAsync(service);
            }

            await Senders.GiveUpAsync();
            Counts["acknowledged"] = Senders.ReadingsAcknowledged;
            Counts["callsRepeated"] = Senders.CallsRepeated;
            Counts["startsFromSnapshot"] = service.StartsFromSnapshot;
            Counts["seconds"] = watch.Elapsed.TotalSeconds;
        }

        public void Dispose() => Senders.Dispose();

        private async Task FillAsync(Service service)
        {
            var refusedBefore = Senders.CallsRepeated;
            var isRed = await UntilRedAsync(service);
            Counts["red"] += isRed ? 1 : 0;
            if (service.HasExited)
            {
                Findings.Add($"it ended on a full disk with {service.ExitCode}:\n{service.Messages}");
                return;
            }

            if (_random.Next(4) == 0)
            {
                await KillAsync(service);
            }
            else
            {
                // The ledger needs room first; the journal has a segment or two before calls are refused.
                await HoldAsync(EpisodeMax, () => Senders.CallsRepeated > refusedBefore);
                await HoldAsync(TimeSpan.FromMilliseconds(_random.Next(3_000)), () => false);
                Counts["callsRefused"] += Senders.CallsRepeated - refusedBefore;
                Counts["refusing"] += Senders.CallsRepeated > refusedBefore ? 1 : 0;
            }

            ballast.Remove();
            await HealAsync(service);
        }

        /// <summary>True when it said that it is not ready; what it can spare first is taken by the ballast, too.</summary>
        private async Task<bool> UntilRedAsync(Service service)
        {
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < EpisodeMax && !service.HasExited)
            {
                ballast.Fill();
                if (await service.TryReadFailedChecksAsync() is { Count: > 0 })
                {
                    return true;
                }

                await Task.Delay(20);
            }

            return false;
        }

        /// <summary>Somebody takes every byte that the service gives back.</summary>
        private async Task HoldAsync(TimeSpan timeMax, Func<bool> isEnough)
        {
            for (var watch = Stopwatch.StartNew(); watch.Elapsed < timeMax && !isEnough();)
            {
                ballast.Fill();
                await Task.Delay(20);
            }
        }

        /// <summary>A start on a full disk may be refused, and says so.</summary>
        private async Task KillAsync(Service service)
        {
            await service.KillAsync();
            Counts["kills"]++;
            ballast.Fill();
            await service.StartAsync();
            await HoldAsync(TimeSpan.FromSeconds(3), () => service.HasExited);
            if (service.HasExited)
            {
                Counts["startsRefused"]++;
                ballast.Remove();
                await service.StartAsync();
            }
        }

        /// <summary>Ready again, and calls are acknowledged.</summary>
        private async Task HealAsync(Service service)
        {
            var watch = Stopwatch.StartNew();
            if (!await service.WaitUntilReadyAsync())
            {
                Findings.Add($"it is gone after there was room again, exit code {service.ExitCode}:\n{service.Messages}");
                return;
            }

            var before = CallsAcknowledged;
            while (CallsAcknowledged == before && watch.Elapsed < HealingMax)
            {
                Senders.ThrowIfBroken();
                await Task.Delay(10);
            }

            Counts["healedMsMax"] = Math.Max(Counts["healedMsMax"], watch.Elapsed.TotalMilliseconds);
            if (CallsAcknowledged == before)
            {
                Findings.Add($"it takes no calls {HealingMax} after there was room again:\n{service.Messages}");
            }
        }

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
    }
}
