namespace HotPath.Benchmarks.Results;

/// <summary>What a median is wanted to be. A figure that misses its goal is a losing row of the report.</summary>
internal readonly record struct Goal(double Bound, bool IsUpper)
{
    public static Goal AtMost(double bound) => new(bound, IsUpper: true);

    public static Goal AtLeast(double bound) => new(bound, IsUpper: false);

    public bool IsMet(double median) => IsUpper ? median <= Bound : median >= Bound;
}
