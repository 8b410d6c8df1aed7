using System.Buffers.Binary;

namespace HotPath.Delta.Parquet.Encodings;

/// <summary>
/// The different strings of a column chunk in the form of a dictionary page (PLAIN: length in 4 bytes, bytes), and a code
/// for each in order of first occurrence. Kept and cleared; one thread at a time; says so when full.
/// </summary>
internal sealed class BytesDictionary(int bytesMax)
{
    /// <summary>Codes are packed with at most 20 bits, and levels of a page index stay small.</summary>
    private const int EntriesMax = 1 << 20;

    private readonly GrowingBuffer _page = new();
    private Slot[] _slots = new Slot[1024];
    private Entry[] _entries = new Entry[512];

    public int Count { get; private set; }

    /// <summary>The entries as PLAIN values.</summary>
    public ReadOnlySpan<byte> PlainValues => _page.Written;

    public void Clear()
    {
        if (Count > 0)
        {
            Array.Clear(_slots);
        }

        _page.Clear();
        Count = 0;
    }

    public ReadOnlySpan<byte> this[int code]
    {
        get
        {
            var entry = _entries[code];
            return _page.Written.Slice(entry.At, entry.Bytes);
        }
    }

    /// <summary>The first eight bytes as a number that orders as they do; equal numbers say nothing.</summary>
    public ulong PrefixAt(int code) => _entries[code].Prefix;

    /// <summary>The code of a value, which is added when it is new; -1 when there is no room for it.</summary>
    public int GetOrAdd(ReadOnlySpan<byte> value)
    {
        var hash = HashSeed.Hash(value);
        var tag = (uint)hash;
        var at = (int)(hash >> 32) & (_slots.Length - 1);
        while (_slots[at].CodePlus1 != 0)
        {
            if (_slots[at].Tag == tag && this[_slots[at].CodePlus1 - 1].SequenceEqual(value))
            {
                return _slots[at].CodePlus1 - 1;
            }

            at = (at + 1) & (_slots.Length - 1);
        }

        if (Count == EntriesMax || (long)_page.Count + sizeof(int) + value.Length > bytesMax)
        {
            return -1;
        }

        _slots[at] = new Slot { Tag = tag, CodePlus1 = Count + 1 };
        Add(value, hash);
        return Count - 1;
    }

    /// <summary>The first eight bytes as a number that orders as they do; fewer are followed by zeros.</summary>
    public static ulong PrefixOf(ReadOnlySpan<byte> value)
    {
        if (value.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(value);
        }

        var prefix = 0UL;
        for (var i = 0; i < value.Length; i++)
        {
            prefix |= (ulong)value[i] << (56 - 8 * i);
        }

        return prefix;
    }

    private void Add(ReadOnlySpan<byte> value, ulong hash)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * Count);
        }

        BinaryPrimitives.WriteInt32LittleEndian(_page.Reserve(sizeof(int)), value.Length);
        _page.Advance(sizeof(int));
        _entries[Count++] = new Entry { At = _page.Count, Bytes = value.Length, Hash = hash, Prefix = PrefixOf(value) };
        _page.Append(value);
        if (2 * Count > _slots.Length)
        {
            GrowSlots();
        }
    }

    private void GrowSlots()
    {
        var slots = new Slot[2 * _slots.Length];
        for (var code = 0; code < Count; code++)
        {
            var hash = _entries[code].Hash;
            var at = (int)(hash >> 32) & (slots.Length - 1);
            while (slots[at].CodePlus1 != 0)
            {
                at = (at + 1) & (slots.Length - 1);
            }

            slots[at] = new Slot { Tag = (uint)hash, CodePlus1 = code + 1 };
        }

        _slots = slots;
    }

    private struct Slot
    {
        public uint Tag;
        public int CodePlus1;
    }

    private struct Entry
    {
        public int At;
        public int Bytes;
        public ulong Hash;
        public ulong Prefix;
    }
}
