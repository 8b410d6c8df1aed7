using System.Runtime.CompilerServices;
using HotPath.Engine.Names;

namespace HotPath.Engine.Decode;

/// <summary>
/// Flag names as bits: up to 16 different names are kept per installation, further ones are passed over. Belongs to
/// one decoder and its thread. Senders repeat few sets, so the text of the last ones is remembered with its bits.
/// </summary>
internal sealed unsafe class FlagSets(NameDirectory flags)
{
    private const int SetsMax = 16;
    private const int SetBytesMax = 64;
    private const int HeadBits = 8;

    private readonly byte[] _texts = GC.AllocateArray<byte>(SetsMax * SetBytesMax, pinned: true);
    private readonly FlagSet[] _sets = new FlagSet[SetsMax];

    // Which set begins like this.
    private readonly byte[] _setByHead = new byte[1 << HeadBits];
    private int _next;
    private int _count;

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
    /// Whether the array that begins here is one of the last ones, byte for byte. An array says itself where it ends,
    /// in JSON and in MessagePack, so equal bytes are the same array whatever follows.
    /// </summary>
    /// <param name="quotes">How many quotes stand in it.</param>
    /// <returns>The place behind it, or null.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* TryRecall(byte* at, byte* end, ref ushort bits, out int quotes)
    {
        quotes = 0;
        if (end - at < sizeof(ulong))
        {
            return null;
        }

        // Safe because eight bytes are left, and a set is compared only if as many bytes are. Worth it: Decode/Json.
        ref readonly var set = ref _sets[_setByHead[HeadHash(Unsafe.ReadUnaligned<ulong>(at))] & (SetsMax - 1)];
        if (end - at < set.Bytes || set.Bytes == 0
            || !ShortBytes.AreSame(ref *at, ref _texts[set.TextAt & (_texts.Length - 1)], set.Bytes))
        {
            return TryRecallFurther(at, end, ref bits, out quotes);
        }

        bits = set.Bits;
        quotes = set.Quotes;
        return at + set.Bytes;
    }

    /// <summary>Sets whose texts begin alike share one place by head: then all are looked through.</summary>
    private byte* TryRecallFurther(byte* at, byte* end, ref ushort bits, out int quotes)
    {
        for (var index = 0; index < _count; index++)
        {
            ref readonly var set = ref _sets[index];
            if (end - at >= set.Bytes && ShortBytes.AreSame(ref *at, ref _texts[set.TextAt], set.Bytes))
            {
                _setByHead[HeadHash(Unsafe.ReadUnaligned<ulong>(at))] = (byte)index;
                bits = set.Bits;
                quotes = set.Quotes;
                return at + set.Bytes;
            }
        }

        quotes = 0;
        return null;
    }

    /// <summary>
    /// Of JSON the brackets, and what stands behind a short array too, which is the same from reading to reading; of
    /// MessagePack the count and the first name's length are enough, and what follows is not the same.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int HeadHash(ulong head)
    {
        head = (byte)head == '[' ? head : (uint)head;
        return (int)((head * 0x9E37_79B9_7F4A_7C15UL) >> (64 - HeadBits));
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
        var kept = _texts.AsSpan(_next * SetBytesMax, SetBytesMax);
        kept.Clear();
        text.CopyTo(kept);
        _sets[_next] = new FlagSet
        {
            TextAt = _next * SetBytesMax,
            Bytes = bytes,
            Quotes = text.Count((byte)'"'),
            Bits = bits,
        };
        _next = (_next + 1) % SetsMax;
        _count = int.Max(_count, _next == 0 ? SetsMax : _next);
    }

    private struct FlagSet
    {
        public int TextAt;
        public int Bytes;
        public int Quotes;
        public ushort Bits;
    }
}
