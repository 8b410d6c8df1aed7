using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HotPath.Engine.Decode;

/// <summary>
/// Where the quotes of the object at hand stand, found 64 bytes at a time, and how far its text is plain: without escapes
/// and control characters, so that what stands between two quotes is a string as it is meant, if it is UTF-8. Belongs to
/// one decoder and its thread. Looks at no more than a window; what is longer is for the grammar.
/// </summary>
/// <remarks>
/// With the places known beforehand, no value has to wait until the end of the one before it has been found.
/// From <see cref="Text"/> to <see cref="GuardBytes"/> behind <see cref="PlainEnd"/> everything may be loaded.
/// </remarks>
internal sealed unsafe class JsonQuotes : IDisposable
{
    public const int GuardBytes = 128;
    private const int BlockBytes = 64;
    private const int WindowBytesMax = 1024;

    /// <summary>The last blocks, in which the text may end.</summary>
    private const int TailBytes = 2 * BlockBytes;

    /// <summary>So far behind the text blocks may end; the rest of the guard is for what is loaded behind a quote.</summary>
    private const int OverrunBytesMax = 96;
    private const nuint PageMask = 4095;

    // A block writes its places 32 at a time, whatever their number; and who reads a string looks at two of them. In a
    // page of its own: most of these stores are not aligned, and one that crosses into another page takes long.
    private readonly ushort* _places = NewPlaces();
    private readonly byte* _copy = (byte*)NativeMemory.AlignedAlloc(WindowBytesMax + BlockBytes + GuardBytes, BlockBytes);
    private int _windowBytes = WindowBytesMax;

    /// <summary>The object's opening brace: in the record, or in a copy of it.</summary>
    public byte* Text { get; private set; }

    /// <summary>The first byte that is not plain, or was not looked at.</summary>
    public byte* PlainEnd { get; private set; }

    /// <summary>
    /// Up to <see cref="PlainEnd"/> all is ASCII. What is not need not be UTF-8: who takes a string asks, unless it is the
    /// same as one that was asked before.
    /// </summary>
    public bool IsAscii { get; private set; }

    /// <summary>Distances from <see cref="Text"/>, growing; some may stand behind <see cref="PlainEnd"/>.</summary>
    public ushort* Places => _places;

    public int Count { get; private set; }

    /// <summary>Looks at the object whose brace is here.</summary>
    // Safe because the blocks end less than GuardBytes behind the text, which may be loaded. Worth it: Decode/Json.
    public void Find(byte* at, byte* end)
    {
        // A block more than the window where the record goes on behind it: the object may be a little longer.
        var bytes = (int)long.Min(end - at, _windowBytes + BlockBytes);
        var tail = BlocksBytes(bytes) - TailBytes;
        at = MayLoadBehind(at + bytes, end) ? at : Copied(at, bytes);
        var to = _places;
        var plain = new PlainCheck();
        var spare = 0;
        var block = 0;
        for (; block < tail; block += BlockBytes)
        {
            to += Append(to, plain.With(Vector512.Load(at + block)), block, ref spare);
        }

        // Behind the text as if spaces stood there. Twice the same, not a loop: two blocks that are always there.
        to += Append(to, plain.With(Cut(Vector512.Load(at + block), bytes - block)), block, ref spare);
        block += BlockBytes;
        to += Append(to, plain.With(Cut(Vector512.Load(at + block), int.Max(bytes - block, 0))), block, ref spare);
        to = spare < 0 ? AllOneByOne(at, bytes) : to;

        // Behind the last quote stand none of the object before: no string ends there.
        Unsafe.WriteUnaligned(to, uint.MaxValue);
        Text = at;
        PlainEnd = at + bytes;
        IsAscii = true;
        Count = (int)(to - _places);
        if (!plain.IsAll)
        {
            CutWhenSpecial(at, bytes);
        }
    }

    /// <summary>The object was read up to here: the next one is about as long.</summary>
    public void Fit(byte* next)
    {
        var bytes = BlocksOf((int)(next - Text));
        _windowBytes = int.Min(int.Clamp(_windowBytes, bytes, bytes + BlockBytes), WindowBytesMax);
    }

