namespace HotPath.Delta.Parquet.Encodings;

/// <summary>
/// The different numbers of a column chunk, by their bits, and a code for each in order of first occurrence.
/// Kept and cleared; one thread at a time; says so when full.
/// </summary>
internal sealed class NumberDictionary(int entriesMax)
{
    private Slot[] _slots = new Slot[1024];
    private long[] _entries = new long[512];

    public int Count { get; private set; }

    public ReadOnlySpan<long> Entries => _entries.AsSpan(0, Count);

    public void Clear()
    {
        Array.Clear(_slots);
        Count = 0;
    }

    /// <summary>Codes the values; false when the dictionary got full on the way.</summary>
    public bool TryEncode(ReadOnlySpan<long> values, Span<int> codes)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            var at = (int)(HashSeed.Hash(value) >> 32) & mask;
            while (slots[at].CodePlus1 != 0 && slots[at].Value != value)
            {
                at = (at + 1) & mask;
            }

            if (slots[at].CodePlus1 == 0)
            {
                if (Count == entriesMax)
                {
                    return false;
                }

                slots[at] = new Slot { Value = value, CodePlus1 = AddEntry(value) + 1 };
                codes[i] = Count - 1;
                if (2 * Count > slots.Length)
                {
                    GrowSlots();
                    slots = _slots;
                    mask = slots.Length - 1;
                }

                continue;
            }

            codes[i] = slots[at].CodePlus1 - 1;
        }

        return true;
    }

    private int AddEntry(long value)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * Count);
        }

        _entries[Count] = value;
        return Count++;
    }

    private void GrowSlots()
    {
        var slots = new Slot[2 * _slots.Length];
        for (var code = 0; code < Count; code++)
        {
            var at = (int)(HashSeed.Hash(_entries[code]) >> 32) & (slots.Length - 1);
            while (slots[at].CodePlus1 != 0)
            {
                at = (at + 1) & (slots.Length - 1);
            }

            slots[at] = new Slot { Value = _entries[code], CodePlus1 = code + 1 };
        }

        _slots = slots;
    }

    private struct Slot
    {
        public long Value;
        public int CodePlus1;
    }
}
