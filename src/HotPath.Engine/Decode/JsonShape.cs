using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Engine.Decode;

/// <summary>
/// The text around the values of the last reading, as its sender wrote it: names, colons, spaces, whatever does not
/// change. The next reading is compared with it 64 bytes at a time instead of being parsed. Belongs to one decoder and
/// its thread. A reading that differs is taken apart member by member, and the shape is learnt anew.
/// </summary>
/// <remarks>
/// The text before a value begins so many bytes before its first quote; where that stands is known beforehand. So a
/// value's end is known before the value has been read, and is compared when it has.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class JsonShape : IDisposable
{
    private const int StepsMax = 32;
    private const int WindowBytes = 64;

    /// <summary>
    /// A sender without a shape is not asked for one each time: then learning would only cost. A lesson in vain doubles
    /// the readings to the next one.
    /// </summary>
    private const int MissesBetweenLessonsMin = 16;
    private const int MissesBetweenLessonsMax = 1024;

    /// <summary>So many readings in a row without the shape, and it is not compared any more.</summary>
    private const int MissesUntilCold = 4;

    private readonly JsonStep* _steps = (JsonStep*)NativeMemory.AlignedAlloc((StepsMax + 1) * (nuint)sizeof(JsonStep), 64);
    private int _stepCount;
    private Member _seen;
    private int _misses = MissesBetweenLessonsMin;
    private int _missesToLesson = MissesBetweenLessonsMin;

    /// <summary>Finds the values of the object of the quotes if it has the shape, and reads its flags. Null: it has not.</summary>
    // Safe because a literal is compared only at a quote that was found, not before the value in front of it, and 64 bytes
    // behind it are less than the guard. Worth it: Decode/Json, half the time of member by member.
    public byte* TryFind(JsonQuotes quotes, FlagSets flags, ref JsonSpans spans, ref ushort flagBits)
    {
        var text = quotes.Text;
        var places = quotes.Places;
        var count = quotes.Count;
        var plainBytes = (int)(quotes.PlainEnd - text);
        var byPlace = spans.ByPlace;
        var last = byPlace + JsonSpans.Nobody;
        var quote = 0;
        var at = 0;
        byte* flagsEnd = null;
        var step = _steps;
        if (count == 0 || places[0] != step->ToQuoteBytes)
        {
            return null;
        }

        for (var left = _stepCount; left > 0; left--, step++)
        {
            if (quote + step->Quotes > count)
            {
                return null;
            }

            var literal = step->ToQuoteBytes >= 0 ? places[quote] - step->ToQuoteBytes : at;
            if (literal < at || literal >= plainBytes || !step->Is(text + literal))
            {
                return null;
            }

            last->End = (ushort)literal;
            last = byPlace + step->Span;
            at = literal + step->Bytes;
            quote += step->Quotes;
            last->At = (ushort)at;
            last->Quote = (ushort)quote;
            quote += step->ValueQuotes;
            if (step->ValueQuotes >= 0)
            {
                continue;
            }

            // Only flags and the value have strings where others had none.
            quote -= step->ValueQuotes;
            if (step->Span == (int)Field.Flags)
            {
                flagsEnd = flags.TryRecallJson(text + at, quotes.PlainEnd, ref flagBits, out var inside);
                quote += inside;
            }
            else
            {
                quote += text[at] == '"' ? 2 : 0;
            }
        }

        spans.Seen = _seen;
        return TryEnd(quotes, spans, last, quote, flagsEnd);
    }

    /// <summary>Whether the next reading may have the shape.</summary>
    public bool IsWarm => _misses < MissesUntilCold;

    /// <summary>A reading had the shape.</summary>
    public void Hit()
    {
        _misses = 0;
        _missesToLesson = MissesBetweenLessonsMin;
    }

    /// <summary>A reading had not the shape, or was not compared with it.</summary>
    /// <returns>Whether it is to be learnt.</returns>
    public bool IsLessonDue()
    {
        if (++_misses < _missesToLesson)
        {
            return false;
        }

        _misses = 0;
        _missesToLesson = int.Min(2 * _missesToLesson, MissesBetweenLessonsMax);
        return true;
    }

    /// <summary>The object from here to <paramref name="end"/> was a reading without fault: others are compared with it.</summary>
    /// <param name="start">The brace.</param>
    /// <param name="end">Behind the other brace.</param>
    /// <param name="members">Those of the object.</param>
    /// <param name="spans">Where their values stand.</param>
    public void Learn(byte* start, byte* end, JsonMembers members, in JsonSpans spans)
    {
        _stepCount = 0;
        _seen = 0;
        var at = 0;
        var steps = 0;
        for (var number = 0; number < members.Count; number++)
        {
            var member = members.MemberAt(number);
            if (member is JsonSpans.Meta or JsonSpans.Unknown)
            {
                continue;
            }

            var span = spans.ByPlace[member];
            if (!TryAdd(new ReadOnlySpan<byte>(start + at, span.At - at), member, ref steps))
            {
                return;
            }

            var isOpen = (Field)member is Field.Flags or Field.Value;
            _steps[steps - 1].ValueQuotes = isOpen ? -1 : start[span.At] == '"' ? 2 : 0;
            _seen |= (Member)(1 << member);
            at = span.End;
        }

        // Safe because both places lie in the object. Worth it: once per lesson.
        var behind = new ReadOnlySpan<byte>(start + at, (int)(end - start) - at);
        if (behind.Length <= WindowBytes)
        {
            Write(_steps + steps, behind, JsonSpans.Nobody);
            _stepCount = steps;
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_steps);

    /// <summary>What stands behind the last value.</summary>
    private byte* TryEnd(JsonQuotes quotes, in JsonSpans spans, JsonSpan* last, int quote, byte* flagsEnd)
    {
        var step = _steps + _stepCount;
        if (_stepCount == 0 || quote + step->Quotes > quotes.Count)
        {
            return null;
        }

        var text = quotes.Text;
        var literal = step->ToQuoteBytes >= 0 ? quotes.Places[quote] - step->ToQuoteBytes
            : text[last->At] == '"' ? JsonValues.LastEnd(last, quotes)
            : JsonValues.LastEnd(last, quotes) - step->ToBraceBytes;
        last->End = (ushort)literal;
        var end = text + literal + step->Bytes;
        var hasFlags = (_seen & Member.Flags) != 0;
        return literal >= last->At && text + literal < quotes.PlainEnd && step->Is(text + literal) && end <= quotes.PlainEnd
            && (!hasFlags || flagsEnd == text + spans.Of(Field.Flags)->End)
                ? end
                : null;
    }

    /// <summary>A literal that is longer than a window takes several steps, whose values are nobody's.</summary>
    private bool TryAdd(ReadOnlySpan<byte> literal, int span, ref int steps)
    {
        var isFirst = true;
        while (true)
        {
            if (steps == StepsMax)
            {
                return false;
            }

            var window = literal[..int.Min(literal.Length, WindowBytes)];
            literal = literal[window.Length..];
            var step = _steps + steps++;
            Write(step, window, literal.Length > 0 ? JsonSpans.Nobody : span);
            step->ToQuoteBytes = isFirst ? step->ToQuoteBytes : -1;
            if (isFirst && step->ToQuoteBytes < 0)
            {
                return false;
            }

            if (literal.Length == 0)
            {
                return true;
            }

            isFirst = false;
        }
    }

    private static void Write(JsonStep* step, ReadOnlySpan<byte> literal, int span)
    {
        Span<byte> text = stackalloc byte[WindowBytes];
        Span<byte> mask = stackalloc byte[WindowBytes];
        text.Clear();
        mask.Clear();
        literal.CopyTo(text);
        mask[..literal.Length].Fill(byte.MaxValue);
        *step = new JsonStep
        {
            Literal = Vector512.Create<byte>(text),
            Mask = Vector512.Create<byte>(mask),
            Bytes = literal.Length,
            Quotes = literal.Count((byte)'"'),
            ToQuoteBytes = literal.IndexOf((byte)'"'),
            ToBraceBytes = literal.IndexOf((byte)'}'),
            Span = span,
        };
    }
}
