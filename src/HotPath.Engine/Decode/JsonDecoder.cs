using System.Runtime.CompilerServices;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// JSON records: one object, an array of objects, or one value a line; an object is a reading, an envelope of
/// readings, or the simple form. Belongs to one decoder and its thread.
/// </summary>
/// <remarks>
/// A value that cannot be read is refused up to the next line that begins with <c>{</c> or <c>[</c>: that is where
/// the next record of NDJSON is, and nothing inside a value that was laid out over several lines.
/// </remarks>
internal sealed unsafe class JsonDecoder : IDisposable
{
    private readonly JsonScanner _scanner = new();
    private readonly JsonPlainReader _plain;
    private readonly JsonMetaReader _meta;
    private readonly ReadingStage _stage;
    private readonly bool _readsReceivedAt;
    private byte* _end;

    public JsonDecoder(ReadingStage stage, bool readsReceivedAt)
    {
        _stage = stage;
        _readsReceivedAt = readsReceivedAt;
        _plain = new JsonPlainReader(stage.FlagSets, readsReceivedAt);
        _meta = new JsonMetaReader(stage);
    }

    public void Decode(byte* start, byte* end)
    {
        _end = end;
        _scanner.Begin(end);
        var at = _scanner.SkipWhite(start);
        while (at < end && !_stage.IsOverflown)
        {
            var stagedBefore = _stage.Count;
            var next = *at switch
            {
                (byte)'{' => DecodeObject(at, depth: 1),
                (byte)'[' => DecodeArray(at),
                _ => _scanner.Fail(),
            };
            next = next == null ? null : ExpectLineEnd(next);
            if (next == null)
            {
                _stage.CutBackTo(stagedBefore);
                next = NextLineThatBegins(at);
                _stage.Reject(at, TrimEnd(at, next), _scanner.Fault);
            }

            at = _scanner.SkipWhite(next);
        }
    }

    public void Dispose()
    {
        _scanner.Dispose();
        _plain.Dispose();
    }

    private byte* DecodeArray(byte* at)
    {
        at = _scanner.SkipWhite(at + 1);
        if (at < _end && *at == ']')
        {
            return at + 1;
        }

        while (at < _end)
        {
            var next = *at == '{' ? DecodeObject(at, depth: 2) : RejectElement(at);
            if (next == null)
            {
                return null;
            }

            next = _scanner.SkipWhite(next);
            if (next == _end || (*next != ',' && *next != ']'))
            {
                return _scanner.Fail();
            }

            if (*next == ']' || _stage.IsOverflown)
            {
                return next + 1;
            }

            at = _scanner.SkipWhite(next + 1);
        }

        return _scanner.Fail();
    }

    private byte* RejectElement(byte* at)
    {
        _scanner.BeginValue();
        var next = _scanner.SkipValue(at, depth: 1);
        if (next != null)
        {
            _stage.Reject(at, next, _scanner.HasBadText ? RejectReason.InvalidUtf8 : RejectReason.WrongType);
        }

        return next;
    }

    /// <summary>At the opening brace; <paramref name="depth"/> counts this object.</summary>
    private byte* DecodeObject(byte* at, int depth)
    {
        Unsafe.SkipInit(out ReadingDraft draft);
        var next = _plain.TryRead(at, _end, _stage.Unit, ref draft);
        return next != null && _stage.TryStageKnown(draft) ? next : DecodeObjectByGrammar(at, depth);
    }

    private byte* DecodeObjectByGrammar(byte* at, int depth)
    {
        _scanner.BeginValue();
        ReadingDraft draft = default;
        draft.Clear(_stage.Unit);
        var next = ReadMembers(at, depth, ref draft, out var readings);
        if (next == null)
        {
            return null;
        }

        if (next - at > EngineLimits.ObjectBytesMax)
        {
            _stage.Reject(at, next, RejectReason.TooLarge);
        }
        else if ((draft.Seen & (Member.MachineId | Member.EquipmentId)) == Member.MachineId)
        {
            DecodeSimpleForm(at, depth);
        }
        else if (readings != null)
        {
            DecodeEnvelope(at, next, readings, depth, ref draft);
        }
        else
        {
            _stage.Stage(ref draft, at, next);
        }

        return next;
    }

