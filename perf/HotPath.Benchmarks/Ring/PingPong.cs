using System.Diagnostics;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Ring;

/// <summary>How long a cache line takes from one core to the other.</summary>
internal static class PingPong
{
    private const int Rounds = 20_000;

    public static double OneWayNanoseconds()
    {
        var ball = new Sequence(0);
        using var start = new Barrier(2);
        var other = new Thread(() =>
        {
            Libc.PinThisThread(Environment.ProcessorCount > 1 ? 1 : 0);
            start.SignalAndWait();
            for (var round = 1L; round < 2 * Rounds; round += 2)
            {
                while (ball.Value != round)
                {
                }

                ball.Publish(round + 1);
            }
        });
        other.Start();
        var elapsed = TimeSpan.Zero;
        var pinned = new Thread(() =>
        {
            Libc.PinThisThread(0);
            start.SignalAndWait();
            var began = Stopwatch.GetTimestamp();
            for (var round = 0L; round < 2 * Rounds; round += 2)
            {
                ball.Publish(round + 1);
                while (ball.Value != round + 2)
                {
                }
            }

            elapsed = Stopwatch.GetElapsedTime(began);
        });
        pinned.Start();
        pinned.Join();
        other.Join();
        return elapsed.TotalNanoseconds / (2 * Rounds);
    }
}
