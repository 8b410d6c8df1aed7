using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// The usual contents of a JSON reading's members, each between two known places, straight into the draft. Stateless.
/// False for what is not usual, or does not fill its place: then the grammar decides, and fills the same fields.
/// Names are not trimmed, nor their length looked at: only known ones are taken.
/// </summary>
[SkipLocalsInit]
internal static unsafe class JsonValues
{
    /// <summary>All fields that were seen, but flags. Nothing is behind PlainEnd: the caller looked.</summary>
    // Safe because each value begins before PlainEnd, and no load of one is longer than its guard. Worth it: Decode/Json.
    public static bool TryRead(in JsonSpans spans, JsonQuotes quotes, ref ReadingDraft draft)
    {
        var seen = spans.Seen;
        var byPlace = spans.ByPlace;
        var text = quotes.Text;
        var places = quotes.Places;
        var wrong = ReadText(byPlace + (int)Field.EquipmentId, text, places, ref draft.Equipment);
        wrong |= ReadText(byPlace + (int)Field.Tag, text, places, ref draft.Tag);
        if (!TryTime(byPlace + (int)Field.Timestamp, text, draft.Unit, ref wrong, ref draft.TimeMicros))
        {
            return false;
        }

        if ((seen & Member.SourceId) != 0)
        {
            wrong |= ReadText(byPlace + (int)Field.SourceId, text, places, ref draft.Source);
        }

        if ((seen & Member.SequenceNumber) != 0)
        {
            var span = byPlace + (int)Field.SequenceNumber;
            draft.SequenceNumber = (long)FieldText.Count(text + span->At, span->End - span->At, ref wrong);
        }

        if ((seen & Member.Version) != 0)
        {
            var span = byPlace + (int)Field.Version;
            var version = FieldText.Count(text + span->At, span->End - span->At, ref wrong);
            wrong |= (nint)(version >> 31);
            draft.Model = (int)version;
        }

        if (((seen & Member.CreatedAt) != 0
                && !TryTime(byPlace + (int)Field.CreatedAt, text, draft.Unit, ref wrong, ref draft.CreatedAtMicros))
            || ((seen & Member.ReceivedAt) != 0
                && !TryTime(
                    byPlace + (int)Field.ReceivedAt, text, TimestampUnit.Milliseconds, ref wrong, ref draft.ReceivedAtMicros)))
        {
            return false;
        }

        if ((seen & Member.Quality) != 0)
        {
            draft.Quality = ReadQuality(byPlace + (int)Field.Quality, text, places, ref wrong);
        }

        return wrong == 0 && TryValue(byPlace + (int)Field.Value, quotes, ref draft);
    }

    /// <summary>
    /// Where the last value of an object ends if it is plain: behind its string, or before the next brace. The
    /// object's length where there is none.
    /// </summary>
    // Safe because a block behind PlainEnd may be loaded. Worth it: Decode/Json.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LastEnd(JsonSpan* span, JsonQuotes quotes)
    {
        // Not a branch: which member is the last one cannot be foreseen.
        var isBrace = Vector512.Equals(Vector512.Load(quotes.Text + span->At), Vector512.Create((byte)'}')).ExtractMostSignificantBits();
        var brace = span->At + BitOperations.TrailingZeroCount(isBrace);
        var textEnd = quotes.Places[span->Quote + 1] + 1;
        var isText = quotes.Text[span->At] == '"' & span->Quote + 2 <= quotes.Count;
        return isText ? textEnd : brace;
    }

    /// <summary>Whether a string, a number, true, false or null fills the place; what nests is for the grammar.</summary>
    public static bool IsValue(JsonSpan* span, JsonQuotes quotes)
    {
        var at = quotes.Text + span->At;
        var end = quotes.Text + span->End;
        if (end > quotes.PlainEnd || at >= end)
        {
            return false;
        }

        Utf8Text ignored = default;
        return *at == '"'
            ? span->Quote + 2 <= quotes.Count && ReadText(span, quotes.Text, quotes.Places, ref ignored) == 0
            : IsWord(at, end, "true"u8) || IsWord(at, end, "false"u8) || IsWord(at, end, "null"u8)
                || JsonNumber.Read(at, end, out _) == end;
    }

    /// <summary>Whether the string fills its place: zero if it does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint ReadText(JsonSpan* span, byte* text, ushort* places, ref Utf8Text to)
    {
        int opening = places[span->Quote];
        int closing = places[span->Quote + 1];
        to = new Utf8Text(text + opening + 1, closing - opening - 1);
        return (opening ^ span->At) | ((closing + 1) ^ span->End);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTime(JsonSpan* span, byte* text, TimestampUnit unit, ref nint wrong, ref long micros)
    {
        var count = FieldText.Count(text + span->At, span->End - span->At, ref wrong);
        return WireTime.TryFromUnit((long)count, unit, out micros);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quality ReadQuality(JsonSpan* span, byte* text, ushort* places, ref nint wrong)
    {
        Utf8Text word = default;
        wrong |= ReadText(span, text, places, ref word);
        return wrong == 0 ? QualityOf(word) : Quality.Bad;
    }

    /// <summary>Two bytes behind the word must be loadable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quality QualityOf(Utf8Text word)
    {
        // Nearly every reading is "Ok".
        const ushort Ok = 0x6B6F;
        return (Unsafe.ReadUnaligned<ushort>(word.At) | 0x2020) == Ok && word.Bytes == sizeof(ushort)
            ? Quality.Good
            : QualityClass.OfWord(word.Trimmed().Span);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryValue(JsonSpan* span, JsonQuotes quotes, ref ReadingDraft draft)
    {
        if (!FieldText.TryDecimal(quotes.Text + span->At, span->End - span->At, out var value))
        {
            return TryOtherValue(span, quotes, ref draft);
        }

        draft.ValueKind = ValueKind.Number;
        draft.ValueBits = BitConverter.DoubleToInt64Bits(value);
        return true;
    }

    /// <summary>A string, a long number, true or false.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryOtherValue(JsonSpan* span, JsonQuotes quotes, ref ReadingDraft draft)
    {
        var at = quotes.Text + span->At;
        var end = quotes.Text + span->End;
        if (end > quotes.PlainEnd || at >= end)
        {
            return false;
        }

        if (*at == '"')
        {
            draft.ValueKind = ValueKind.Symbol;
            return span->Quote + 2 <= quotes.Count && ReadText(span, quotes.Text, quotes.Places, ref draft.Symbol) == 0;
        }

        var isTrue = IsWord(at, end, "true"u8);
        if (isTrue || IsWord(at, end, "false"u8))
        {
            draft.ValueKind = ValueKind.Bool;
            draft.ValueBits = isTrue ? 1 : 0;
            return true;
        }

        var next = JsonNumber.Read(at, end, out var number);
        draft.ValueKind = ValueKind.Number;
        draft.ValueBits = BitConverter.DoubleToInt64Bits(number.Real);
        return next == end && number.Kind != WireKind.NotFinite;
    }

    // Safe because the end is not before the begin. Worth it: no copy.
    private static bool IsWord(byte* at, byte* end, ReadOnlySpan<byte> word) =>
        new ReadOnlySpan<byte>(at, (int)(end - at)).SequenceEqual(word);
}