    /// <summary>Reads an object up to behind its brace. A member <c>readings</c> that is an array is only found.</summary>
    private byte* ReadMembers(byte* at, int depth, ref ReadingDraft draft, out byte* readings)
    {
        readings = null;
        at = _scanner.SkipWhite(at + 1);
        if (at < _end && *at == '}')
        {
            return at + 1;
        }

        while (true)
        {
            at = _scanner.ReadName(at, out var name);
            at = at == null ? null : _scanner.SkipColon(at);
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
                var hadBadText = _scanner.HasBadText;
                at = _scanner.SkipValue(at, depth);
                _scanner.HasBadText = hadBadText;
            }
            else if (member == Member.Meta && *at == '{')
            {
                at = _meta.Read(_scanner, at, _end, depth, ref draft);
            }
            else
            {
                at = _scanner.ReadValue(at, depth, out var value);
                Take(member, value, ref draft);
            }

            at = at == null ? null : _scanner.SkipWhite(at);
            if (at == null || at == _end || (*at != ',' && *at != '}'))
            {
                return at == null ? null : _scanner.Fail();
            }

            if (*at == '}')
            {
                RefuseBadText(ref draft);
                return at + 1;
            }

            at = _scanner.SkipWhite(at + 1);
        }
    }

    private void Take(Member member, in WireValue value, ref ReadingDraft draft)
    {
        switch (member)
        {
            case Member.Unknown:
            case Member.Readings:
            case Member.Status:
            case Member.ReceivedAt when !_readsReceivedAt:
                break;
            case Member.Meta:
                if (value.Kind != WireKind.Null)
                {
                    draft.Refuse(RejectReason.WrongType);
                }

                break;
            case Member.MachineId:
                draft.See(Member.MachineId);
                break;
            default:
                draft.Take(member, value);
                break;
        }
    }

    /// <summary>Text is judged before meaning: bytes that are no UTF-8 are the fault, whatever else there is.</summary>
    private void RefuseBadText(ref ReadingDraft draft)
    {
        if (_scanner.HasBadText)
        {
            draft.Fault = RejectReason.InvalidUtf8;
        }
    }

    /// <summary>At the array of an envelope that has been read to its end, so its text is known to be JSON.</summary>
    private void DecodeEnvelope(byte* start, byte* end, byte* at, int depth, ref ReadingDraft envelope)
    {
        envelope.RefuseWhenNumbersOverflow();
        if (envelope.Fault != RejectReason.None)
        {
            _stage.Reject(start, end, envelope.Fault);
            return;
        }

        at = _scanner.SkipWhite(at + 1);
        for (long index = 0; *at != ']' && !_stage.IsOverflown; index++)
        {
            _scanner.HasBadText = false;
            var draft = envelope.Inherited();
            byte* next;
            if (*at == '{')
            {
                next = ReadMembers(at, depth + 2, ref draft, out _);
                draft.Number(envelope.SequenceNumber, index);
                _stage.Stage(ref draft, at, next);
            }
            else
            {
                next = _scanner.SkipValue(at, depth + 1);
                _stage.Reject(at, next, _scanner.HasBadText ? RejectReason.InvalidUtf8 : RejectReason.WrongType);
            }

            at = _scanner.SkipWhite(next);
            at = *at == ',' ? _scanner.SkipWhite(at + 1) : at;
        }
    }

    /// <summary>
    /// The second form of WIRE.md: every member that is a number, a string or a bool is a reading of the tag of its
    /// name, and an absent status is the string <c>unknown</c>. Its text is known to be JSON.
    /// </summary>
    private void DecodeSimpleForm(byte* start, int depth)
    {
        _scanner.BeginValue();
        ReadingDraft common = default;
        common.Clear(_stage.Unit);
        var end = ReadCommonMembers(start, depth, ref common);
        if (common.Fault != RejectReason.None || (common.Known & SimpleForm) != SimpleForm)
        {
            _stage.Reject(start, end, common.Fault != RejectReason.None ? common.Fault : RejectReason.MissingMember);
            return;
        }

        for (var at = _scanner.SkipWhite(start + 1); *at != '}' && !_stage.IsOverflown;)
        {
            _scanner.HasBadText = false;
            var valueAt = _scanner.SkipColon(_scanner.ReadName(at, out var name));
            var next = _scanner.ReadValue(valueAt, depth, out var value);
            if (!IsCommon(MemberNames.OfReading(name.Span)) && (value.Kind < WireKind.Time && value.Kind != WireKind.Null))
            {
                var draft = common;
                draft.TakeName(Member.Tag, new WireValue { Kind = WireKind.Text, Text = name }, ref draft.Tag);
                draft.TakeValue(value);
                RefuseBadText(ref draft);
                _stage.Stage(ref draft, at, next);
            }

            at = _scanner.SkipWhite(next);
            at = *at == ',' ? _scanner.SkipWhite(at + 1) : at;
        }

        if ((common.Seen & Member.Status) == 0 && !_stage.IsOverflown)
        {
            _stage.StageUnknownStatus(common, start, end);
        }
    }

    private const Member SimpleForm = Member.EquipmentId | Member.Timestamp;

    private bool IsCommon(Member member) =>
        member is Member.MachineId or Member.Timestamp || (member == Member.ReceivedAt && _readsReceivedAt);

    /// <summary>What holds for all readings of the simple form: machine, time and meta.</summary>
    private byte* ReadCommonMembers(byte* start, int depth, ref ReadingDraft common)
    {
        var at = _scanner.SkipWhite(start + 1);
        var hasBadText = false;
        while (true)
        {
            _scanner.HasBadText = false;
            var valueAt = _scanner.SkipColon(_scanner.ReadName(at, out var name));
            var member = MemberNames.OfReading(name.Span);
            var isCommon = IsCommon(member);
            if (member == Member.Meta && *valueAt == '{')
            {
                isCommon = true;
                at = _meta.Read(_scanner, valueAt, _end, depth, ref common);
            }
            else
            {
                at = _scanner.ReadValue(valueAt, depth, out var value);
                if (isCommon)
                {
                    common.Take(member, value);
                }
                else if (member == Member.Status && value.Kind != WireKind.Null)
                {
                    // A status of null says no more than none.
                    common.TakeStatus(value);
                }
            }

            hasBadText |= isCommon && _scanner.HasBadText;
            at = _scanner.SkipWhite(at);
            if (*at == '}')
            {
                _scanner.HasBadText = hasBadText;
                RefuseBadText(ref common);
                return at + 1;
            }

            at = _scanner.SkipWhite(at + 1);
        }
    }

    /// <summary>Behind a value: only white space may stand before the end of the line.</summary>
    private byte* ExpectLineEnd(byte* at)
    {
        while (at < _end && *at is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            at++;
        }

        return at == _end || *at == '\n' ? at : _scanner.Fail();
    }

    private byte* NextLineThatBegins(byte* at)
    {
        while (true)
        {
            // Safe because at never passes the end. Worth it: lines are found by vectors.
            var lineBytes = new ReadOnlySpan<byte>(at, (int)(_end - at)).IndexOf((byte)'\n');
            if (lineBytes < 0)
            {
                return _end;
            }

            at += lineBytes + 1;
            if (at < _end && *at is (byte)'{' or (byte)'[')
            {
                return at;
            }
        }
    }

    private static byte* TrimEnd(byte* start, byte* end)
    {
        while (end > start + 1 && end[-1] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            end--;
        }

        return end;
    }
}
