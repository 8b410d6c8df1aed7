using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Engine.Decode;

/// <summary>
/// The text around the values of the last reading, as its sender wrote it: names, colons, spaces, whatever does not
/// change. The next reading is compared with it 32 bytes at a time instead of being parsed. Belongs to one decoder and
/// its thread. A reading that differs is read by the grammar, and the shape is learnt anew.
/// </summary>
internal sealed unsafe class JsonShape : IDisposable
{
    private const int StepsMax = 32;

    /// <summary>A sender without a shape is not asked for one each time: then learning would only cost.</summary>
    private const int MissesBetweenLessons = 16;

    // The shape in use, and the one that a lesson writes: a reading that teaches nothing takes nothing away.
    private Step* _steps = NewSteps();
    private Step* _lesson = NewSteps();
    private int _stepCount;
    private int _misses;
    private int _depth;
    private byte* _literalAt;
    private bool _isLearning;
    private int _learnt;

    /// <summary>Reads the object at an opening brace if it has the shape. Null: it has not, and the draft is undefined.</summary>
    public byte* TryRead(byte* at, byte* end, byte* loadEnd, int depth, FlagSets flags, ref ReadingDraft draft)
    {
        if (_stepCount == 0 || depth > _depth)
        {
            return null;
        }

        // Safe because nothing is loaded from LoadEnd on, and nothing counts that ends behind the record.
        // Worth it: Decode/Json, half the time of the grammar.
        var step = _steps;
        for (var left = _stepCount; left > 0; left--, step++)
        {
            if (at >= loadEnd || ((Vector256.Load(at) ^ step->Literal) & step->Mask) != Vector256<byte>.Zero)
            {
                return null;
            }

            at += step->LiteralBytes;
            if (step->Field != Field.None)
            {
                at = JsonFields.TryRead(step->Field, at, end, loadEnd, flags, ref draft);
                if (at == null)
                {
                    return null;
                }
            }
        }

        return at <= end ? at : null;
    }

    public void Hit() => _misses = 0;

    /// <summary>Before the grammar reads the object at a brace that did not have the shape.</summary>
    public void BeginLesson(byte* at)
    {
        _isLearning = _misses++ % MissesBetweenLessons == 0;
        _learnt = 0;
        _literalAt = at;
    }

    /// <summary>A value that changes from reading to reading, and the member it belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Learn(Member member, byte* valueAt, byte* valueEnd)
    {
        if (_isLearning)
        {
            LearnWhenAsked(member, valueAt, valueEnd);
        }
    }

    /// <summary>The object at hand cannot be a shape, if so.</summary>
    public void Forget(bool isNoShape) => _isLearning &= !isNoShape;

    /// <summary>The object was a reading without fault: from now on others are compared with it.</summary>
    public void EndLesson(byte* end, int depth)
    {
        LearnWhenAsked(Member.Unknown, end, end);
        if (_isLearning)
        {
            var used = _steps;
            _steps = _lesson;
            _lesson = used;
            _stepCount = _learnt;
            _depth = depth;
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

    private void LearnWhenAsked(Member member, byte* valueAt, byte* valueEnd)
    {
        while (valueAt - _literalAt > FieldText.WindowBytes)
        {
            AddStep(FieldText.WindowBytes, Member.Unknown);
            _literalAt += FieldText.WindowBytes;
        }

        AddStep((int)(valueAt - _literalAt), member);
        _literalAt = valueEnd;
    }

    private void AddStep(int literalBytes, Member field)
    {
        if (_learnt == StepsMax)
        {
            _isLearning = false;
        }

        if (!_isLearning)
        {
            return;
        }

        Span<byte> literal = stackalloc byte[FieldText.WindowBytes];
        Span<byte> mask = stackalloc byte[FieldText.WindowBytes];
        literal.Clear();
        mask.Clear();
        new ReadOnlySpan<byte>(_literalAt, literalBytes).CopyTo(literal);
        mask[..literalBytes].Fill(byte.MaxValue);
        _lesson[_learnt++] = new Step
        {
            Literal = Vector256.Create<byte>(literal),
            Mask = Vector256.Create<byte>(mask),
            LiteralBytes = literalBytes,
            Field = Fields.Of(field),
        };
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Step
    {
        public Vector256<byte> Literal;
        public Vector256<byte> Mask;
        public int LiteralBytes;
        public Field Field;
    }
}