    /// <summary>The object was not plain, or longer than the window.</summary>
    public void Widen() => _windowBytes = WindowBytesMax;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_places);
        NativeMemory.AlignedFree(_copy);
    }

    /// <summary>
    /// As many blocks for objects of nearly one length: their number would be foreseen wrong at every other one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int BlocksBytes(int bytes) =>
        int.Max(TailBytes, (uint)(_windowBytes - bytes) <= OverrunBytesMax ? _windowBytes : BlocksOf(bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BlocksOf(int bytes) => (bytes + BlockBytes - 1) & -BlockBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Cut(Vector512<byte> text, int bytes) => Vector512.ConditionalSelect(
        Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)bytes)), text, Vector512.Create((byte)' '));

    /// <summary>
    /// Writes the places of the quotes, and says how many. Of more than 32 only the first: then <paramref name="spare"/>
    /// is below zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Append(ushort* to, Vector512<byte> text, int block, ref int spare)
    {
        var quotes = Vector512.Equals(text, Vector512.Create((byte)'"'));
        var bits = quotes.ExtractMostSignificantBits();
        var count = BitOperations.PopCount(bits);
        if (!Avx512Vbmi2.IsSupported)
        {
            return AppendOneByOne(to, bits, block);
        }

        var places = Avx512Vbmi2.Compress(Vector512<byte>.Zero, quotes, Vector512<byte>.Indices);
        (Vector512.WidenLower(places) + Vector512.Create((ushort)block)).Store(to);
        spare |= Vector512<ushort>.Count - count;
        return count;
    }

    /// <summary>All quotes again: half of the bytes of a block were some.</summary>
    // Safe, here and below, because these are the blocks that were loaded before. Worth it: once for a rare text.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ushort* AllOneByOne(byte* at, int bytes)
    {
        var to = _places;
        for (var block = 0; block < bytes; block += BlockBytes)
        {
            var text = Cut(Vector512.Load(at + block), int.Min(bytes - block, BlockBytes));
            to += AppendOneByOne(to, Vector512.Equals(text, Vector512.Create((byte)'"')).ExtractMostSignificantBits(), block);
        }

        return to;
    }

    internal static int AppendOneByOne(ushort* to, ulong bits, int block)
    {
        var count = BitOperations.PopCount(bits);
        for (; bits != 0; bits &= bits - 1)
        {
            *to++ = (ushort)(block + BitOperations.TrailingZeroCount(bits));
        }

        return count;
    }

    /// <summary>Ends what is plain where it does, and says whether it is ASCII.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CutWhenSpecial(byte* at, int bytes)
    {
        for (var block = 0; block < bytes; block += BlockBytes)
        {
            var text = Cut(Vector512.Load(at + block), int.Min(bytes - block, BlockBytes));
            var special = (Vector512.Equals(text, Vector512.Create((byte)'\\')) | Vector512.LessThan(text, Vector512.Create((byte)' ')))
                .ExtractMostSignificantBits();

            // Up to the first special one; all, if there is none.
            IsAscii &= (text.ExtractMostSignificantBits() & (special ^ (special - 1))) == 0;
            if (special != 0)
            {
                PlainEnd = at + block + BitOperations.TrailingZeroCount(special);
                return;
            }
        }
    }

    /// <summary>Whether the guard behind the window lies in the record, or in the page of the window's last byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MayLoadBehind(byte* windowEnd, byte* end) =>
        end - windowEnd >= GuardBytes || (((nuint)windowEnd - 1) & PageMask) < PageMask + 1 - GuardBytes;

    private byte* Copied(byte* at, int bytes)
    {
        Unsafe.CopyBlockUnaligned(_copy, at, (uint)bytes);
        new Span<byte>(_copy + bytes, GuardBytes).Clear();
        return _copy;
    }

    private static ushort* NewPlaces()
    {
        const nuint Bytes = (WindowBytesMax + (2 * BlockBytes)) * sizeof(ushort);
        var places = (ushort*)NativeMemory.AlignedAlloc(Bytes, PageMask + 1);
        NativeMemory.Clear(places, Bytes);
        return places;
    }

    /// <summary>
    /// Whether all blocks are plain and ASCII, asked once: to compare a whole vector takes as long as four of these minima.
    /// </summary>
    private struct PlainCheck()
    {
        private Vector512<byte> _toBackslash = Vector512<byte>.AllBitsSet;
        private Vector512<sbyte> _signed = Vector512.Create(sbyte.MaxValue);

        // As signed bytes, control characters and everything outside ASCII are below the space.
        public readonly bool IsAll => !Vector512.EqualsAny(_toBackslash, Vector512<byte>.Zero)
            && !Vector512.LessThanAny(_signed, Vector512.Create((sbyte)' '));

        /// <summary>The same text, looked at.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<byte> With(Vector512<byte> text)
        {
            _toBackslash = Vector512.Min(_toBackslash, text ^ Vector512.Create((byte)'\\'));
            _signed = Vector512.Min(_signed, text.AsSByte());
            return text;
        }
    }
}
