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
internal sealed unsafe class JsonPlainReader(ReadingStage stage, bool readsReceivedAt) : IDisposable
{
    private readonly JsonQuotes _quotes = new();
    private readonly JsonFirstForm _firstForm = new(stage);
    private readonly JsonShape _shape = new();
    private readonly JsonMembers _members = new(readsReceivedAt);
    private readonly JsonValues _values = new(stage);
    private JsonSpans _spans = new() { ByPlace = (JsonSpan*)NativeMemory.AllocZeroed(JsonSpans.Count, (nuint)sizeof(JsonSpan)) };

    /// <summary>At an opening brace. Stages the reading if its names are known. Behind the object, or null: then nothing was staged.</summary>
    public byte* TryDecode(byte* at, byte* end)
    {
        _quotes.Find(at, end);
        var next = _firstForm.TryDecode(_quotes);
        if (next != null)
        {
            _shape.Hit();
        }
        else if ((next = TryDecodeOther()) == null)
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
        _firstForm.Dispose();
        _shape.Dispose();
        _members.Dispose();
        NativeMemory.Free(_spans.ByPlace);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* TryDecodeOther()
    {
        if (stage.IsFull)
        {
            return null;
        }

        if (_shape.IsWarm)
        {
            ref var slot = ref stage.Blank();
            var end = _shape.TryFind(_quotes, stage.FlagSets, ref _spans, ref slot.Flags);
            if (end != null && _values.TryRead(_spans, _quotes, ref slot))
            {
                _shape.Hit();
                stage.TakeBlank();
                return end;
            }
        }

        return TryDecodeInAnyOrder();
    }

    private byte* TryDecodeInAnyOrder()
    {
        ref var slot = ref stage.Blank();
        var next = _members.TryFind(_quotes, ref _spans);
        if (next == null || !TryFlags(ref slot.Flags) || !_values.TryRead(_spans, _quotes, ref slot))
        {
            return null;
        }

        stage.TakeBlank();
        if (_shape.IsLessonDue())
        {
            _firstForm.Learn(_quotes.Text, next, _members, _spans);
            _shape.Learn(_quotes.Text, next, _members, _spans);
        }

        return next;
    }

    private bool TryFlags(ref ushort bits)
    {
        var span = _spans.Of(Field.Flags);
        return (_spans.Seen & Member.Flags) == 0
            || stage.FlagSets.TryRecallJson(_quotes.Text + span->At, _quotes.PlainEnd, ref bits, out _) == _quotes.Text + span->End;
    }
}
