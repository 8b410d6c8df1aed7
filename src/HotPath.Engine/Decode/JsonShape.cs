using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Engine.Decode;

/// <summary>
/// The text around the values of the last reading, as its sender wrote it: names, colons, spaces, whatever does not
/// change. The next reading is compared with it 32 bytes at a time instead of being parsed. Belongs to one decoder and
/// its thread. A reading that differs is read member by member, and the shape is learnt anew.
/// </summary>
/// <remarks>
/// Each value is read where the quote before it says that it begins, before the value in front of it has been read to
/// its end; whether both places are the same is looked at when all have been read, so that no value waits for another.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class JsonShape : IDisposable
{
    private const int StepsMax = 32;
    private const int WindowBytes = 32;

    /// <summary>A sender without a shape is not asked for one each time: then learning would only cost.</summary>
    private const int MissesBetweenLessons = 16;

    // The shape in use, and the one that a lesson writes: a reading that teaches nothing takes nothing away.
    private Step* _steps = NewSteps();
    private Step* _lesson = NewSteps();
    private int _stepCount;
    private int _misses;
    private byte* _literalAt;
    private bool _isLearning;
    private int _learnt;

    /// <summary>Reads the object of the quotes if it has the shape. Null: it has not, and the draft is undefined.</summary>
    // Safe because no step begins behind PlainEnd, and no load of one reaches over its guard: 32 bytes of a literal, up
    // to 32 to the value, 33 of digits. Worth it: Decode/Json, half the time of member by member.
    public byte* TryRead(JsonQuotes quotes, FlagSets flags, ref ReadingDraft draft)
    {
        var at = quotes.Text;
        var end = quotes.PlainEnd;
        var text = quotes.Text;
        var places = quotes.Places;
        var quote = 0;
        nint apart = 0;
        var step = _steps;
        for (var left = _stepCount; left > 0; left--, step++)
        {
            if (at >= end || ((Vector256.Load(at) ^ step->Literal) & step->Mask) != Vector256<byte>.Zero)
            {
                return null;
            }

            at += step->LiteralBytes;
            quote += step->Quotes;
            if (step->Field == Field.None)
            {
                continue;
            }

            if (quote > quotes.Count)
            {
                return null;
            }

            // Not a branch: behind one that says they are equal the compiler takes the place that comes later.
            var value = text + places[quote - 1] + step->FromQuoteBytes;
            apart |= (nint)(value - at);
            at = JsonFields.TryRead(step->Field, value, quotes, ref quote, flags, ref draft);
            if (at == null)
            {
                return null;
            }
        }

        if (apart != 0 || at > end || _stepCount == 0)
        {
            return null;
        }

        _misses = 0;
        return at;
    }

    /// <summary>Before the object of the quotes, which did not have the shape, is read member by member.</summary>
    public void BeginLesson(byte* at)
    {
        _isLearning = _misses++ % MissesBetweenLessons == 0;
        _learnt = 0;
        _literalAt = at;
    }

    /// <summary>A value that changes from reading to reading, and the member it belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Learn(Field field, byte* valueAt, byte* valueEnd)
    {
        if (_isLearning)
        {
            LearnWhenAsked(field, valueAt, valueEnd);
        }
    }

    /// <summary>The object was a reading without fault: from now on others are compared with it.</summary>
    public void EndLesson(byte* end)
    {
        if (_isLearning)
        {
            LearnWhenAsked(Field.None, end, end);
        }

        if (_isLearning)
        {
            var used = _steps;
            _steps = _lesson;
            _lesson = used;
            _stepCount = _learnt;
            _isLearning = false;
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_steps);
        NativeMemory.AlignedFree(_lesson);
        _steps = null;
        _lesson = null;
    }

    private static Step* NewSteps() => (Step*)NativeMemory.AlignedAlloc(StepsMax * (nuint)sizeof(Step), 64);

    private void LearnWhenAsked(Field field, byte* valueAt, byte* valueEnd)
    {
        // Safe because both places lie in the text at hand. Worth it: once per lesson.
        var literal = new ReadOnlySpan<byte>(_literalAt, (int)(valueAt - _literalAt));
        var fromQuoteBytes = literal.Length - literal.LastIndexOf((byte)'"');
        while (literal.Length > WindowBytes)
        {
            AddStep(literal[..WindowBytes], Field.None, fromQuoteBytes: 0);
            literal = literal[WindowBytes..];
        }

        AddStep(literal, field, fromQuoteBytes);
        _literalAt = valueEnd;

        // A value is read at the quote before it: it must not be far.
        _isLearning &= field == Field.None || fromQuoteBytes <= WindowBytes;
    }

    private void AddStep(ReadOnlySpan<byte> literal, Field field, int fromQuoteBytes)
    {
        if (_learnt == StepsMax)
        {
            _isLearning = false;
            return;
        }

        Span<byte> text = stackalloc byte[WindowBytes];
        Span<byte> mask = stackalloc byte[WindowBytes];
        text.Clear();
        mask.Clear();
        literal.CopyTo(text);
        mask[..literal.Length].Fill(byte.MaxValue);
        _lesson[_learnt++] = new Step
        {
            Literal = Vector256.Create<byte>(text),
            Mask = Vector256.Create<byte>(mask),
            LiteralBytes = literal.Length,
            Quotes = literal.Count((byte)'"'),
            FromQuoteBytes = fromQuoteBytes,
            Field = field,
        };
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Step
    {
        public Vector256<byte> Literal;
        public Vector256<byte> Mask;
        public int LiteralBytes;

        /// <summary>Quotes in the literal.</summary>
        public int Quotes;

        /// <summary>From the last quote before the value to the value.</summary>
        public int FromQuoteBytes;
        public Field Field;
    }
}
