using System.Diagnostics;
using HotPath.Faults.Campaigns;
using HotPath.Faults.Check;
using HotPath.Faults.Load;
using HotPath.Faults.Target;

namespace HotPath.Faults.Calls;

/// <summary>
/// One round: a real service is started again and again under strace, each time with another interference with its
/// system calls, under load, and killed. No call may be answered without a sync of the journal that began after the call
/// was sent and was good before its answer; after a failed sync it is not ready within a second, or has healed. At the
/// end it runs undisturbed: nothing acknowledged may be missing, and the tables must be what the journal gives.
/// </summary>
/// <param name="faultOf">The fault of a number, counted from 0 over all rounds.</param>
/// <param name="faultCount">Of all rounds.</param>
internal sealed class CallCampaign(string directory, Func<int, CallFault> faultOf, int faultCount, bool isControl)
{
    private const int FaultsPerRound = 20;
    private const int ClientCount = 2;
    private const long RedWithinMicros = 1_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(1.5);

    public async Task<CampaignRecord> RunRoundAsync(int seed, long faultsWanted)
    {
        var work = Path.Combine(directory, $"calls-{seed}");
        if (Directory.Exists(work))
        {
            Directory.Delete(work, recursive: true);
        }

        var faults = Enumerable.Range(faultCount - (int)faultsWanted, (int)Math.Min(faultsWanted, FaultsPerRound)).Select(faultOf).ToList();
        using var round = new Round(Place.In(work), seed, isControl);
        await round.RunAsync(faults);
        if (round.Findings.Count == 0)
        {
            Directory.Delete(work, recursive: true);
        }

        return new CampaignRecord("", seed, faults.Count, round.Findings, round.Counts);
    }

    private sealed class Round(Place place, int seed, bool isControl) : IDisposable
    {
        private readonly Senders _senders = new(ClientCount, place.KinesisPort, place.UdpPort, seed, isControl);

        /// <summary>When it was not ready, or gone, microseconds since the epoch.</summary>
        private readonly List<long> _red = [];

        public List<string> Findings { get; } = [];

        public Dictionary<string, double> Counts { get; } = [];

        private static long NowMicros => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

        public async Task RunAsync(IReadOnlyList<CallFault> faults)
        {
            var watch = Stopwatch.StartNew();
            await using var service = new Service(place);
            await service.StartAsync();
            _senders.Start();

            // A first life without faults, so that the next ones find a journal and a segment that is prepared.
            await IsReadyAsync(service, "before any fault");
            await Task.Delay(Afterwards);
            await service.KillAsync();
            foreach (var fault in faults.TakeWhile(_ => Findings.Count == 0))
            {
                _senders.ThrowIfBroken();
                await BreakAsync(service, fault);
            }

            service.Under = [];
            await service.StartAsync();
            if (await IsReadyAsync(service, "afterwards"))
            {
                await EndAsync(service);
            }

            await _senders.GiveUpAsync();
            Count("acknowledged", _senders.ReadingsAcknowledged);
            Count("seconds", watch.Elapsed.TotalSeconds);
        }

        public void Dispose() => _senders.Dispose();

        private async Task EndAsync(Service service)
        {
            if (await _senders.EndAsync(service) is { } problem)
            {
                Findings.Add(problem);
                return;
            }

            await service.WaitUntilQuietAsync();
            await service.StopAsync();
            await CompareAsync();
        }

        private async Task BreakAsync(Service service, CallFault fault)
        {
            var log = Path.Combine(place.Directory, "strace.log");
            File.Delete(log);
            _red.Clear();
            var callsBefore = _senders.Clients.Select(client => client.Times.Count).ToArray();
            service.Under = fault.Tracer(log);
            await service.StartAsync();
            var hasExited = await WatchAsync(service, log);
            var callsAfter = _senders.Clients.Select(client => client.Times.Count).ToArray();
            await service.KillAsync();

            var traced = TracedSyncs.Read(log);
            var hasHappened = traced.Injected > 0 || (fault.IsKill && hasExited);
            Count(hasHappened ? "happened" : "notReached", 1);
            Count("exits", hasExited ? 1 : 0);
            for (var index = 0; index < _senders.Clients.Length; index++)
            {
                CheckAnswers(traced, fault, _senders.Clients[index].Times[callsBefore[index]..callsAfter[index]]);
            }

            CheckHealth(traced, fault);
        }

        /// <summary>Until the fault has happened, and a little longer; true when it exited.</summary>
        private async Task<bool> WatchAsync(Service service, string log)
        {
            var watch = Stopwatch.StartNew();
            TimeSpan? injectedAt = null;
            while (watch.Elapsed < (injectedAt + Afterwards ?? Patience) && !service.HasExited)
            {
                if (injectedAt is null && TracedSyncs.Read(log).Injected > 0)
                {
                    injectedAt = watch.Elapsed;
                }

                var askedMicros = NowMicros;
                if (await service.TryReadFailedChecksAsync() is not { Count: 0 })
                {
                    _red.Add(askedMicros);
                }

                await Task.Delay(30);
            }

            if (service.HasExited)
            {
                _red.Add(NowMicros);
            }

            return service.HasExited;
        }

        private void CheckAnswers(TracedSyncs traced, CallFault fault, IReadOnlyList<(long SentMicros, long AnsweredMicros)> calls)
        {
            Count("answersChecked", calls.Count);
            var early = calls.Count(call => !traced.HasGoodSync(call.SentMicros, call.AnsweredMicros));
            if (early > 0)
            {
                Findings.Add($"{fault}: {early} of {calls.Count} calls were answered without a good sync since they were sent");
            }
        }

        private void CheckHealth(TracedSyncs traced, CallFault fault)
        {
            if (traced.FirstJournalFailureMicros is not { } failedMicros)
            {
                return;
            }

            var isRed = _red.Any(micros => micros >= failedMicros && micros <= failedMicros + RedWithinMicros);
            var isHealed = traced.HasGoodSync(failedMicros + 1, failedMicros + RedWithinMicros);
            Count("journalFailures", 1);
            Count("healed", isHealed ? 1 : 0);
            Count("red", isRed && !isHealed ? 1 : 0);
            if (!isRed && !isHealed)
            {
                Findings.Add($"{fault}: a second after a sync of the journal failed it was ready and had not healed");
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

        private void Count(string what, double more) => Counts[what] = Counts.GetValueOrDefault(what) + more;

        private async Task CompareAsync()
        {
            var stored = await StoredRows.ReadAsync(place.Tables);
            Findings.AddRange(_senders.Clients.SelectMany(client => stored.CompareWithSent(client, seed, client.CallsAcknowledged)));
            Findings.AddRange(stored.CompareWithJournal(JournalTruth.Of(place.Journal)));
        }
    }
}
