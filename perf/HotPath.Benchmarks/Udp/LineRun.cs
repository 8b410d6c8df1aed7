using System.Diagnostics;

namespace HotPath.Benchmarks.Udp;

/// <summary>One run of a line: what its thread used between the first turn and the last datagram.</summary>
internal sealed record LineRun(
    SentLoad Sent, double CpuNanos, double Seconds, long Datagrams, long KernelDrops, long AllocatedBytes)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public double CpuNanosPerReading => CpuNanos / Sent.Readings;

    public double ReadingsPerSecond => Sent.Readings / Seconds;

    /// <summary>The line is turned while the sender sends, and until all of it is accounted for.</summary>
    public static LineRun Live(ILine line, Func<SentLoad> send)
    {
        line.Begin();
        return Take(line, send);
    }

    /// <summary>
    /// As <see cref="Live"/>, of a line that has begun: the consumer may hurry once the sender has ended its readings.
    /// Ends when nothing has come for as long as the last heartbeat takes.
    /// </summary>
    public static LineRun Overload(AgentLine line, Func<SentLoad> send) => Take(line, () =>
    {
        var sent = send();
        line.Hurry();
        return sent;
    });

    /// <summary>The sender has ended when the line begins to turn.</summary>
    public static LineRun Drain(ILine line, Func<SentLoad> send)
    {
        line.Begin();
        var sent = send();
        return Take(line, () => sent);
    }

    private static LineRun Take(ILine line, Func<SentLoad> send)
    {
        var (datagramsBefore, dropsBefore) = (line.Datagrams, line.KernelDrops);
        var turning = new Turning(line);
        var thread = new Thread(turning.Run) { Name = "receiver", IsBackground = true };
        thread.Start();
        var sent = send();
        var since = Stopwatch.GetTimestamp();
        for (var seen = 0L; seen < sent.Datagrams && Stopwatch.GetElapsedTime(since) < Patience;)
        {
            // Of a dropped run the kernel counts one: then silence is the end.
            var now = line.Datagrams - datagramsBefore + line.KernelDrops - dropsBefore;
            since = now == seen ? since : Stopwatch.GetTimestamp();
            seen = now;
            Thread.Sleep(5);
        }

        turning.IsStopping = true;
        thread.Join();
        return new LineRun(
            sent, turning.CpuNanos, turning.Seconds, line.Datagrams - datagramsBefore, line.KernelDrops - dropsBefore,
            turning.AllocatedBytes);
    }

    /// <summary>The thread of a line.</summary>
    private sealed class Turning(ILine line)
    {
        public volatile bool IsStopping;

        public double CpuNanos { get; private set; }

        /// <summary>From the first datagram to the last.</summary>
        public double Seconds { get; private set; }

        public long AllocatedBytes { get; private set; }

        public void Run()
        {
            var cpuBefore = ThreadCpu.Nanoseconds;
            var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            var (first, last) = (0L, 0L);
            while (!IsStopping)
            {
                var before = line.Datagrams;
                line.Turn();
                if (line.Datagrams != before)
                {
                    last = Stopwatch.GetTimestamp();
                    first = first == 0 ? last : first;
                }
            }

            CpuNanos = ThreadCpu.Nanoseconds - cpuBefore;
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
            Seconds = Stopwatch.GetElapsedTime(first, last).TotalSeconds;
        }
    }
}
