using System.Globalization;
using HotPath.Benchmarks.Results;
using HotPath.Engine.Ingest;

namespace HotPath.Benchmarks.Udp;

/// <summary>
/// The generator as a process, the loopback, and a receiver on one thread, by its CPU clock.
/// <code>
/// hotpath-load (process) --UDP, 24 readings a datagram--> UdpAgent: receive, decode, publish -> ring -> consumer (checks)
/// </code>
/// </summary>
internal static class UdpBench
{
    public const string Agent = "UdpAgent: receive, decode, publish";
    public const string Raw = "limit: recvmmsg alone";
    public const string Portable = "BCL: ReceiveFrom alone";

    private const int Runs = 3;
    private const int Drains = 5;
    private const double PlainNanosMax = 120;
    private const double RunsNanosMax = 50;

    /// <summary>As the service has it on a machine of few cores: a receiver that spins takes the core from the others.</summary>
    private const int SpinTurns = 20;

    public static int Run(string[] args)
    {
        var isAll = args.Length == 0;
        var result = new BenchResult("udp", isAll ? "UDP to ring" : $"UDP to ring: {string.Join(", ", args)}", args)
        {
            Verified = "every datagram sent was received or counted by the kernel as dropped; runs with a drop give no figure but the overload's; "
                + "of the agent's runs every reading sent came out of the ring once, in its machine's order",
            Notes = "The generator is a process of its own on the same cores and encodes what it sends; rates are what it reaches with 0 drops. "
                + "CPU is of the receiver's thread alone, per reading, by its own clock; kernel time is in it, the consumer's is not. "
                + "Where the sender is the limit, a receiver wakes for a few datagrams at a time, and its CPU is mostly that; what the receiver "
                + "itself takes is the drain's figure: the queue is filled, the sender has ended, then the receiver begins. By runs even a limit of "
                + "two nanoseconds is one: the kernel hands over 64 datagrams for one call's price.",
        };
        result.Option("readings a datagram", UdpLoad.ReadingsPerDatagram);
        result.Option("machine-tags", UdpLoad.Machines * UdpLoad.Tags);
        result.Option("spin turns before a wait", SpinTurns);
        if (isAll || args.Contains("plain"))
        {
            Live(result, receivesRuns: false);
        }

        if (isAll || args.Contains("runs"))
        {
            Live(result, receivesRuns: true);
        }

        if (isAll || args.Contains("drain"))
        {
            Drain(result, receivesRuns: false);
            Drain(result, receivesRuns: true);
        }

        if (isAll || args.Contains("overload"))
        {
            UdpOverload.Run(result, receivesRuns: false);
            UdpOverload.Run(result, receivesRuns: true);
        }

        result.NotMeasured("udp: a sender on another machine, and what its network card merges into runs");
        return result.Finish();
    }

    public static UdpOptions Options(bool receivesRuns, int bufferMib = 32) => new()
    {
        Listen = new(System.Net.IPAddress.Loopback, 0),
        ReceivesRuns = receivesRuns,
        ReceiveBufferBytes = bufferMib << 20,
        SpinTurns = SpinTurns,
    };

    public static string NameOf(bool receivesRuns) => receivesRuns ? "UDP_SEGMENT to UDP_GRO" : "plain";

    private static void Live(BenchResult result, bool receivesRuns)
    {
        var table = $"0 drops, {NameOf(receivesRuns)}";
        using var agent = new AgentLine(Options(receivesRuns));
        using var raw = new RawLine(Options(receivesRuns));
        LineRun.Live(agent, () => Send(agent, receivesRuns, UdpLoad.Unpaced, seconds: 2));
        agent.EndConsumer();
        var runs = Dropless(agent, receivesRuns);
        Add(result, table, Agent, runs, receivesRuns ? RunsNanosMax : PlainNanosMax);
        result.Add(new Figure(table, Agent, "allocated by its thread", "B", [.. runs.Select(run => (double)run.AllocatedBytes)]) { Goal = Goal.AtMost(0) });
        Add(result, table, Raw, Dropless(raw, receivesRuns), null);
        if (!receivesRuns)
        {
            using var portable = new RawLine(Options(receivesRuns), portable: true);
            Add(result, table, Portable, Dropless(portable, receivesRuns), null);
        }
    }

