using System.Runtime.Intrinsics;

namespace HotPath.Engine.Journal;

/// <summary>
/// Between which bounds the values of a column lie, and the differences of neighbours (wrapping around).
/// </summary>
internal readonly unsafe struct ColumnRange
{
    private ColumnRange(long smallest, long largest, long deltaSmallest, long deltaLargest)
    {
        Smallest = smallest;
        Largest = largest;
        DeltaSmallest = deltaSmallest;
        DeltaLargest = deltaLargest;
    }

    public long Smallest { get; }

    public long Largest { get; }

    public long DeltaSmallest { get; }

    public long DeltaLargest { get; }

    /// <param name="count">At least 1; with a single value the differences mean nothing.</param>
    // Safe because every load ends at or before the last value. Worth it: JournalBench, eight columns of every reading.
    public static ColumnRange Of(long* values, int count)
    {
        var smallest = Vector512.Create(values[0]);
        var largest = smallest;
        var deltaSmallest = Vector512.Create(long.MaxValue);
        var deltaLargest = Vector512.Create(long.MinValue);
        var index = 1;
        for (; index + Vector512<long>.Count <= count; index += Vector512<long>.Count)
        {
            var value = Vector512.Load(values + index);
            var delta = value - Vector512.Load(values + index - 1);
            smallest = Vector512.Min(smallest, value);
            largest = Vector512.Max(largest, value);
            deltaSmallest = Vector512.Min(deltaSmallest, delta);
            deltaLargest = Vector512.Max(deltaLargest, delta);
        }

        var range = new ColumnRange(
            SmallestOf(smallest), LargestOf(largest), SmallestOf(deltaSmallest), LargestOf(deltaLargest));
        for (; index < count; index++)
        {
            range = range.With(values[index], values[index] - values[index - 1]);
        }

        return range;
    }

    private static long SmallestOf(Vector512<long> lanes)
    {
        var smallest = lanes[0];
        for (var lane = 1; lane < Vector512<long>.Count; lane++)
        {
            smallest = Math.Min(smallest, lanes[lane]);
        }

        return smallest;
    }

    private static long LargestOf(Vector512<long> lanes)
    {
        var largest = lanes[0];
        for (var lane = 1; lane < Vector512<long>.Count; lane++)
        {
            largest = Math.Max(largest, lanes[lane]);
        }

        return largest;
    }

    private ColumnRange With(long value, long delta) => new(
        Math.Min(Smallest, value),
        Math.Max(Largest, value),
        Math.Min(DeltaSmallest, delta),
        Math.Max(DeltaLargest, delta));
}
