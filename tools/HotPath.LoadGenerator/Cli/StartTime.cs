using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Cli;

/// <summary>Event time runs as fast as readings are made, so it must begin early enough to stay below now.</summary>
internal static class StartTime
{
    /// <summary>More than one core makes and sends, frames in runs that the kernel cuts: what `--rate max` is taken for.</summary>
    private const double MostPerSecond = 100_000_000;

    /// <summary>What a run without a duration is taken for; later it goes on at the pace of the clock.</summary>
    private static readonly TimeSpan UsualDuration = TimeSpan.FromHours(1);

    private static readonly TimeSpan SpanMax = TimeSpan.FromDays(365);

    public static long Of(PlanOptions plan, double readingsPerSecond, TimeSpan duration, TimeProvider time)
    {
        var seconds = (duration == TimeSpan.MaxValue ? UsualDuration : duration).TotalSeconds;
        var perSecond = double.IsPositiveInfinity(readingsPerSecond) ? MostPerSecond : readingsPerSecond;
        var scans = plan.ScanCount < long.MaxValue
            ? plan.ScanCount
            : seconds * perSecond / plan.EquipmentCount / plan.TagCount;
        var spanMillis = Math.Min(scans * plan.StepMillis, SpanMax.TotalMilliseconds)
            + BlockMillis(plan) + ((plan.ClosingScans + 1L) * PlanOptions.ClosingStepMillis);
        var start = time.GetUtcNow().ToUnixTimeMilliseconds() - (long)spanMillis;
        return start - (start % 1_000);
    }

    /// <summary>What a gateway makes ahead: blocks as long as the disorder, counted generously.</summary>
    private static long BlockMillis(PlanOptions plan) => (2L * plan.DisorderMillis) + (4L * plan.StepMillis);
}
