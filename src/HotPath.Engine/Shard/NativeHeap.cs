using System.Runtime.InteropServices;

namespace HotPath.Engine.Shard;

/// <summary>Something and when it is due.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HeapEntry
{
    /// <summary>So many entries stand below one in a <see cref="NativeHeap"/>, from its place times this + 1 on.</summary>
    public const int ChildCount = 4;

    public long Key;
    public int Id;
}

/// <summary>Remembers where in a heap something stands; 0 = nowhere, else its place + 1.</summary>
internal interface IHeapPlaces
{
    void Set(int id, int placePlusOne);
}

/// <summary>
/// A 4-ary min-heap in native memory. Four children of 16 bytes are one cache line. It is a struct within others;
/// <see cref="HeapOrder{TPlaces}"/> works on it.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeHeap
{
    private long _topKeyInverted;
    public HeapEntry* Entries;
    public int Count;
    public int Capacity;

    /// <summary>The least key, beside the heap so that looking costs no cache line; long.MaxValue when empty.</summary>
    public long TopKey
    {
        // Inverted, so that a zeroed heap is an empty one.
        readonly get => _topKeyInverted ^ long.MaxValue;
        set => _topKeyInverted = value ^ long.MaxValue;
    }
}

/// <summary>Insert, change and remove in a <see cref="NativeHeap"/> whose entries know their places.</summary>
internal static unsafe class HeapOrder<TPlaces>
    where TPlaces : struct, IHeapPlaces
{
    public static void Insert(ref NativeHeap heap, NativePool pool, long key, int id, TPlaces places)
    {
        if (heap.Count == heap.Capacity)
        {
            var capacity = Math.Max(2, heap.Capacity * 2);
            heap.Entries = (HeapEntry*)pool.Grow(
                heap.Entries, (long)heap.Capacity * sizeof(HeapEntry), (long)capacity * sizeof(HeapEntry));
            heap.Capacity = capacity;
        }

        heap.Entries[heap.Count] = new HeapEntry { Key = key, Id = id };
        Up(ref heap, heap.Count++, places);
        heap.TopKey = heap.Entries[0].Key;
    }

    /// <summary>Gives the entry at a place another key.</summary>
    public static void Change(ref NativeHeap heap, int place, long key, TPlaces places)
    {
        var isLower = key < heap.Entries[place].Key;
        heap.Entries[place].Key = key;
        if (isLower)
        {
            Up(ref heap, place, places);
        }
        else
        {
            Down(ref heap, place, places);
        }

        heap.TopKey = heap.Entries[0].Key;
    }

    public static void Remove(ref NativeHeap heap, int place, TPlaces places)
    {
        places.Set(heap.Entries[place].Id, 0);
        var last = heap.Entries[--heap.Count];
        if (place < heap.Count)
        {
            var key = heap.Entries[place].Key;
            heap.Entries[place] = last;
            if (last.Key < key)
            {
                Up(ref heap, place, places);
            }
            else
            {
                Down(ref heap, place, places);
            }
        }

        heap.TopKey = heap.Count == 0 ? long.MaxValue : heap.Entries[0].Key;
    }

    private static void Up(ref NativeHeap heap, int place, TPlaces places)
    {
        var entry = heap.Entries[place];
        while (place > 0)
        {
            var parent = (place - 1) >> 2;
            if (heap.Entries[parent].Key <= entry.Key)
            {
                break;
            }

            heap.Entries[place] = heap.Entries[parent];
            places.Set(heap.Entries[place].Id, place + 1);
            place = parent;
        }

        heap.Entries[place] = entry;
        places.Set(entry.Id, place + 1);
    }

    private static void Down(ref NativeHeap heap, int place, TPlaces places)
    {
        var entry = heap.Entries[place];
        while (true)
        {
            var child = (place << 2) + 1;
            if (child >= heap.Count)
            {
                break;
            }

            var end = Math.Min(child + 4, heap.Count);
            for (var other = child + 1; other < end; other++)
            {
                child = heap.Entries[other].Key < heap.Entries[child].Key ? other : child;
            }

            if (heap.Entries[child].Key >= entry.Key)
            {
                break;
            }

            heap.Entries[place] = heap.Entries[child];
            places.Set(heap.Entries[place].Id, place + 1);
            place = child;
        }

        heap.Entries[place] = entry;
        places.Set(entry.Id, place + 1);
    }
}
