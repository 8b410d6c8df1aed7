namespace HotPath.Engine.Agents;

/// <summary>
/// Counts durations by bucket. One thread records, without allocating; any thread may read, and may see a recording that
/// happens meanwhile in part.
/// </summary>
internal sealed class DurationHistogram
{
    /// <summary>1-2.5-5 from 1 µs to 10 s, less what nobody reads: 17 buckets and the rest.</summary>
    private static readonly long[] s_upperNanos =
    [
        1_000, 5_000, 10_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 500_000_000, 1_000_000_000, 10_000_000_000,
    ];

    private readonly long[] _counts = new long[s_upperNanos.Length + 1];
    private long _sumNanos;

    /// <summary>The bounds of every histogram, seconds; one bucket more is above them all.</summary>
    public static IReadOnlyList<double> UpperSeconds { get; } = [.. s_upperNanos.Select(nanos => nanos / 1e9)];

    public double SumSeconds => Volatile.Read(ref _sumNanos) / 1e9;

    /// <param name="nanos">Less than 0, as clocks that were set may say, counts as 0.</param>
    public void Record(long nanos)
    {
        nanos = Math.Max(nanos, 0);
        var bucket = 0;
        while (bucket < s_upperNanos.Length && nanos > s_upperNanos[bucket])
        {
            bucket++;
        }

        Volatile.Write(ref _counts[bucket], _counts[bucket] + 1);
        Volatile.Write(ref _sumNanos, _sumNanos + nanos);
    }

    /// <summary>The same; what is beyond any clock counts as the longest.</summary>
    public void RecordMicros(long micros) => Record(Math.Clamp(micros, 0, long.MaxValue / 1_000) * 1_000);

    public long CountOf(int bucket) => Volatile.Read(ref _counts[bucket]);
}
