using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Names;

/// <summary>
/// The bytes of names in rows of 64, so that one line of the cache decides whether a name is the one; longer names
/// stand apart. Rows never move and never change: any thread may read one whose index it has, only the directory's
/// adder writes.
/// </summary>
internal sealed class NameRows
{
    private const int ChunkRows = 1024;
    private const int ChunkShift = 10;
    private const int InlineBytesMax = Row.SizeBytes - sizeof(ushort);

    private Row[][] _chunks = new Row[1][];

    // By index; only for names that are too long for a row.
    private byte[]?[] _long = [];

    public void Set(int index, ReadOnlySpan<byte> utf8)
    {
        var chunk = index >> ChunkShift;
        if (chunk == _chunks.Length)
        {
            var larger = new Row[_chunks.Length * 2][];
            _chunks.CopyTo(larger, 0);
            Volatile.Write(ref _chunks, larger);
        }

        // Pinned, so that the spans over them stay right; touched only as far as it is used.
        _chunks[chunk] ??= GC.AllocateArray<Row>(ChunkRows, pinned: true);
        ref var row = ref _chunks[chunk][index & (ChunkRows - 1)];
        row.LengthBytes = (ushort)utf8.Length;
        if (utf8.Length > InlineBytesMax)
        {
            SetLong(index, utf8);
            return;
        }

        utf8.CopyTo(MemoryMarshal.CreateSpan(ref row.First, InlineBytesMax));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Get(int index)
    {
        ref var row = ref Volatile.Read(ref _chunks)[index >> ChunkShift][index & (ChunkRows - 1)];

        // Safe because the length is at most what the row holds. Worth it: LIMITS section 5, one line per look-up.
        return row.LengthBytes <= InlineBytesMax
            ? MemoryMarshal.CreateReadOnlySpan(ref row.First, row.LengthBytes)
            : Volatile.Read(ref _long)[index];
    }

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

    /// <summary>
    /// <code>
    /// 0       2                                                             64
    /// +-------+-------------------------------------------------------------+
    /// |length |the name, if it is no longer than 62 bytes                   |
    /// </code>
    /// </summary>
    [StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
    private struct Row
    {
        public const int SizeBytes = 64;

        [FieldOffset(0)] public ushort LengthBytes;
        [FieldOffset(2)] public byte First;
    }
}
