using System.Runtime.Intrinsics;

namespace HotPath.Delta.Parquet.Encodings;

/// <summary>Loops over whole numbers that pages need: bounds and changes of width.</summary>
internal static class IntegerRange
{
    /// <summary>The bounds of at least one value.</summary>
    public static (long Min, long Max) Of(ReadOnlySpan<long> values)
    {
        var (least, largest) = (values[0], values[0]);
        var i = 0;
        if (values.Length >= Vector512<long>.Count)
        {
            var min = Vector512.Create(values);
            var max = min;
            for (; i + Vector512<long>.Count <= values.Length; i += Vector512<long>.Count)
            {
                var value = Vector512.Create(values[i..]);
                min = Vector512.Min(min, value);
                max = Vector512.Max(max, value);
            }

            for (var lane = 0; lane < Vector512<long>.Count; lane++)
            {
                least = Math.Min(least, min[lane]);
                largest = Math.Max(largest, max[lane]);
            }
        }

        for (; i < values.Length; i++)
        {
            least = Math.Min(least, values[i]);
            largest = Math.Max(largest, values[i]);
        }

        return (least, largest);
    }

    public static void Widen(ReadOnlySpan<int> values, Span<long> wide)
    {
        var i = 0;
        for (; i + Vector512<int>.Count <= values.Length; i += Vector512<int>.Count)
        {
            var (low, high) = Vector512.Widen(Vector512.Create(values[i..]));
            low.CopyTo(wide[i..]);
            high.CopyTo(wide[(i + Vector512<long>.Count)..]);
        }

        for (; i < values.Length; i++)
        {
            wide[i] = values[i];
        }
    }

    public static void Narrow(ReadOnlySpan<long> values, Span<int> narrow)
    {
        var i = 0;
        for (; i + Vector512<int>.Count <= values.Length; i += Vector512<int>.Count)
        {
            Vector512.Narrow(Vector512.Create(values[i..]), Vector512.Create(values[(i + Vector512<long>.Count)..]))
                .CopyTo(narrow[i..]);
        }

        for (; i < values.Length; i++)
        {
            narrow[i] = (int)values[i];
        }
    }
}
