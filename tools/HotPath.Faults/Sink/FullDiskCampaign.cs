using System.Diagnostics;
using System.Net.Sockets;
using HotPath.Faults.Campaigns;
using HotPath.Faults.Check;
using HotPath.Faults.Load;
using HotPath.Faults.Target;

namespace HotPath.Faults.Sink;

/// <summary>
/// One round: the disk of journal, ledger and snapshots is full while the tables are away, so that nothing may be removed.
/// PutRecords must be refused, readiness red with the reason, and the process alive; when the tables are back it must heal by
/// itself, and every acknowledged reading must be in them once. Needs root.
/// </summary>
internal sealed class FullDiskCampaign(string directory, TextWriter output)
{
    private const int ClientCount = 2;
    private const int DiskMebibytes = 700;

    public async Task<CampaignRecord> RunRoundAsync(int seed, long wanted)
    {
        var work = Path.Combine(directory, $"full-{seed}");
        if (Directory.Exists(work))
        {
            Directory.Delete(work, recursive: true);
        }

        var record = await RunInAsync(work, seed);
        if (record.Findings.Count == 0)
        {
            Directory.Delete(work, recursive: true);
        }

        return record;
    }

    private async Task<CampaignRecord> RunInAsync(string work, int seed)
    {
        await using var disk = await LoopImage.CreateAsync(work, "ext4", DiskMebibytes);
        await using var tables = await BreakableDirectory.CreateAsync(work);
        var place = Place.In(work) with
        {
            Data = Path.Combine(disk.Mount, "data"),
            Tables = tables.Location,
            More = "snapshot: { interval: 2s }",
        };
        using var round = new Round(place, tables, seed, output);
        await round.RunAsync();
        return new CampaignRecord("", seed, 1, round.Findings, round.Counts);
    }

    private sealed class Round(Place place, BreakableDirectory tables, int seed, TextWriter output) : IDisposable
    {
        private static readonly TimeSpan FillPatience = TimeSpan.FromMinutes(5);
        private static readonly TimeSpan StuckTime = TimeSpan.FromSeconds(10);
        private static readonly TimeSpan HealPatience = TimeSpan.FromMinutes(2);

        private readonly PutClient[] _clients =
            [.. Enumerable.Range(0, ClientCount).Select(index => new PutClient(place.KinesisPort, seed, index))];

        private readonly Stopwatch _watch = Stopwatch.StartNew();

        public List<string> Findings { get; } = [];

        public Dictionary<string, double> Counts { get; } = [];

        public async Task RunAsync()
        {
            using var stop = new CancellationTokenSource();
            using var givingUp = new CancellationTokenSource();
            await using var service = new Service(place);
            await service.StartAsync();
            if (!await service.WaitUntilReadyAsync())
            {
                Findings.Add($"the service does not start:\n{service.Messages}");
                return;
            }

            Task[] sending = [.. _clients.Select(client => client.RunAsync(stop.Token, givingUp.Token))];
            await Task.Delay(TimeSpan.FromSeconds(3));
            await tables.Ways[1].Go();
            if (await FillAsync(service))
            {
                await StayFullAsync(service);
                await tables.ComeBackAsync();
                await HealAsync(service);
            }

            await stop.CancelAsync();
            await EndAsync(service, givingUp);
            await Task.WhenAll(sending);
            Counts["acknowledged"] = _clients.Sum(client => PutClient.ReadingsOf(client.CallsAcknowledged));
            Counts["callsRefused"] = _clients.Sum(client => client.CallsRepeated);
            Counts["seconds"] = _watch.Elapsed.TotalSeconds;
        }

        public void Dispose()
        {
            foreach (var client in _clients)
            {
                client.Dispose();
            }
        }

        /// <summary>Large datagrams that nobody can read: each is kept with its bytes.</summary>
        private async Task<bool> FillAsync(Service service)
        {
            var random = new Random(seed);
            var datagram = new byte[60_000];
            using var socket = new UdpClient();
            socket.Connect("127.0.0.1", place.UdpPort);
            using var patience = new CancellationTokenSource(FillPatience);
            while (!patience.IsCancellationRequested && !service.HasExited)
            {
                random.NextBytes(datagram);
                datagram[0] = (byte)'{';
                await socket.SendAsync(datagram);
                await Task.Delay(2);
                if (random.Next(100) == 0 && await JournalProblemAsync(service) is { } problem)
                {
                    Counts["secondsUntilFull"] = _watch.Elapsed.TotalSeconds;
                    await output.WriteLineAsync($"  {_watch.Elapsed.TotalSeconds:0} s: {problem}");
                    return true;
                }
            }

            Findings.Add($"the disk does not become full within {FillPatience}, or the process ended:\n{service.Messages}");
            return false;
        }

        private async Task StayFullAsync(Service service)
        {
            var before = _clients.Sum(client => client.CallsAcknowledged);
            await Task.Delay(StuckTime);
            var during = _clients.Sum(client => client.CallsAcknowledged) - before;
            Counts["callsAcknowledgedWhileFull"] = during;
            if (service.HasExited)
            {
                Findings.Add($"the process ended with {service.ExitCode} on a full disk:\n{service.Messages}");
            }
            else if (await JournalProblemAsync(service) is null)
            {
                Findings.Add("readiness is not red for the journal on a full disk whose tables are away");
            }
        }

        private async Task HealAsync(Service service)
        {
            var since = _watch.Elapsed;
            var before = _clients.Select(client => client.CallsAcknowledged).ToArray();
            while (_watch.Elapsed < since + HealPatience && !service.HasExited)
            {
                if (await service.TryReadFailedChecksAsync() is { Count: 0 }
                    && _clients.Select((client, index) => client.CallsAcknowledged > before[index]).All(more => more))
                {
                    Counts["secondsUntilHealed"] = (_watch.Elapsed - since).TotalSeconds;
                    return;
                }

                await Task.Delay(100);
            }

            Findings.Add($"it does not heal within {HealPatience} after the tables are back: "
                + $"{string.Join("; ", await service.TryReadFailedChecksAsync() ?? [])}\n{service.Messages}");
        }

        private async Task EndAsync(Service service, CancellationTokenSource givingUp)
        {
            while (Findings.Count == 0 && _clients.Any(client => client.IsCallUnderWay) && !service.HasExited)
            {
                await Task.Delay(10);
            }

            await givingUp.CancelAsync();
            if (Findings.Count > 0)
            {
                return;
            }

            await service.WaitUntilQuietAsync();
            if (await service.StopAsync() is var code and not 0)
            {
                Findings.Add($"SIGTERM ended it with {code}:\n{service.Messages}");
            }

            Findings.AddRange((await LogCheck.AllAsync(place.Tables)).SelectMany(log => log.Findings));
            var stored = await StoredRows.ReadAsync(place.Tables);
            Findings.AddRange(_clients.SelectMany(client => stored.CompareWithSent(client, seed, client.CallsAcknowledged)));
        }

        private static async Task<string?> JournalProblemAsync(Service service) =>
            (await service.TryReadFailedChecksAsync())?.FirstOrDefault(check => check.StartsWith("journal", StringComparison.Ordinal));
    }
}
