using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    private readonly byte[] _texts = GC.AllocateArray<byte>(SetsMax * SetBytesMax, pinned: true);
    private readonly FlagSet[] _sets = new FlagSet[SetsMax];
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
    /// <returns>The place behind it, or null.</returns>
    public byte* TryRecall(byte* at, byte* end, ref ushort bits)
    {
        if (end - at < sizeof(ulong))
        {
            return null;
        }

        // Safe because eight bytes are left, and a set is compared only if as many bytes are. Worth it: Decode/Json.
        var head = Unsafe.ReadUnaligned<ulong>(at);
        foreach (ref readonly var set in _sets.AsSpan(0, _count))
        {
            if (((head ^ set.Head) & set.HeadMask) == 0 && end - at >= set.Bytes
                && (set.Bytes <= sizeof(ulong) || IsSame(at, in set)))
            {
                bits = set.Bits;
                return at + set.Bytes;
            }
        }

        return null;
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
            Head = MemoryMarshal.Read<ulong>(kept),
            HeadMask = bytes >= sizeof(ulong) ? ulong.MaxValue : (1UL << (8 * bytes)) - 1,
            TextAt = _next * SetBytesMax,
            Bytes = bytes,
            Bits = bits,
        };
        _next = (_next + 1) % SetsMax;
        _count = int.Max(_count, _next == 0 ? SetsMax : _next);
    }

    private bool IsSame(byte* at, ref readonly FlagSet set) =>
        new ReadOnlySpan<byte>(at, set.Bytes).SequenceEqual(_texts.AsSpan(set.TextAt, set.Bytes));

    private struct FlagSet
    {
        public ulong Head;
        public ulong HeadMask;
        public int TextAt;
        public int Bytes;
        public ushort Bits;
    }
}
