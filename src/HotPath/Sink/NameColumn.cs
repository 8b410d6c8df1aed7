using HotPath.Engine.Names;
using HotPath.Sink.Rows;

namespace HotPath.Sink;

/// <summary>
/// A directory of names as the sink needs it: one dictionary of bytes and offsets for string columns, and the rank of
/// each name in the order of its bytes. Belongs to the sink's thread; follows the directory by <see cref="Refresh"/>.
/// </summary>
internal sealed class NameColumn(NameDirectory directory) : IWordDictionary
{
    private byte[] _data = new byte[4096];
    private int[] _offsets = new int[257];
    private int[] _ranks = [];

    /// <summary>Names taken over so far.</summary>
    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Data => _data.AsMemory(0, _offsets[Count]);

    public ReadOnlyMemory<int> Offsets => _offsets.AsMemory(0, Count + 1);

    /// <summary>By index: the place of the name among all names in the order of their UTF-8 bytes.</summary>
    public ReadOnlySpan<int> Ranks => _ranks;

    /// <summary>Takes over names that are new since the last call; costs nothing when there are none.</summary>
    public void Refresh()
    {
        var count = directory.Count;
        if (count == Count)
        {
            return;
        }

        for (var index = Count; index < count; index++)
        {
            Append(index, directory.Utf8(index));
        }

        Count = count;
        Rank();
    }

    public ReadOnlySpan<byte> Utf8(int index) => directory.Utf8(index);

    public long FirstSeenMicros(int index) => directory.FirstSeenMicros(index);

    private void Append(int index, ReadOnlySpan<byte> utf8)
    {
        var start = _offsets[index];
        if (start + utf8.Length > _data.Length)
        {
            Array.Resize(ref _data, Math.Max(_data.Length * 2, start + utf8.Length));
        }

        if (index + 1 >= _offsets.Length)
        {
            Array.Resize(ref _offsets, _offsets.Length * 2);
        }

        utf8.CopyTo(_data.AsSpan(start));
        _offsets[index + 1] = start + utf8.Length;
    }

    private void Rank()
    {
        var order = new int[Count];
        for (var index = 0; index < order.Length; index++)
        {
            order[index] = index;
        }

        Array.Sort(order, (a, b) => directory.Utf8(a).SequenceCompareTo(directory.Utf8(b)));
        var ranks = new int[Count];
        for (var place = 0; place < order.Length; place++)
        {
            ranks[order[place]] = place;
        }

        _ranks = ranks;
    }
}
