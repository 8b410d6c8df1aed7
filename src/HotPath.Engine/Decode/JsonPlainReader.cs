using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Decode;

/// <summary>
/// Readings whose text is plain: as the sender wrote the last one, or their members in any order. Belongs to one
/// decoder and its thread. Accepts nothing that the grammar would not accept with the same meaning; for whatever it is
/// not sure of it answers null, and the grammar decides.
/// </summary>
/// <remarks>
/// First it is found where each member's value stands, from the places of quotes alone; then the values are read one
/// field after the other, each of which must end where the next member begins. So there is no jump that depends on the
/// order of members, and no value waits for the one before it.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class JsonPlainReader(FlagSets flags, bool readsReceivedAt) : IDisposable
{
    private readonly JsonQuotes _quotes = new();
    private readonly JsonShape _shape = new();
    private readonly JsonMembers _members = new(readsReceivedAt);
    private JsonSpans _spans = new() { ByPlace = (JsonSpan*)NativeMemory.AllocZeroed(JsonSpans.Count, (nuint)sizeof(JsonSpan)) };

    /// <summary>At an opening brace. Behind the object, or null: then the draft is undefined.</summary>
    public byte* TryRead(byte* at, byte* end, TimestampUnit unit, ref ReadingDraft draft)
    {
        _quotes.Find(at, end);
        draft.Clear(unit);
        var next = _shape.TryReadFirstForm(_quotes, flags, ref draft);
        if (next != null)
        {
            _shape.Hit();
        }
        else if ((next = TryReadOther(ref draft)) == null)
        {
            _quotes.Widen();
            return null;
        }

        _quotes.Fit(next);
        return at + (next - _quotes.Text);
    }

    public void Dispose()
    {
        _quotes.Dispose();
        _shape.Dispose();
        _members.Dispose();
        NativeMemory.Free(_spans.ByPlace);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* TryReadOther(ref ReadingDraft draft)
    {
        draft.Clear(draft.Unit);
        var next = _shape.IsWarm ? _shape.TryFind(_quotes, flags, ref _spans, ref draft.Flags) : null;
        if (next != null && JsonValues.TryRead(_spans, _quotes, ref draft))
        {
            _shape.Hit();
            return next;
        }

        draft.Clear(draft.Unit);
        return TryReadInAnyOrder(ref draft);
    }

    private byte* TryReadInAnyOrder(ref ReadingDraft draft)
    {
        var next = _members.TryFind(_quotes, ref _spans);
        if (next == null || !TryFlags(ref draft.Flags) || !JsonValues.TryRead(_spans, _quotes, ref draft))
        {
            return null;
        }

        if (_shape.IsLessonDue())
        {
            _shape.Learn(_quotes.Text, next, _members, _spans);
        }

        return next;
    }

    private bool TryFlags(ref ushort bits)
    {
        var span = _spans.Of(Field.Flags);
        return (_spans.Seen & Member.Flags) == 0
            || flags.TryRecallLoadable(_quotes.Text + span->At, _quotes.PlainEnd, ref bits, out _) == _quotes.Text + span->End;
    }
}
