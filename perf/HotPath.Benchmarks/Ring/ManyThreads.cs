using System.Diagnostics;
using HotPath.Engine;
using HotPath.Engine.Native;

namespace HotPath.Benchmarks.Ring;

/// <summary>Runs producers and consumers from one start, on a core each where there are as many, and checks every consumer's sum.</summary>
internal static class ManyThreads
{
    /// <summary>Events a second, in millions, from the start to the end of the last consumer.</summary>
    public static double Run(RingCase run, Action<int> produce, Func<int, long> consume)
    {
        using var start = new Barrier(run.Producers + run.Consumers + 1);
        var sums = new long[run.Consumers];
        var threads = new List<Thread>();
        for (var index = 0; index < run.Producers + run.Consumers; index++)
        {
            var thread = index;
            threads.Add(new Thread(() =>
            {
                if (!run.IsShared)
                {
                    Libc.PinThisThread(thread).ThrowIfFailed("a thread of the bench");
                }

                start.SignalAndWait();
                if (thread < run.Producers)
                {
                    produce(thread);
                }
                else
                {
                    sums[thread - run.Producers] = consume(thread - run.Producers);
                }
            }));
        }

        threads.ForEach(thread => thread.Start());
        start.SignalAndWait();
        var began = Stopwatch.GetTimestamp();
        threads.ForEach(thread => thread.Join());
        var elapsed = Stopwatch.GetElapsedTime(began);
        Invariant.Holds(sums.All(sum => sum == RingWords.SumOfAll(run.Events)), "every consumer read every word of every event");
        return run.Events / elapsed.TotalMicroseconds;
    }

    public static void Idle(RingCase run, ref int turns)
    {
        // As Disruptor's yielding strategy does: 100 turns, then the core is given away.
        if (run.IsShared && ++turns > 100)
        {
            Thread.Yield();
        }
        else
        {
            Thread.SpinWait(1);
        }
    }
}
