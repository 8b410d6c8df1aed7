using System.Numerics;

namespace HotPath.Delta.Parquet.Encodings;

/// <summary>
/// Guesses from some thousand evenly spaced values how many different ones there are. Kept and cleared; one thread at a time.
/// </summary>
internal sealed class CardinalitySample
{
    public const int ValuesMax = 4096;

    private readonly ulong[] _slots = new ulong[2 * ValuesMax];

    public int Count { get; private set; }

    public int Distinct { get; private set; }

    public void Clear()
    {
        Array.Clear(_slots);
        (Count, Distinct) = (0, 0);
    }

    public void Add(ulong hash)
    {
        Count++;
        hash |= 1; // 0 is an empty slot
        var at = (int)(hash >> 40) & (_slots.Length - 1);
        while (_slots[at] != 0)
        {
            if (_slots[at] == hash)
            {
                return;
            }

            at = (at + 1) & (_slots.Length - 1);
        }

        _slots[at] = hash;
        Distinct++;
    }

    /// <summary>
    /// The estimate for a whole of so many values. n values drawn from D different ones meet n^2 / 2D times, so that
    /// D is about n^2 / (2 * meetings); where most values were met again, what was seen is nearly all there is.
    /// </summary>
    public long Estimate(long values)
    {
        var meetings = Count - Distinct;
        if (meetings == 0)
        {
            return values;
        }

        var estimate = Distinct < Count / 2 ? Distinct + Distinct / 4 : (long)Count * Count / (2L * meetings);
        return Math.Clamp(estimate, 1, Math.Max(1, values));
    }

    /// <summary>Bits per value of indices into a dictionary plus its entries, spread over all values.</summary>
    public double DictionaryBits(long values, double entryBits)
    {
        var estimate = Estimate(values);
        var width = Math.Max(1, 64 - BitOperations.LeadingZeroCount((ulong)(estimate - 1)));
        return width + estimate * entryBits / Math.Max(1, values);
    }
}
