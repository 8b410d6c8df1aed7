namespace HotPath.Serve.Live;

/// <summary>
/// The newest rows, oldest first. Belongs to whoever holds its owner's lock. When full, the oldest row makes place.
/// </summary>
internal sealed class BoundedHistory<T>(int countMax)
{
    private T[] _rows = new T[Math.Min(countMax, 64)];
    private int _first;

    public int Count { get; private set; }

    /// <summary>Rows that made place so far.</summary>
    public long Evicted { get; private set; }

    /// <summary>0 is the oldest.</summary>
    public ref T this[int place] => ref _rows[(_first + place) % _rows.Length];

    public void Add(in T row)
    {
        if (Count == _rows.Length && Count < countMax)
        {
            Grow();
        }

        if (Count == countMax)
        {
            _rows[_first] = row;
            _first = (_first + 1) % _rows.Length;
            Evicted++;
            return;
        }

        _rows[(_first + Count) % _rows.Length] = row;
        Count++;
    }

    private void Grow()
    {
        // Only before anything was evicted, so _first is 0 and the order stands.
        Array.Resize(ref _rows, (int)Math.Min((long)_rows.Length * 2, countMax));
    }
}
