using System.Text;

namespace HotPath.Engine.Names;

/// <summary>
/// Interned names of one sort (equipment, tags, ...), each with a dense index from 0 that never changes.
/// Any thread may look up, without a lock; a new name is added under one. When full, or over the length limit, a name
/// is refused as an outcome and nothing changes.
/// </summary>
/// <remarks>
/// Open addressing over the hash of the UTF-8 bytes. An entry becomes visible by one volatile write of its index into
/// the table, after everything that it needs stands; a table that grew is published as a whole.
/// </remarks>
internal sealed class NameDirectory
{
    private const int TableSlotsMin = 64;

    private readonly object _adding = new();
    private readonly int _countMax;
    private readonly int _bytesMax;
    private readonly NameRows _rows = new();
    private Table _table = new(TableSlotsMin);
    private volatile Entry[] _entries = new Entry[TableSlotsMin / 2];
    private int _count;

    public NameDirectory(NameSort sort, int countMax, int bytesMax)
    {
        Sort = sort;
        _countMax = countMax;
        _bytesMax = bytesMax;
    }

    public NameSort Sort { get; }

    /// <summary>More names are refused.</summary>
    public int CountMax => _countMax;

    /// <summary>Names so far. Every index below it may be read by any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    public ReadOnlySpan<byte> Utf8(int index) => _rows.Get(index);

    /// <summary>The name as a string, made when it was added.</summary>
    public string Text(int index) => _entries[index].Text;

    /// <summary>When it was first seen, microseconds since the epoch.</summary>
    public long FirstSeenMicros(int index) => _entries[index].FirstSeenMicros;

    /// <summary>Finds a known name. Never allocates.</summary>
    public bool TryFind(ReadOnlySpan<byte> utf8, out int index) => TryFind(utf8, NameHash.Of(utf8), out index);

    /// <summary>Finds a name, or adds it. Allocates only when it adds.</summary>
    public InternOutcome TryIntern(ReadOnlySpan<byte> utf8, long firstSeenMicros, out int index)
    {
        var hash = NameHash.Of(utf8);
        return TryFind(utf8, hash, out index)
            ? InternOutcome.Known
            : AddWhenUnknown(utf8, hash, firstSeenMicros, out index);
    }

    private bool TryFind(ReadOnlySpan<byte> utf8, ulong hash, out int index)
    {
        var table = Volatile.Read(ref _table);
        var mask = table.Cells.Length - 1;
        for (var at = (int)hash & mask; ; at = (at + 1) & mask)
        {
            var cell = Volatile.Read(ref table.Cells[at]);
            if (cell == 0)
            {
                index = -1;
                return false;
            }

            // The upper half of a cell is the upper half of the hash, the lower half the index plus one.
            if ((uint)(cell >> 32) == (uint)(hash >> 32))
            {
                var found = (int)(uint)cell - 1;
                if (_rows.Get(found).SequenceEqual(utf8))
                {
                    index = found;
                    return true;
                }
            }
        }
    }

    private InternOutcome AddWhenUnknown(ReadOnlySpan<byte> utf8, ulong hash, long firstSeenMicros, out int index)
    {
        lock (_adding)
        {
            if (TryFind(utf8, hash, out index))
            {
                return InternOutcome.Known;
            }

            if (utf8.Length > _bytesMax)
            {
                return InternOutcome.TooLong;
            }

            if (_count == _countMax)
            {
                return InternOutcome.Full;
            }

            index = _count;
            if (index == _entries.Length)
            {
                var larger = new Entry[_entries.Length * 2];
                _entries.CopyTo(larger, 0);
                _entries = larger;
            }

            _rows.Set(index, utf8);
            _entries[index] = new Entry(Encoding.UTF8.GetString(utf8), firstSeenMicros);
            if ((index + 1) * 2 > _table.Cells.Length)
            {
                Volatile.Write(ref _table, Grown());
            }

            Insert(_table, hash, index);
            Volatile.Write(ref _count, index + 1);
            return InternOutcome.Added;
        }
    }

    private Table Grown()
    {
        var larger = new Table(_table.Cells.Length * 2);
        for (var index = 0; index < _count; index++)
        {
            Insert(larger, NameHash.Of(_rows.Get(index)), index);
        }

        return larger;
    }

    private static void Insert(Table table, ulong hash, int index)
    {
        var mask = table.Cells.Length - 1;
        var at = (int)hash & mask;
        while (table.Cells[at] != 0)
        {
            at = (at + 1) & mask;
        }

        // Publishes the entry: readers that see the cell see the entry written before it.
        Volatile.Write(ref table.Cells[at], (hash & 0xFFFF_FFFF_0000_0000UL) | (uint)(index + 1));
    }

    private readonly record struct Entry(string Text, long FirstSeenMicros);

    private sealed class Table(int slots)
    {
        public readonly ulong[] Cells = new ulong[slots];
    }
}

/// <summary>Which directory a name belongs to. The values stand in the names file: never renumber.</summary>
internal enum NameSort : byte
{
    Equipment = 1,
    Tag = 2,
    Source = 3,
    /// <summary>String values of readings.</summary>
    Symbol = 4,
    Flag = 5,
    Listener = 6,
    /// <summary>Rule ids, states, groups and reasons of rule documents.</summary>
    Word = 7,
}

internal enum InternOutcome
{
    Known,
    Added,
    Full,
    TooLong,
}
