using System.Numerics;

namespace HotPath.Benchmarks.Detection;

/// <summary>Latencies in nanoseconds, in cells of 1/64 of a doubling (under 1.6 %). One thread; no allocation when noting.</summary>
internal sealed class LatencyHistogram
{
    private const int CellBits = 6;

    private readonly long[] _counts = new long[64 << CellBits];
    private long _max;

    public long Count { get; private set; }

    public void Note(long nanoseconds)
    {
        var value = (ulong)Math.Max(nanoseconds, 1L << CellBits);
        var power = BitOperations.Log2(value);
        _counts[(power << CellBits) + (int)((value >> (power - CellBits)) & ((1 << CellBits) - 1))]++;
        _max = Math.Max(_max, nanoseconds);
        Count++;
    }

    /// <summary>The latency that a share of all did not exceed, microseconds; 1 = the greatest.</summary>
    public double Micros(double share)
    {
        if (share >= 1)
        {
            return _max / 1_000.0;
        }

        var left = (long)(share * Count);
        for (var cell = 0; cell < _counts.Length; cell++)
        {
            left -= _counts[cell];
            if (left < 0)
            {
                var power = cell >> CellBits;
                var within = (cell & ((1 << CellBits) - 1)) + 1L;
                return ((1L << power) + (within << power >> CellBits)) / 1_000.0;
            }
        }

        return _max / 1_000.0;
    }
}