    /// <summary>
    /// Three runs in a row without a drop: as fast as the sender goes, or if need be at less and less. A rate is given up
    /// at its second run with a drop: the first may be somebody else's, who had the core.
    /// </summary>
    private static List<LineRun> Dropless(ILine line, bool receivesRuns)
    {
        var rate = UdpLoad.Unpaced;
        var runs = new List<LineRun>();
        var hasDropped = rate == UdpLoad.Unpaced && receivesRuns;
        while (runs.Count < Runs)
        {
            var run = LineRun.Live(line, () => Send(line, receivesRuns, rate, seconds: 2));
            if (run.KernelDrops == 0 && run.Datagrams == run.Sent.Datagrams)
            {
                line.Verify(run.Sent);
                runs.Add(run);
                continue;
            }

            (line as AgentLine)?.EndConsumer();
            Console.Error.WriteLine($"dropped at {run.ReadingsPerSecond / 1e6:F1} M/s: {run.KernelDrops} of {run.Sent.Datagrams} datagrams");
            runs.Clear();
            rate = hasDropped ? Math.Min(rate, run.ReadingsPerSecond) * 0.85 : rate;
            hasDropped = !hasDropped;
        }

        return runs;
    }

    private static SentLoad Send(ILine line, bool receivesRuns, double rate, int seconds) => UdpLoad.Send(
        line.Local, cuts: receivesRuns, "--rate", rate.ToString("F0", CultureInfo.InvariantCulture), "--duration", $"{seconds}s");

    private static void Add(BenchResult result, string table, string name, List<LineRun> runs, double? nanosMax)
    {
        result.Add(new Figure(table, name, "receiver CPU", "ns/reading", [.. runs.Select(run => run.CpuNanosPerReading)])
        {
            Goal = nanosMax is { } max ? Goal.AtMost(max) : null,
        });
        result.Add(new Figure(table, name, "rate", "M readings/s", [.. runs.Select(run => run.ReadingsPerSecond / 1e6)]));
        result.Add(new Figure(table, name, "datagrams dropped", "", [.. runs.Select(run => (double)run.KernelDrops)]) { Goal = Goal.AtMost(0) });
        result.Add(new Figure(table, name, "sender CPU", "ns/reading", [.. runs.Select(run => run.Sent.CpuNanos / run.Sent.Readings)]));
        result.Add(new Figure(table, name, "runs that the sender itself held back", "", [runs.Count(run => run.Sent.Limit == "generator")]));
    }

    private static void Drain(BenchResult result, bool receivesRuns)
    {
        const int bufferMib = 512;
        var table = $"Drain, {NameOf(receivesRuns)}";
        using var agent = new AgentLine(Options(receivesRuns, bufferMib));
        using var raw = new RawLine(Options(receivesRuns, bufferMib));
        using var portable = new RawLine(Options(receivesRuns: false, bufferMib), portable: true);
        (ILine Line, string Name, List<double> Nanos)[] rows = receivesRuns
            ? [(agent, Agent, []), (raw, Raw, [])]
            : [(agent, Agent, []), (raw, Raw, []), (portable, Portable, [])];
        for (var round = -1; round < Drains; round++)
        {
            foreach (var (line, _, nanos) in rows)
            {
                var run = LineRun.Drain(line, () => UdpLoad.Send(line.Local, cuts: receivesRuns, "--rate", "1000000000", "--scans", "3"));
                line.Verify(run.Sent);
                if (round >= 0)
                {
                    nanos.Add(run.CpuNanosPerReading);
                }
            }
        }

        foreach (var (line, name, nanos) in rows)
        {
            var max = receivesRuns ? RunsNanosMax : PlainNanosMax;
            result.Add(new Figure(table, name, "receiver CPU", "ns/reading", [.. nanos]) { Goal = line == agent ? Goal.AtMost(max) : null });
        }

        result.Add(new Figure(table, Agent, "CPU against recvmmsg alone", "x", [.. rows[0].Nanos.Zip(rows[1].Nanos, (own, limit) => own / limit)]));
    }
}
