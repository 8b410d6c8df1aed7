using System.Diagnostics;
using HotPath.Delta;
using HotPath.Faults.Campaigns;
using HotPath.Faults.Check;
using HotPath.Faults.Load;
using HotPath.Faults.Target;

namespace HotPath.Faults.Sink;

/// <summary>
/// One round: a real service under PutRecords and UDP whose commits come to an end that it is not told. Afterwards every
/// acknowledged reading is there once, the tables are what the journal gives, and no log has a gap or a transaction twice.
/// </summary>
/// <param name="directory">Where rounds work.</param>
/// <param name="isInStore">In an object store; else in a directory, under strace.</param>
/// <param name="isControl">The sink is made blind for its own transactions.</param>
internal sealed class UnknownCommitCampaign(string directory, bool isInStore, bool isControl)
{
    private const int UnknownPerRound = 100;
    private const int ClientCount = 2;

    /// <summary>Beside the machine's other work a commit may take its time.</summary>
    private static readonly TimeSpan RoundMax = TimeSpan.FromMinutes(10);

    public async Task<CampaignRecord> RunRoundAsync(int seed, long wanted)
    {
        var work = Path.Combine(directory, $"sink-{seed}");
        if (Directory.Exists(work))
        {
            Directory.Delete(work, recursive: true);
        }

        using IUncertainTables tables = isInStore
            ? new UncertainStore(seed, isControl)
            : new UncertainDirectory(Path.Combine(work, "tables"), seed);
        using var round = new Round(Place.In(work) with { Tables = tables.Location }, tables, seed);
        await round.RunAsync(Math.Min(wanted, UnknownPerRound));
        if (round.Findings.Count == 0 || isControl)
        {
            Directory.Delete(work, recursive: true);
        }

        return new CampaignRecord("", seed, tables.UnknownCommits, round.Findings, round.Counts);
    }

    private sealed class Round(Place place, IUncertainTables tables, int seed) : IDisposable
    {
        private readonly PutClient[] _clients =
            [.. Enumerable.Range(0, ClientCount).Select(index => new PutClient(place.KinesisPort, seed, index))];

        public List<string> Findings { get; } = [];

        public Dictionary<string, double> Counts { get; } = [];

        public async Task RunAsync(long wanted)
        {
            var watch = Stopwatch.StartNew();
            using var stop = new CancellationTokenSource();
            using var givingUp = new CancellationTokenSource();
            using var udp = new UdpSender(place.UdpPort, seed);
            await using var service = new Service(place) { Heard = tables.Hear };

            // A first life without faults: tables that cannot be made keep a service from starting, rightly.
            await service.StartAsync();
            if (await IsReadyAsync(service, "before any fault"))
            {
                Task[] sending = [udp.RunAsync(stop.Token), .. _clients.Select(client => client.RunAsync(stop.Token, givingUp.Token))];
                await tables.BeginAsync(service);
                while (tables.UnknownCommits < wanted && Findings.Count == 0 && watch.Elapsed < RoundMax)
                {
                    await tables.DisturbAsync(service);
                    if (service.HasExited)
                    {
                        Findings.Add($"the service ended by itself with {service.ExitCode}:\n{service.Messages}");
                    }
                }

                await tables.EndAsync(service);
                await stop.CancelAsync();
                await EndAsync(service, givingUp);
                await Task.WhenAll(sending);
            }

            foreach (var (what, count) in tables.Counts)
            {
                Counts[what] = count;
            }

            Counts["acknowledged"] = _clients.Sum(client => PutClient.ReadingsOf(client.CallsAcknowledged));
            Counts["datagrams"] = udp.DatagramsSent;
            Counts["seconds"] = watch.Elapsed.TotalSeconds;
        }

        public void Dispose()
        {
            foreach (var client in _clients)
            {
                client.Dispose();
            }
        }

        private async Task EndAsync(Service service, CancellationTokenSource givingUp)
        {
            if (Findings.Count > 0 || !await IsReadyAsync(service, "after the faults"))
            {
                await givingUp.CancelAsync();
                return;
            }

            while (_clients.Any(client => client.IsCallUnderWay) && !service.HasExited)
            {
                await Task.Delay(10);
            }

            await givingUp.CancelAsync();
            if (!await service.WaitUntilQuietAsync())
            {
                Findings.Add($"it ended by itself with {service.ExitCode}:\n{service.Messages}");
                return;
            }

            if (await service.StopAsync() is var code and not 0)
            {
                Findings.Add($"SIGTERM ended it with {code?.ToString() ?? "no answer"}:\n{service.Messages}");
                return;
            }

            await CompareAsync();
        }

        private async Task CompareAsync()
        {
            var logs = await LogCheck.AllAsync(place.Tables);
            Findings.AddRange(logs.SelectMany(log => log.Findings));
            Counts["commits"] = logs.Sum(log => log.Commits);
            Counts["orphans"] = logs.Sum(log => log.Orphans);
            try
            {
                var stored = await StoredRows.ReadAsync(place.Tables);
                Findings.AddRange(_clients.SelectMany(client => stored.CompareWithSent(client, seed, client.CallsAcknowledged)));
                Findings.AddRange(stored.CompareWithJournal(JournalTruth.Of(place.Journal)));
                Counts["rows"] = stored.ReadingCount;
            }
            catch (DeltaException fault)
            {
                Findings.Add($"the tables cannot be read: {fault.Message}");
            }
        }

        private async Task<bool> IsReadyAsync(Service service, string when)
        {
            if (await service.WaitUntilReadyAsync())
            {
                return true;
            }

            Findings.Add($"it does not start {when}, exit code {service.ExitCode}:\n{service.Messages}");
            return false;
        }
    }
}
