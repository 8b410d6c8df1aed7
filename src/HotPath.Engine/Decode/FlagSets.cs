using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using HotPath.Engine.Names;

namespace HotPath.Engine.Decode;

/// <summary>
/// Flag names as bits: up to 16 different names are kept per installation, further ones are passed over. Belongs to
/// one decoder and its thread. Senders repeat few sets, so the text of the last ones is remembered with its bits.
/// </summary>
internal sealed unsafe class FlagSets(NameDirectory flags) : IDisposable
{
    private const int SetsMax = 16;
    private const int SetBytesMax = 64;
    private const int HeadBits = 8;
    private const nuint PageMask = 4095;

    private readonly FlagSet* _sets = NewSets();

    // Which set begins like this.
    private readonly byte[] _setByHead = new byte[1 << HeadBits];
    private int _next;

    /// <summary>The bit of a flag's name, or 0 for one that cannot be kept.</summary>
    public ushort BitOf(Utf8Text name, long firstSeenMicros)
    {
        var trimmed = name.Trimmed();
        if (trimmed.Bytes == 0)
        {
            return 0;
        }

        var isKnown = flags.TryFind(trimmed.Span, out var index)
            || (flags.Count < EngineLimits.FlagCountMax
                && flags.TryIntern(trimmed.Span, firstSeenMicros, out index) is InternOutcome.Known or InternOutcome.Added);
        return isKnown ? (ushort)(1 << index) : (ushort)0;
    }

    /// <summary>
    /// Whether the MessagePack array that begins here is one of the last ones, byte for byte. An array says itself where
    /// it ends, so equal bytes are the same array whatever follows; but not in another encoding: a bracket is a number here.
    /// </summary>
    /// <returns>The place behind it, or null.</returns>
    // Safe because the page of the first byte holds all that is loaded, or the record does. Worth it: Decode/MessagePack.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* TryRecall(byte* at, byte* end, ref ushort bits)
    {
        return at >= end || *at == '[' ? null
            : ((nuint)at & PageMask) <= PageMask + 1 - SetBytesMax || end - at >= SetBytesMax
            ? TryRecallLoadable(at, end, ref bits, out _)
            : TryRecallAtPageEnd(at, end, ref bits);
    }

    /// <summary>As above, of a JSON array, where 64 bytes from here may be loaded.</summary>
    /// <param name="quotes">How many quotes stand in it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* TryRecallJson(byte* at, byte* end, ref ushort bits, out int quotes)
    {
        var next = TryRecallLoadable(at, end, ref bits, out quotes);
        return *at == '[' ? next : null;
    }

    // Safe because a set counts only if as many bytes are left. Worth it: Decode/Json.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* TryRecallLoadable(byte* at, byte* end, ref ushort bits, out int quotes)
    {
        var text = Vector512.Load(at);
        var set = _sets + _setByHead[HeadHash(Unsafe.ReadUnaligned<ulong>(at))];
        if ((text & set->Mask) != set->Text)
        {
            set = FindFurther(at, text);
        }

        bits = set->Bits;
        quotes = set->Quotes;
        return set->Bytes > 0 && end - at >= set->Bytes ? at + set->Bytes : null;
    }

    /// <summary>Keeps the bits of an array that has been read without fault.</summary>
    public void Remember(byte* at, byte* next, ushort bits)
    {
        var bytes = (int)(next - at);
        if (bytes > SetBytesMax)
        {
            return;
        }

        // Safe because the array was read up to next. Worth it: Decode/Json.
        var text = new ReadOnlySpan<byte>(at, bytes);
        Span<byte> kept = stackalloc byte[SetBytesMax];
        Span<byte> mask = stackalloc byte[SetBytesMax];
        kept.Clear();
        mask.Clear();
        text.CopyTo(kept);
        mask[..bytes].Fill(byte.MaxValue);
        _sets[_next] = new FlagSet
        {
            Text = Vector512.Create<byte>(kept),
            Mask = Vector512.Create<byte>(mask),
            Bytes = bytes,
            Quotes = text.Count((byte)'"'),
            Bits = bits,
        };
        _next = (_next + 1) % SetsMax;
    }

    public void Dispose() => NativeMemory.AlignedFree(_sets);

    /// <summary>What is left of the record before the end of a page, from a copy that may be loaded.</summary>
    // Safe because no more is copied than is left, and the copy is as long as what is loaded. Worth it: one reading in
    // 64 has its flags there.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* TryRecallAtPageEnd(byte* at, byte* end, ref ushort bits)
    {
        var copy = stackalloc byte[SetBytesMax];
        Vector512.Store(Vector512<byte>.Zero, copy);
        new ReadOnlySpan<byte>(at, (int)(end - at)).CopyTo(new Span<byte>(copy, SetBytesMax));
        var next = TryRecallLoadable(copy, copy + (end - at), ref bits, out _);
        return next == null ? null : at + (next - copy);
    }

    /// <summary>Sets whose texts begin alike share one place by head: then all are looked through.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private FlagSet* FindFurther(byte* at, Vector512<byte> text)
    {
        for (var index = 0; index < SetsMax; index++)
        {
            if (_sets[index].Bytes > 0 && (text & _sets[index].Mask) == _sets[index].Text)
            {
                _setByHead[HeadHash(Unsafe.ReadUnaligned<ulong>(at))] = (byte)index;
                return _sets + index;
            }
        }

        return _sets + SetsMax;
    }

    /// <summary>
    /// Of JSON the brackets, and what stands behind a short array too, which is the same from reading to reading; of
    /// MessagePack the count and the first name are enough, and what follows is not the same.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int HeadHash(ulong head)
    {
        head = (byte)head == '[' ? head : (uint)head;
        return (int)((head * 0x9E37_79B9_7F4A_7C15UL) >> (64 - HeadBits));
    }

    /// <summary>The last one stays empty: what is not found.</summary>
    private static FlagSet* NewSets()
    {
        var bytes = (nuint)(SetsMax + 1) * (nuint)sizeof(FlagSet);
        var sets = (FlagSet*)NativeMemory.AlignedAlloc(bytes, SetBytesMax);
        NativeMemory.Clear(sets, bytes);
        return sets;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FlagSet
    {
        public Vector512<byte> Text;
        public Vector512<byte> Mask;
        public int Bytes;
        public int Quotes;
        public ushort Bits;
    }
}
