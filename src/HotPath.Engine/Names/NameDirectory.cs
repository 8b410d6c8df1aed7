using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using HotPath.Engine.Native;

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
internal sealed unsafe class NameDirectory
{
    // So many that of a few dozen names hardly two meet: what is not in its first cell costs a branch that was guessed wrong.
    private const int CellCountMin = 4096;
    private const int EntryCountMin = 32;

    private readonly object _adding = new();
    private readonly int _countMax;
    private readonly int _bytesMax;
    private readonly NameRows _rows;

    // Per directory and process, so that nobody can choose names that meet in the table.
    private readonly Vector512<uint> _salt = Vector512.Create<uint>(
        MemoryMarshal.Cast<byte, uint>(RandomNumberGenerator.GetBytes(Vector512<byte>.Count)));
    private ulong[] _cells = new ulong[CellCountMin];
    private volatile Entry[] _entries = new Entry[EntryCountMin];
    private int _count;

    public NameDirectory(NameSort sort, int countMax, int bytesMax)
    {
        Sort = sort;
        _countMax = countMax;
        _bytesMax = bytesMax;
        _rows = new NameRows(countMax);
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
    public bool TryFind(ReadOnlySpan<byte> utf8, out int index)
    {
        fixed (byte* at = utf8)
        {
            return TryFind(at, utf8.Length, out index);
        }
    }

    /// <summary>As above, of so many bytes from here, which must not move meanwhile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFind(byte* at, int length, out int index)
    {
        index = IndexOf(at, length);
        return index >= 0;
    }

    /// <summary>The index of a known name, or less than 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IndexOf(byte* at, int length)
    {
        if (!NameKey.Has(length) || !NameKey.MayLoad(at))
        {
            return IndexOfRare(at, length);
        }

        var key = NameKey.Of(at, length);
        var hash = NameKey.Hash(key, _salt);
        var cells = Volatile.Read(ref _cells);

        // Nearly every name that is asked for is there, and in the first cell.
        var index = (int)(uint)Volatile.Read(ref FirstCell(cells, hash)) - 1;
        return index < 0 || _rows.Is(index, key) ? index : IndexFrom((int)hash + 1, key, cells);
    }

    /// <summary>
    /// The first of three steps to the index of a name, for many names at once, so that the memory of all of them is on
    /// its way before the first is waited for: each step is to be taken for all names before the next.
    /// </summary>
    // Safe because a prefetch never faults. Worth it: LIMITS section 5, Decode/names at random.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask(byte* at, int length, ref AskedName name)
    {
        name.At = at;
        name.Bytes = length;
        name.HasKey = NameKey.Has(length) && NameKey.MayLoad(at);
        if (name.HasKey)
        {
            name.Hash = NameKey.Hash(NameKey.Of(at, length), _salt);
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(Unsafe.AsPointer(ref FirstCell(Volatile.Read(ref _cells), name.Hash)));
            }
        }
    }

    /// <summary>The second step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Approach(ref AskedName name)
    {
        if (name.HasKey)
        {
            name.Index = (int)(uint)Volatile.Read(ref FirstCell(Volatile.Read(ref _cells), name.Hash)) - 1;
            if (name.Index >= 0 && Sse.IsSupported)
            {
                Sse.Prefetch0(_rows.RowOf(name.Index));
            }
        }
    }

    /// <summary>The last step: the index, or less than 0 for a name that was not known at the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IndexOf(in AskedName name)
    {
        if (!name.HasKey)
        {
            return IndexOfRare(name.At, name.Bytes);
        }

        // The table may have grown meanwhile: what is not the one is looked for from the first cell on.
        var key = NameKey.Of(name.At, name.Bytes);
        return name.Index < 0 || _rows.Is(name.Index, key)
            ? name.Index
            : IndexFrom((int)name.Hash, key, Volatile.Read(ref _cells));
    }

    // Safe because the place is masked to the table, whose length is a power of two. Worth it: LIMITS section 5, Names.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref ulong FirstCell(ulong[] cells, ulong hash) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(cells), (nint)((uint)hash & (uint)(cells.Length - 1)));

    /// <summary>Finds a name, or adds it. Allocates only when it adds.</summary>
    public InternOutcome TryIntern(ReadOnlySpan<byte> utf8, long firstSeenMicros, out int index) =>
        TryFind(utf8, out index)
            ? InternOutcome.Known
            : AddWhenUnknown(utf8, HashOf(utf8), firstSeenMicros, out index);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int IndexOfRare(byte* at, int length)
    {
        // Safe because the caller says that so many bytes stand there. Worth it: no copy.
        var utf8 = new ReadOnlySpan<byte>(at, length);
        return IndexOfFurther(utf8, HashOf(utf8));
    }

    /// <summary>Of a name with a key that stands in this cell of the table, in one of the next, or nowhere.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int IndexFrom(int cell, Vector512<byte> key, ulong[] cells)
    {
        for (var mask = cells.Length - 1; ; cell++)
        {
            var index = (int)(uint)Volatile.Read(ref cells[cell & mask]) - 1;
            if (index < 0 || _rows.Is(index, key))
            {
                return index;
            }
        }
    }

    private ulong HashOf(ReadOnlySpan<byte> utf8) =>
        NameKey.Has(utf8.Length) ? NameKey.Hash(NameKey.Of(utf8), _salt) : NameKey.HashLong(utf8, _salt);

    private int IndexOfFurther(ReadOnlySpan<byte> utf8, ulong hash)
    {
        var cells = Volatile.Read(ref _cells);
        var mask = cells.Length - 1;
        for (var at = (int)hash & mask; ; at = (at + 1) & mask)
        {
            var cell = Volatile.Read(ref cells[at]);
            if (cell == 0)
            {
                return -1;
            }

            // The upper half of a cell is the upper half of the hash, the lower half the index plus one.
            var index = (int)(uint)cell - 1;
            if ((uint)(cell >> 32) == (uint)(hash >> 32) && _rows.Get(index).SequenceEqual(utf8))
            {
                return index;
            }
        }
    }

    private InternOutcome AddWhenUnknown(ReadOnlySpan<byte> utf8, ulong hash, long firstSeenMicros, out int index)
    {
        lock (_adding)
        {
            index = IndexOfFurther(utf8, hash);
            if (index >= 0)
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
            // At most a sixth is used, so that nearly every name stands in its first cell; a cell is an eighth of a row.
            if ((index + 1) * 6L > _cells.Length)
            {
                Volatile.Write(ref _cells, Grown());
            }

            Insert(_cells, hash, index);
            Volatile.Write(ref _count, index + 1);
            return InternOutcome.Added;
        }
    }

    private ulong[] Grown()
    {
        var larger = new ulong[_cells.Length * 2];
        fixed (ulong* at = larger)
        {
            HugePages.Advise(at, (nuint)larger.Length * sizeof(ulong));
        }

        for (var index = 0; index < _count; index++)
        {
            Insert(larger, HashOf(_rows.Get(index)), index);
        }

        return larger;
    }

    private static void Insert(ulong[] cells, ulong hash, int index)
    {
        var mask = cells.Length - 1;
        var at = (int)hash & mask;
        while (cells[at] != 0)
        {
            at = (at + 1) & mask;
        }

        // Publishes the entry: readers that see the cell see the entry written before it.
        Volatile.Write(ref cells[at], (hash & 0xFFFF_FFFF_0000_0000UL) | (uint)(index + 1));
    }

    private readonly record struct Entry(string Text, long FirstSeenMicros);
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
