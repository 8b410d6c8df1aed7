namespace HotPath.Delta.Parquet.Writing;

/// <summary>What the page index says of the pages of one column chunk. Kept and cleared, one thread at a time.</summary>
internal sealed class PageTable
{
    private readonly GrowingBuffer _bounds = new(1024);
    private Entry[] _entries = new Entry[64];

    public int Count { get; private set; }

    /// <summary>False once a page that has values has no bounds: all NaN. Then the chunk gets no column index.</summary>
    public bool IsIndexable { get; private set; } = true;

    public ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, Count);

    public void Clear()
    {
        Count = 0;
        IsIndexable = true;
        _bounds.Clear();
    }

    public ReadOnlySpan<byte> Min(in Entry page) => _bounds.Written.Slice(page.MinAt, page.MinBytes);

    public ReadOnlySpan<byte> Max(in Entry page) => _bounds.Written.Slice(page.MinAt + page.MinBytes, page.MaxBytes);

    public void Add(long offset, int bytes, long firstRow, int nullCount, bool isAllNull, ColumnBounds bounds)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * Count);
        }

        ref var entry = ref _entries[Count++];
        entry = new Entry
        {
            Offset = offset,
            Bytes = bytes,
            FirstRow = firstRow,
            NullCount = nullCount,
            IsAllNull = isAllNull,
            MinAt = _bounds.Count,
        };
        if (bounds.PageHasBounds)
        {
            bounds.AppendPageMin(_bounds);
            entry.MinBytes = _bounds.Count - entry.MinAt;
            bounds.AppendPageMax(_bounds);
            entry.MaxBytes = _bounds.Count - entry.MinAt - entry.MinBytes;
        }
        else if (!isAllNull)
        {
            IsIndexable = false;
        }
    }

    public struct Entry
    {
        /// <summary>From the start of the chunk's data pages.</summary>
        public long Offset;

        /// <summary>With the header.</summary>
        public int Bytes;
        public long FirstRow;
        public int NullCount;
        public bool IsAllNull;
        public int MinAt;
        public int MinBytes;
        public int MaxBytes;
    }
}
