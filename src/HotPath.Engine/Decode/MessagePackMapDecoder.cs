using System.Runtime.CompilerServices;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// MessagePack maps with the names of the JSON object: a reading, an envelope, or the simple form. Belongs to one
/// decoder and its thread.
/// </summary>
internal sealed unsafe class MessagePackMapDecoder(ReadingStage stage, bool readsReceivedAt)
{
    private readonly ObjectMembers _members = new(stage, readsReceivedAt);
    private readonly MessagePackPlainMap _plain = new(stage.FlagSets, readsReceivedAt);
    private MessagePackReader _reader = null!;
    private byte* _end;

    /// <summary>A reading in its usual form whose names are known. Null: nothing was staged, and the grammar is to decide.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    public byte* TryDecodeUsual(byte* at, byte* end)
    {
        Unsafe.SkipInit(out ReadingDraft draft);
        draft.Clear(stage.Unit);
        var next = _plain.TryRead(at, end, ref draft);
        return next != null && stage.TryStageKnown(draft) ? next : null;
    }

    /// <summary>At a map; <paramref name="depth"/> is that of what holds it.</summary>
    public byte* Decode(MessagePackReader reader, byte* at, byte* end, int depth)
    {
        _reader = reader;
        _end = end;
        ReadingDraft draft = default;
        draft.Clear(stage.Unit);
        var next = ReadMembers(at, depth, ref draft, out var readings);
        if (next == null || next - at > EngineLimits.ObjectBytesMax)
        {
            return next;
        }

        if (ObjectMembers.IsSimpleForm(draft))
        {
            DecodeSimpleForm(at, next, depth);
        }
        else if (readings != null)
        {
            DecodeEnvelope(at, next, readings, depth + 1, ref draft);
        }
        else
        {
            stage.Stage(ref draft, at, next);
        }

        return next;
    }

    private byte* ReadMembers(byte* at, int depth, ref ReadingDraft draft, out byte* readings)
    {
        readings = null;
        if (depth >= EngineLimits.RecordDepthMax)
        {
            return _reader.Fail(RejectReason.TooLarge);
        }

        at = _reader.ReadMapHead(at, out var count);
        for (; count > 0 && at != null; count--)
        {
            at = ReadMember(at, depth + 1, out var member, out _);
            if (at == null || at >= _end)
            {
                return at == null ? null : _reader.Fail();
            }

            if (member == Member.Readings && MessagePackReader.IsArray(*at))
            {
                // What is no text in a reading of an envelope is that reading's fault.
                draft.See(Member.Readings);
                readings = at;
                var hadBadText = _reader.HasBadText;
                at = _reader.Skip(at, depth + 1);
                _reader.HasBadText = hadBadText;
            }
            else if (member == Member.Meta && MessagePackReader.IsMap(*at))
            {
                at = ReadMeta(at, depth + 1, ref draft);
            }
            else
            {
                at = _reader.Read(at, depth + 1, out var value);
                _members.Take(member, value, ref draft);
            }
        }

        draft.RefuseBadText(_reader.HasBadText);
        return at;
    }

    /// <summary>A member's name; what is no string is the name of no member.</summary>
    private byte* ReadMember(byte* at, int depth, out Member member, out WireValue name)
    {
        at = _reader.Read(at, depth, out name);
        member = name.Kind == WireKind.Text ? MemberNames.OfReading(name.Text.Span) : Member.Unknown;
        return at;
    }

    private byte* ReadMeta(byte* at, int depth, ref ReadingDraft draft)
    {
        if (depth >= EngineLimits.RecordDepthMax)
        {
            return _reader.Fail(RejectReason.TooLarge);
        }

        at = _reader.ReadMapHead(at, out var count);
        for (; count > 0 && at != null; count--)
        {
            at = _reader.Read(at, depth + 1, out var name);
            if (at == null || at >= _end)
            {
                return at == null ? null : _reader.Fail();
            }

            var member = name.Kind == WireKind.Text ? MemberNames.OfMeta(name.Text.Span) : Member.Unknown;
            if (member == Member.Flags && MessagePackReader.IsArray(*at))
            {
                at = MessagePackDecoder.ReadFlags(_reader, at, depth + 1, stage, ref draft);
                continue;
            }

            at = _reader.Read(at, depth + 1, out var value);
            ObjectMembers.TakeMeta(member, value, ref draft);
        }

        return at;
    }

    /// <summary>At the array of an envelope whose bytes have been read to their end.</summary>
    private void DecodeEnvelope(byte* start, byte* end, byte* at, int depth, ref ReadingDraft envelope)
    {
        if (!_members.TryBeginEnvelope(ref envelope, start, end))
        {
            return;
        }

        at = _reader.ReadArrayHead(at, out var count);
        for (long index = 0; index < count && !stage.IsOverflown; index++)
        {
            _reader.HasBadText = false;
            var draft = envelope.Inherited();
            byte* next;
            if (MessagePackReader.IsMap(*at))
            {
                next = ReadMembers(at, depth + 1, ref draft, out _);
                draft.Number(envelope.SequenceNumber, index);
            }
            else
            {
                next = _reader.Skip(at, depth + 1);
                draft.Refuse(RejectReason.WrongType);
                draft.RefuseBadText(_reader.HasBadText);
            }

            stage.Stage(ref draft, at, next);
            at = next;
        }
    }

    /// <summary>As JSON's: every member that is a number, a string or a bool is a reading of the tag of its name.</summary>
    private void DecodeSimpleForm(byte* start, byte* end, int depth)
    {
        ReadingDraft common = default;
        common.Clear(stage.Unit);
        ReadCommonMembers(start, depth, ref common);
        if (!_members.TryBeginSimpleForm(common, start, end))
        {
            return;
        }

        var at = _reader.ReadMapHead(start, out var count);
        for (; count > 0 && !stage.IsOverflown; count--)
        {
            _reader.HasBadText = false;
            var valueAt = ReadMember(at, depth + 1, out var member, out var name);
            var next = _reader.Read(valueAt, depth + 1, out var value);
            _members.StageMember(common, member, name, value, _reader.HasBadText, at, next);
            at = next;
        }

        _members.EndSimpleForm(common, start, end);
    }

    private void ReadCommonMembers(byte* start, int depth, ref ReadingDraft common)
    {
        var hasBadText = false;
        var at = _reader.ReadMapHead(start, out var count);
        for (; count > 0; count--)
        {
            _reader.HasBadText = false;
            at = ReadMember(at, depth + 1, out var member, out _);
            bool isCommon;
            if (member == Member.Meta && MessagePackReader.IsMap(*at))
            {
                isCommon = true;
                at = ReadMeta(at, depth + 1, ref common);
            }
            else
            {
                at = _reader.Read(at, depth + 1, out var value);
                isCommon = _members.TakeCommon(member, value, ref common);
            }

            hasBadText |= isCommon && _reader.HasBadText;
        }

        common.RefuseBadText(hasBadText);
    }
}
