using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// JSON objects by the grammar: a reading, an envelope of readings, or the simple form, with whatever JSON allows.
/// Belongs to one decoder and its thread.
/// </summary>
internal sealed unsafe class JsonObjectDecoder(JsonScanner scanner, ReadingStage stage, bool readsReceivedAt)
{
    private readonly JsonMetaReader _meta = new(stage);
    private readonly ObjectMembers _members = new(stage, readsReceivedAt);
    private byte* _end;

    /// <summary>At the opening brace; <paramref name="depth"/> counts this object. Behind it, or null where it is no JSON.</summary>
    public byte* Decode(byte* at, byte* end, int depth)
    {
        _end = end;
        scanner.BeginValue();
        ReadingDraft draft = default;
        draft.Clear(stage.Unit);
        var next = ReadMembers(at, depth, ref draft, out var readings);
        if (next == null)
        {
            return null;
        }

        if (next - at > EngineLimits.ObjectBytesMax)
        {
            stage.Reject(at, next, RejectReason.TooLarge);
        }
        else if (ObjectMembers.IsSimpleForm(draft))
        {
            DecodeSimpleForm(at, depth);
        }
        else if (readings != null)
        {
            DecodeEnvelope(at, next, readings, depth, ref draft);
        }
        else
        {
            stage.Stage(ref draft, at, next);
        }

        return next;
    }

    /// <summary>Reads an object up to behind its brace. A member <c>readings</c> that is an array is only found.</summary>
    private byte* ReadMembers(byte* at, int depth, ref ReadingDraft draft, out byte* readings)
    {
        readings = null;
        at = scanner.SkipWhite(at + 1);
        if (at < _end && *at == '}')
        {
            return at + 1;
        }

        while (true)
        {
            at = scanner.ReadName(at, out var name);
            at = at == null ? null : scanner.SkipColon(at);
            if (at == null)
            {
                return null;
            }

            var member = MemberNames.OfReading(name.Span);
            if (member == Member.Readings && *at == '[')
            {
                // What is no text in a reading of an envelope is that reading's fault.
                draft.See(Member.Readings);
                readings = at;
                var hadBadText = scanner.HasBadText;
                at = scanner.SkipValue(at, depth);
                scanner.HasBadText = hadBadText;
            }
            else if (member == Member.Meta && *at == '{')
            {
                at = _meta.Read(scanner, at, _end, depth, ref draft);
            }
            else
            {
                at = scanner.ReadValue(at, depth, out var value);
                _members.Take(member, value, ref draft);
            }

            at = at == null ? null : scanner.SkipWhite(at);
            if (at == null || at == _end || (*at != ',' && *at != '}'))
            {
                return at == null ? null : scanner.Fail();
            }

            if (*at == '}')
            {
                draft.RefuseBadText(scanner.HasBadText);
                return at + 1;
            }

            at = scanner.SkipWhite(at + 1);
        }
    }

    /// <summary>At the array of an envelope that has been read to its end, so its text is known to be JSON.</summary>
    private void DecodeEnvelope(byte* start, byte* end, byte* at, int depth, ref ReadingDraft envelope)
    {
        if (!_members.TryBeginEnvelope(ref envelope, start, end))
        {
            return;
        }

        at = scanner.SkipWhite(at + 1);
        for (long index = 0; *at != ']' && !stage.IsOverflown; index++)
        {
            scanner.HasBadText = false;
            var draft = envelope.Inherited();
            byte* next;
            if (*at == '{')
            {
                next = ReadMembers(at, depth + 2, ref draft, out _);
                draft.Number(envelope.SequenceNumber, index);
                stage.Stage(ref draft, at, next);
            }
            else
            {
                next = scanner.SkipValue(at, depth + 1);
                stage.Reject(at, next, scanner.HasBadText ? RejectReason.InvalidUtf8 : RejectReason.WrongType);
            }

            at = scanner.SkipWhite(next);
            at = *at == ',' ? scanner.SkipWhite(at + 1) : at;
        }
    }

    /// <summary>
    /// The second form of WIRE.md: every member that is a number, a string or a bool is a reading of the tag of its
    /// name, and an absent status is the string <c>unknown</c>. Its text is known to be JSON.
    /// </summary>
    private void DecodeSimpleForm(byte* start, int depth)
    {
        scanner.BeginValue();
        ReadingDraft common = default;
        common.Clear(stage.Unit);
        var end = ReadCommonMembers(start, depth, ref common);
        if (!_members.TryBeginSimpleForm(common, start, end))
        {
            return;
        }

        for (var at = scanner.SkipWhite(start + 1); *at != '}' && !stage.IsOverflown;)
        {
            scanner.HasBadText = false;
            var valueAt = scanner.SkipColon(scanner.ReadName(at, out var name));
            var next = scanner.ReadValue(valueAt, depth, out var value);
            _members.StageMember(
                common, MemberNames.OfReading(name.Span), new WireValue { Kind = WireKind.Text, Text = name }, value,
                scanner.HasBadText, at, next);
            at = scanner.SkipWhite(next);
            at = *at == ',' ? scanner.SkipWhite(at + 1) : at;
        }

        _members.EndSimpleForm(common, start, end);
    }

    /// <summary>What holds for all readings of the simple form: machine, time and meta.</summary>
    private byte* ReadCommonMembers(byte* start, int depth, ref ReadingDraft common)
    {
        var at = scanner.SkipWhite(start + 1);
        var hasBadText = false;
        while (true)
        {
            scanner.HasBadText = false;
            var valueAt = scanner.SkipColon(scanner.ReadName(at, out var name));
            var member = MemberNames.OfReading(name.Span);
            bool isCommon;
            if (member == Member.Meta && *valueAt == '{')
            {
                isCommon = true;
                at = _meta.Read(scanner, valueAt, _end, depth, ref common);
            }
            else
            {
                at = scanner.ReadValue(valueAt, depth, out var value);
                isCommon = _members.TakeCommon(member, value, ref common);
            }

            hasBadText |= isCommon && scanner.HasBadText;
            at = scanner.SkipWhite(at);
            if (*at == '}')
            {
                common.RefuseBadText(hasBadText);
                return at + 1;
            }

            at = scanner.SkipWhite(at + 1);
        }
    }
}
