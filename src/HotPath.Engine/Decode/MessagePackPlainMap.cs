using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// Readings as maps with the usual contents, in any order: each name is compared with the one that stood at its place
/// last. Belongs to one decoder and its thread. Answers null for whatever is not usual: then the draft is undefined and
/// the grammar decides. Names of machines, tags and sources are not checked: only known ones are taken.
/// </summary>
internal sealed unsafe class MessagePackPlainMap(FlagSets flags, bool readsReceivedAt)
{
    private const int PlacesMax = 32;
    private const int KeyBytes = 16;
    private const nuint PageMask = 4095;

    private readonly Key[] _keys = new Key[PlacesMax];

    /// <summary>At a map with at most 15 members. Behind it, or null.</summary>
    // Safe because a key is loaded only where 16 bytes may be, and each value is checked against the end.
    // Worth it: Decode/MessagePack map.
    public byte* TryRead(byte* at, byte* end, ref ReadingDraft draft)
    {
        if ((*at & 0xF0) != 0x80)
        {
            return null;
        }

        var loadEnd = (((nuint)end - 1) & PageMask) <= PageMask + 1 - KeyBytes ? end : end - KeyBytes + 1;
        var left = *at & 0x0F;
        var leftBehindMeta = -1;
        at++;
        for (var place = 0; ; place++)
        {
            while (left == 0)
            {
                if (leftBehindMeta < 0)
                {
                    return (draft.Seen & Member.Required) == Member.Required ? at : null;
                }

                left = leftBehindMeta;
                leftBehindMeta = -1;
            }

            if (at >= loadEnd || place == PlacesMax)
            {
                return null;
            }

            left--;
            ref var key = ref _keys[place];
            var text = Vector128.Load(at);
            if (((text ^ key.Text) & key.Mask) != Vector128<byte>.Zero || key.Bytes == 0)
            {
                if (!TryLearn(at, text, ref key))
                {
                    return null;
                }
            }

            at += key.Bytes;
            if (at >= end || ((key.Member & Member.OfMeta) != 0) != (leftBehindMeta >= 0 && key.Member != Member.Unknown))
            {
                return null;
            }

            if (key.Member == Member.Meta && (*at & 0xF0) == 0x80)
            {
                leftBehindMeta = left;
                left = *at & 0x0F;
                at++;
                continue;
            }

            if (!TryReadMember(key.Member, ref at, end, ref draft))
            {
                return null;
            }
        }
    }

    /// <summary>A short text of ASCII: what the name means stands in the table of members.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryLearn(byte* at, Vector128<byte> text, ref Key key)
    {
        var bytes = 1 + (*at & 0x1F);
        if ((*at & 0xE0) != 0xA0 || bytes > KeyBytes || !Ascii.IsValid(new ReadOnlySpan<byte>(at + 1, bytes - 1)))
        {
            return false;
        }

        var mask = MemberTable.FirstBytes(bytes);
        var name = new ReadOnlySpan<byte>(at + 1, bytes - 1);
        key = new Key { Text = text & mask, Mask = mask, Bytes = bytes, Member = MemberNames.OfReading(name) | MemberNames.OfMeta(name) };
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadMember(Member member, ref byte* at, byte* end, ref ReadingDraft draft)
    {
        if ((member & draft.Seen & Member.Required) != 0)
        {
            return false;
        }

        draft.Seen |= member;
        switch (Fields.Of(member))
        {
            case Field.EquipmentId:
                return MessagePackFields.TryReadText(ref at, end, ref draft.Equipment);
            case Field.Tag:
                return MessagePackFields.TryReadText(ref at, end, ref draft.Tag);
            case Field.SourceId:
                return MessagePackFields.TryReadText(ref at, end, ref draft.Source);
            case Field.Value:
                return MessagePackFields.TryReadValue(ref at, end, ref draft.ValueKind, ref draft.ValueBits, ref draft.Symbol);
            case Field.Timestamp:
                return MessagePackFields.TryReadTime(ref at, end, draft.Unit, ref draft.TimeMicros);
            case Field.CreatedAt:
                return MessagePackFields.TryReadTime(ref at, end, draft.Unit, ref draft.CreatedAtMicros);
            case Field.ReceivedAt when readsReceivedAt:
                return MessagePackFields.TryReadTime(ref at, end, TimestampUnit.Milliseconds, ref draft.ReceivedAtMicros);
            case Field.SequenceNumber:
                return MessagePackFields.TryReadCount(ref at, end, ref draft.SequenceNumber);
            case Field.Version:
                return MessagePackFields.TryReadVersion(ref at, end, ref draft.Model);
            case Field.Quality:
                return TryReadQuality(ref at, end, ref draft.Quality);
            case Field.Flags:
                at = (*at & 0xF0) == 0x90 ? flags.TryRecall(at, end, ref draft.Flags) : null;
                return at != null;
            case Field.None:
                return TrySkip(ref at, end);
            default:
                return false;
        }
    }

    private static bool TryReadQuality(ref byte* at, byte* end, ref Quality quality)
    {
        Utf8Text word = default;
        if (!MessagePackFields.TryReadText(ref at, end, ref word) || !Ascii.IsValid(word.Span))
        {
            return false;
        }

        quality = QualityClass.OfWord(word.Trimmed().Span);
        return true;
    }

    /// <summary>A member that means nothing, if it is a text of ASCII, a count, a number, nil or a bool.</summary>
    private static bool TrySkip(ref byte* at, byte* end)
    {
        var (kind, bits, text) = (ValueKind.None, 0L, default(Utf8Text));
        return MessagePackFields.TryReadValue(ref at, end, ref kind, ref bits, ref text)
            && (kind != ValueKind.Symbol || Ascii.IsValid(text.Span));
    }

    /// <summary>A name with the byte of its length before it.</summary>
    private struct Key
    {
        public Vector128<byte> Text;
        public Vector128<byte> Mask;
        public int Bytes;
        public Member Member;
    }
}
