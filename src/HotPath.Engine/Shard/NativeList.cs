namespace HotPath.Engine.Shard;

/// <summary>A list in a shard's native memory, for what is gathered during one slot. The shard thread only; it grows.</summary>
internal sealed unsafe class NativeList<T>(NativePool pool)
    where T : unmanaged
{
    private const int CapacityFirst = 64;

    private T* _items;
    private int _capacity;

    public int Count { get; private set; }

    // Safe because Count never exceeds the capacity of the block. Worth it: gathered per reading.
    public Span<T> Span => new(_items, Count);

    public ref T this[int index] => ref _items[index];

    public void Add(in T item)
    {
        if (Count == _capacity)
        {
            GrowWhenFull();
        }

        _items[Count++] = item;
    }

    public void Clear() => Count = 0;

    private void GrowWhenFull()
    {
        var capacity = Math.Max(CapacityFirst, _capacity * 2);
        _items = (T*)pool.Grow(_items, (long)_capacity * sizeof(T), (long)capacity * sizeof(T));
        _capacity = capacity;
    }
}
