using System.Runtime.CompilerServices;

namespace HotPath.Engine.Decode;

/// <summary>
/// Readings whose text is plain: as the sender wrote the last one, or member by member in any order. Belongs to one
/// decoder and its thread. Accepts nothing that the grammar would not accept with the same meaning; for whatever it is
/// not sure of it answers null, and the grammar decides.
/// </summary>
[SkipLocalsInit]
internal sealed unsafe class JsonPlainReader(FlagSets flags, bool readsReceivedAt) : IDisposable
{
    /// <summary>Members that make an object more than a reading, or that are not worth a fast way.</summary>
    private const Member NotPlain = Member.MachineId | Member.Readings | Member.Status;

    private readonly JsonQuotes _quotes = new();
    private readonly JsonShape _shape = new();

    /// <summary>At an opening brace. Behind the object, or null: then the draft is undefined.</summary>
    public byte* TryRead(byte* at, byte* end, TimestampUnit unit, ref ReadingDraft draft)
    {
        _quotes.Find(at, end);
        draft.Clear(unit);
        var next = _shape.TryRead(_quotes, flags, ref draft);
        if (next == null)
        {
            draft.Clear(unit);
            next = TryReadInAnyOrder(ref draft);
            if (next == null)
            {
                _quotes.Widen();
                return null;
            }
        }

        _quotes.Fit(next);
        return at + (next - _quotes.Text);
    }

    public void Dispose()
    {
        _quotes.Dispose();
        _shape.Dispose();
    }

    private byte* TryReadInAnyOrder(ref ReadingDraft draft)
    {
        _shape.BeginLesson(_quotes.Text);
        var next = TryReadMembers(ref draft);
        if (next == null || next > _quotes.PlainEnd || (draft.Seen & Member.Required) != Member.Required)
        {
            return null;
        }

        _shape.EndLesson(next);
        return next;
    }

    /// <summary>The members of the reading and of its meta, in one loop: an object in an object needs no second one.</summary>
    // Safe because no member begins behind PlainEnd, and none is longer than its guard before it is looked at again.
    // Worth it: Decode/Json in any order.
    private byte* TryReadMembers(ref ReadingDraft draft)
    {
        var at = SkipSpaces(_quotes.Text + 1);
        var text = _quotes.Text;
        var places = _quotes.Places;
        var quote = 0;
        nint apart = 0;
        var isInMeta = false;
        while (at < _quotes.PlainEnd)
        {
            quote += 2;
            if (quote > _quotes.Count)
            {
                return null;
            }

            // The name is where its quotes are; whether the value in front of it ended there is looked at later, so that
            // no member waits for the one before it.
            var name = text + places[quote - 2] + 1;
            var nameEnd = text + places[quote - 1];
            apart |= (nint)(name - 1 - at);
            at = SkipColon(nameEnd + 1);
            if (at == null)
            {
                return null;
            }

            var member = isInMeta ? MemberTable.OfMeta(name, nameEnd - name) : MemberTable.OfReading(name, nameEnd - name);
            if (member == Member.Meta && *at == '{' && !isInMeta)
            {
                isInMeta = true;
                at = SkipSpaces(at + 1);
                if (*at != '}')
                {
                    continue;
                }
            }
            else
            {
                at = TryReadMember(member, at, ref quote, ref draft);
                if (at == null)
                {
                    return null;
                }

                at = SkipSpaces(at);
            }

            if (*at == '}' && isInMeta)
            {
                isInMeta = false;
                at = SkipSpaces(at + 1);
            }

            if (*at != ',')
            {
                return *at == '}' && !isInMeta && apart == 0 ? at + 1 : null;
            }

            at = SkipSpaces(at + 1);
        }

        return null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* TryReadMember(Member member, byte* at, ref int quote, ref ReadingDraft draft)
    {
        if (member == Member.Unknown || (member == Member.ReceivedAt && !readsReceivedAt))
        {
            quote += *at == '"' ? 2 : 0;
            return TrySkip(at, quote);
        }

        if ((member & (NotPlain | (draft.Seen & Member.Required))) != 0)
        {
            return null;
        }

        draft.Seen |= member;
        var field = Fields.Of(member);
        var next = JsonFields.TryRead(field, at, _quotes, ref quote, flags, ref draft);
        if (next != null)
        {
            _shape.Learn(field, at, next);
        }

        return next;
    }

    /// <summary>A member that means nothing; what nests is for the grammar.</summary>
    /// <param name="quote">The next one behind the value.</param>
    private byte* TrySkip(byte* at, int quote)
    {
        switch (*at)
        {
            case (byte)'"':
                Utf8Text text = default;
                quote -= 2;
                return JsonFields.TryText(at, _quotes, ref quote, ref text);
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                return at < _quotes.PlainEnd ? JsonNumber.Read(at, _quotes.PlainEnd, out _) : null;
            case (byte)'n' or (byte)'t':
                var word = Unsafe.ReadUnaligned<uint>(at);
                return word is 0x6C6C_756E or 0x6575_7274 ? at + 4 : null;
            case (byte)'f':
                return Unsafe.ReadUnaligned<uint>(at + 1) == 0x6573_6C61 ? at + 5 : null;
            default:
                return null;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* SkipColon(byte* at)
    {
        at = SkipSpaces(at);
        return *at == ':' ? SkipSpaces(at + 1) : null;
    }

    /// <summary>At most two: who writes more is read by the grammar, and no load may pass the guard.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* SkipSpaces(byte* at)
    {
        if (*at == ' ')
        {
            at++;
            at += *at == ' ' ? 1 : 0;
        }

        return at;
    }
}
