using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using HotPath.Engine.Native;

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

    // From so many chunks on, memory is taken by large pages of so many: names are visited at random, and each visit
    // would miss the TLB as well as the caches.
    private const int SmallChunks = 16;
    private const int ChunksPerPage = HugePages.PageBytes / (ChunkRows * RowBytes);

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
        if (_firstRows[index >> ChunkShift] == 0)
        {
            AddChunks(index >> ChunkShift);
        }

        var row = RowOf(index);
        if (utf8.Length > InlineBytesMax)
        {
            SetLong(index, utf8);
            Vector512<byte>.Zero.Store(row);
            *(ushort*)(row + InlineBytesMax) = (ushort)utf8.Length;
            return;
        }

        NameKey.Of(utf8).Store(row);
    }

    private void AddChunks(int chunk)
    {
        var count = chunk < SmallChunks ? 1 : int.Min(ChunksPerPage, _firstRows.Length - chunk);
        var alignment = chunk < SmallChunks ? RowBytes : HugePages.PageBytes;
        var bytes = count * ChunkRows * RowBytes;

        // Pinned, so that the rows stay where they are; touched only as far as it is used.
        var array = GC.AllocateUninitializedArray<byte>(bytes + alignment, pinned: true);
        _arrays[chunk] = array;
        var first = ((nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)) + alignment - 1) & ~((nint)alignment - 1);
        HugePages.Advise((void*)first, (nuint)bytes);
        for (var index = 0; index < count; index++)
        {
            _firstRows[chunk + index] = first + (index * ChunkRows * RowBytes);
        }
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
    public byte* RowOf(int index) => (byte*)_firstRow[(uint)index >> ChunkShift] + ((uint)(index & (ChunkRows - 1)) * RowBytes);

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
