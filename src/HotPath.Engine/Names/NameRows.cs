using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Engine.Names;

/// <summary>
/// The bytes of names in rows of 64 on cache lines of their own, so that one line decides whether a name is the one;
/// longer names stand apart. Rows never move and never change: any thread may read one whose index it has, only the
/// directory's adder writes.
/// </summary>
/// <remarks>
/// <code>
/// 0                                                             62      64
/// +-------------------------------------------------------------+-------+
/// |the name, if it is no longer than 62 bytes                   |length |
/// </code>
/// </remarks>
internal sealed unsafe class NameRows
{
    private const int RowBytes = 64;
    private const int ChunkRows = 1024;
    private const int ChunkShift = 10;
    private const int InlineBytesMax = NameKey.NameBytesMax;

    // Pinned arrays, touched only as far as they are used; and where the first row of each is, pinned too: it never moves
    // nor grows, so that a reader needs no more than the index.
    private readonly byte[]?[] _arrays;
    private readonly nint[] _firstRows;
    private readonly nint* _firstRow;

    // By index; only for names that are too long for a row.
    private byte[]?[] _long = [];

    public NameRows(int countMax)
    {
        var chunks = (countMax + ChunkRows - 1) >> ChunkShift;
        _arrays = new byte[]?[chunks];
        _firstRows = GC.AllocateArray<nint>(chunks, pinned: true);
        _firstRow = (nint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_firstRows));
    }

    public void Set(int index, ReadOnlySpan<byte> utf8)
    {
        if (_arrays[index >> ChunkShift] is null)
        {
            var array = GC.AllocateArray<byte>((ChunkRows + 1) * RowBytes, pinned: true);
            _arrays[index >> ChunkShift] = array;
            var first = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
            _firstRows[index >> ChunkShift] = (first + RowBytes - 1) & ~(nint)(RowBytes - 1);
        }

        var row = RowOf(index);
        *(ushort*)(row + InlineBytesMax) = (ushort)utf8.Length;
        if (utf8.Length > InlineBytesMax)
        {
            SetLong(index, utf8);
            return;
        }

        utf8.CopyTo(new Span<byte>(row, InlineBytesMax));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Get(int index)
    {
        var row = RowOf(index);
        var bytes = LengthOf(row);

        // Safe because the length is at most what the row holds. Worth it: LIMITS section 5, one line per look-up.
        return bytes <= InlineBytesMax ? new ReadOnlySpan<byte>(row, bytes) : Volatile.Read(ref _long)[index];
    }

    /// <summary>Whether the name of this index has this key.</summary>
    // Safe because a row is 64 bytes. Worth it: LIMITS section 5, Names.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Is(int index, Vector512<byte> key) => Vector512.Load(RowOf(index)) == key;

    // Safe because the index is that of a name, whose chunk stands. Worth it: LIMITS section 5, Names.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* RowOf(int index) => (byte*)_firstRow[(uint)index >> ChunkShift] + ((uint)(index & (ChunkRows - 1)) * RowBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LengthOf(byte* row) => *(ushort*)(row + InlineBytesMax);

    private void SetLong(int index, ReadOnlySpan<byte> utf8)
    {
        if (index >= _long.Length)
        {
            var larger = new byte[]?[int.Max(index + 1, _long.Length * 2)];
            _long.CopyTo(larger, 0);
            larger[index] = utf8.ToArray();
            Volatile.Write(ref _long, larger);
            return;
        }

        _long[index] = utf8.ToArray();
    }
}
