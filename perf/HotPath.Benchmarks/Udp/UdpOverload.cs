using HotPath.Benchmarks.Results;
using HotPath.Engine.Agents;

namespace HotPath.Benchmarks.Udp;

/// <summary>
/// The sender makes ten times what the ring's consumer takes; then the books are made up. By datagrams: sent less
/// received less what the kernel counted. By readings: sent less published less what the sequences say is lost.
/// </summary>
internal static class UdpOverload
{
    private const double Overload = 14;

    /// <summary>Little of what is sent fits into the queue.</summary>
    private const int BufferMib = 4;
    private const long SettledMicros = 6_000_000;

    /// <summary>Heartbeats go on until the queue is empty and one has come through.</summary>
    private const string Afterwards = "4s";

    public static void Run(BenchResult result, bool receivesRuns)
    {
        var table = "Ten times overload";
        var name = UdpBench.NameOf(receivesRuns);
        using var line = new AgentLine(UdpBench.Options(receivesRuns, BufferMib));

        // What the sender makes is measured before: the consumer then takes a tenth of it.
        var usual = LineRun.Live(line, () => UdpLoad.Send(line.Local, receivesRuns, "--rate", "1000000000", "--duration", "2s"));
        line.EndConsumer();
        Settle(line);
        var ledgerBefore = Ledger(line);
        var takenPerSecond = (long)(usual.Sent.Readings / 2.0 / Overload);
        line.Begin(takenPerSecond);
        var counters = line.Agent.Counters;
        var rejectedBefore = counters.RejectedAll;
        var run = LineRun.Overload(line, () => UdpLoad.Send(
            line.Local, receivesRuns, "--rate", "1000000000", "--duration", "2s", "--afterwards", Afterwards));
        line.EndConsumer();
        Settle(line);
        var ledger = Ledger(line);

        var rejected = counters.RejectedAll - rejectedBefore;
        var lost = ledger.ReadingsLost - ledgerBefore.ReadingsLost;
        var datagramsLost = ledger.DatagramsLost - ledgerBefore.DatagramsLost;
        Add("readings sent", run.Sent.Readings);
        Add("published", line.Readings);
        Add("rejected", rejected);
        Add("lost by sequence", lost);
        Add("readings unaccounted for", Math.Abs(run.Sent.Readings - line.Readings - rejected - lost), Goal.AtMost(0));
        Add("datagrams sent", run.Sent.Datagrams);
        Add("received", run.Datagrams);
        Add("lost by sequence, datagrams", datagramsLost);
        Add("datagrams unaccounted for, by sequence", Math.Abs(run.Sent.Datagrams - run.Datagrams - datagramsLost), Goal.AtMost(0));
        Add("dropped by the kernel's count", run.KernelDrops);
        Add(
            receivesRuns ? "datagrams that the kernel counted by the run" : "datagrams unaccounted for, by the kernel's count",
            Math.Abs(run.Sent.Datagrams - run.Datagrams - run.KernelDrops),
            receivesRuns ? null : Goal.AtMost(0));
        Add("sent for each taken", (double)run.Sent.Readings / line.Readings);

        void Add(string measure, double value, Goal? goal = null) =>
            result.Add(new Figure(table, name, measure, "", [value]) { Goal = goal });
    }

    /// <summary>Nobody turns the agent now: what is missing is given up as if 5 s had gone by.</summary>
    private static void Settle(AgentLine line) => line.Agent.Frames.Settle(new SystemClock().NowMicros + SettledMicros);

    private static (long ReadingsLost, long DatagramsLost) Ledger(AgentLine line)
    {
        var totals = line.Agent.Frames.Totals;
        return (totals.ReadingsLost - totals.ReadingsRecovered, totals.DatagramsLost - totals.DatagramsRecovered);
    }
}
