using System.Diagnostics;
using System.Runtime.InteropServices;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;

namespace HotPath.Benchmarks.Detection;

/// <summary>One run of sender and engine, or of sender and a loop that only takes slots: the noise of the machine.</summary>
internal static class DetectionRun
{
    private const int SenderCpu = 0;
    private const int EngineCpu = 1;

    private const string Rules = """
        version: 1
        rules:
          - { id: level, groups: [{ name: g, cases: [{ state: HIGH, when: level > 90 }], else: NORMAL }] }
        """;

    /// <summary>Latencies of readings that reach the other end of a ring.</summary>
    public static LatencyHistogram Noise(int readingsPerSecond, int seconds)
    {
        using var waitStrategy = new ParkingWaitStrategy();
        using var ring = new RingBuffer(1 << 16, 0, waitStrategy);
        var reader = ring.NewReader();
        var inlet = new Inlet(ring, new RejectsBuffer(), ring.SlotCount);
        var sender = new OpenLoopSender(inlet, new NameTables(), readingsPerSecond);
        return Measure(sender, readingsPerSecond, seconds, () =>
        {
            var slots = reader.Peek(4096, out var lsnFirst);
            reader.Release(slots.Length);
            return lsnFirst + slots.Length - 1;
        });
    }

    /// <summary>Latencies of transitions: until the ledger can be read up to the LSN of the reading that caused it.</summary>
    public static LatencyHistogram Detect(int readingsPerSecond, int seconds)
    {
        var directory = Directory.CreateTempSubdirectory("hotpath-detection-").FullName;
        try
        {
            return DetectIn(directory, readingsPerSecond, seconds);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static LatencyHistogram DetectIn(string directory, int readingsPerSecond, int seconds)
    {
        var options = new EngineOptions { DataDirectory = directory, JournalSync = JournalSync.None };
        using var engine = HotPathEngine.Open(options, new SystemClock());
        if (!RuleDocument.TryParse(Rules, out var document, out var faults)
            || !engine.TryChangeRules(document, out _, out faults))
        {
            throw new FormatException(string.Join("\n", faults));
        }

        var agent = new CompositeAgent("engine", [engine.JournalWriter, .. engine.ShardAgents, engine.Ledger]);
        var sender = new OpenLoopSender(engine.NewInlet(), engine.Names, readingsPerSecond);
        using var isStopping = new CancellationTokenSource();
        var preparer = new Thread(() => Prepare(engine, isStopping.Token)) { IsBackground = true };
        preparer.Start();
        var latencies = Measure(sender, readingsPerSecond, seconds, () =>
        {
            agent.DoWork();
            return engine.Ledger.CompleteLsn;
        });
        isStopping.Cancel();
        preparer.Join();
        agent.OnClose();
        Verify(engine, sender.LsnFirst, (long)readingsPerSecond * seconds);
        return latencies;
    }

    // Segments are prepared beside, as in production: rarely, and not by the thread that is measured.
    private static void Prepare(HotPathEngine engine, CancellationToken isStopping)
    {
        do
        {
            while (engine.Journal.Preparer.DoWork() > 0)
            {
            }
        }
        while (!isStopping.WaitHandle.WaitOne(20));
    }

    /// <param name="sender">Runs on a thread of its own.</param>
    /// <param name="turn">Does what is there to do; the LSN up to which everything has arrived.</param>
    private static LatencyHistogram Measure(OpenLoopSender sender, int readingsPerSecond, int seconds, Func<long> turn)
    {
        var readingCount = (long)readingsPerSecond * seconds;
        var latencies = new LatencyHistogram();
        var counting = new Thread(() => Count(sender, readingCount, readingsPerSecond, turn, latencies));
        counting.Start();
        var sending = new Thread(() => sender.Send(readingCount, SenderCpu));
        sending.Start();
        sending.Join();
        counting.Join();
        return latencies;
    }

    private static void Count(
        OpenLoopSender sender, long readingCount, long readingFirst, Func<long> turn, LatencyHistogram latencies)
    {
        Libc.PinThisThread(EngineCpu).ThrowIfFailed($"The engine cannot be kept on cpu {EngineCpu}");
        for (var next = 0L; next < readingCount;)
        {
            var lsn = turn();
            var lsnFirst = sender.LsnFirst;
            if (lsnFirst < 0 || lsn < lsnFirst + next)
            {
                continue;
            }

            var now = Stopwatch.GetTimestamp();
            for (; next <= lsn - lsnFirst; next++)
            {
                if (OpenLoopSender.IsFlip(next) && next >= readingFirst)
                {
                    latencies.Note((long)sender.Nanoseconds(next, now));
                }
            }
        }
    }

    private static void Verify(HotPathEngine engine, long lsnFirst, long readingCount)
    {
        using var reader = engine.NewLedgerReader(lsnFirst);
        for (var reading = 0L; reading < readingCount; reading++)
        {
            if (reading < 1_000 || OpenLoopSender.IsFlip(reading))
            {
                var isThere = reader.TryRead(engine.Ledger.CompleteLsn, out var record);
                var head = isThere ? MemoryMarshal.Read<LedgerRecordHead>(record) : default;
                if (head.Kind != LedgerRecordKind.Transition || head.Lsn != lsnFirst + reading)
                {
                    throw new InvalidOperationException(
                        $"The ledger has LSN {head.Lsn - lsnFirst} ({head.Kind}) where reading {reading} made a transition.");
                }
            }
        }

        if (reader.TryRead(engine.Ledger.CompleteLsn, out _))
        {
            throw new InvalidOperationException("The ledger has more transitions than there were.");
        }
    }
}
