using System.Collections.Immutable;

namespace HotPath.Serve;

/// <summary>The bounds of every duration histogram: 1-2.5-5 from 1 µs to 10 s, less what nobody reads: 17 buckets and the rest.</summary>
internal static class HistogramBuckets
{
    public static readonly ImmutableArray<double> UpperSeconds =
    [
        1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.5, 1, 10,
    ];
}

/// <summary>Counts durations. Any thread may record and read; a view may split a recording that happens meanwhile.</summary>
internal sealed class DurationHistogram
{
    private readonly long[] _counts = new long[HistogramBuckets.UpperSeconds.Length + 1];
    private long _sumTicks;

    public void Record(TimeSpan duration)
    {
        var bucket = 0;
        while (bucket < HistogramBuckets.UpperSeconds.Length && duration.TotalSeconds > HistogramBuckets.UpperSeconds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _sumTicks, duration.Ticks);
    }

    public HistogramView View() =>
        new([.. _counts.Select((_, bucket) => Interlocked.Read(ref _counts[bucket]))],
            (double)Interlocked.Read(ref _sumTicks) / TimeSpan.TicksPerSecond);
}
