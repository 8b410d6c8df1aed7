using System.Diagnostics;

namespace HotPath.LoadGenerator.Run;

/// <summary>What held a run back, judged by who was waited for.</summary>
internal static class RunLimit
{
    /// <summary>A feed that waited for less of its time than this waited for nobody.</summary>
    private const double WaitShareMin = 0.02;

    public const string Pace = "pace";
    public const string Receiver = "receiver";
    public const string Generator = "generator";

    /// <summary>
    /// The pace where readings were not due yet: the rate was met. Else the receiver, where its report or its answers
    /// were waited for. Else the generator itself, the kernel's sending included: a rate that was not met then says
    /// nothing about the receiver.
    /// </summary>
    public static string Of(LoadCounters counters, int feedCount, TimeSpan elapsed)
    {
        var ticks = Math.Max(1, feedCount * elapsed.TotalSeconds * Stopwatch.Frequency);
        return counters.PaceWaitTicks / ticks >= WaitShareMin ? Pace
            : counters.ReceiverWaitTicks / ticks >= WaitShareMin ? Receiver
            : Generator;
    }
}
