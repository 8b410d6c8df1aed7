using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.Unicode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// The usual contents of a JSON reading's members, each between two known places, straight into a slot. Belongs to one
/// decoder and its thread. False for what is not usual, or does not fill its place: then the grammar decides.
/// Names are not trimmed, nor their length or their text looked at: only known ones are taken.
/// </summary>
[SkipLocalsInit]
internal sealed unsafe class JsonValues(ReadingStage stage)
{
    private readonly NameDirectory _equipment = stage.Names.Equipment;
    private readonly NameDirectory _tags = stage.Names.Tags;
    private readonly NameDirectory _sources = stage.Names.Sources;

    // What stands for a count that is not there: read as the others are, so that no branch asks.
    private static ReadOnlySpan<byte> Zero => "0               "u8;

    /// <summary>All fields that were seen, but flags, into a blank slot. Nothing is behind PlainEnd: the caller looked.</summary>
    // Safe because each value begins before PlainEnd, and no load of one is longer than its guard. Worth it: Decode/Json.
    public bool TryRead(in JsonSpans spans, JsonQuotes quotes, ref Slot slot)
    {
        var seen = spans.Seen;
        var byPlace = spans.ByPlace;
        var text = quotes.Text;
        var places = quotes.Places;

        // What takes longest comes first: it goes on while all the rest is done.
        nint wrong = 0;
        if (!TryValue(byPlace + (int)Field.Value, quotes, ref slot))
        {
            return false;
        }

        var equipment = ReadText(byPlace + (int)Field.EquipmentId, text, places, ref wrong);
        var tag = ReadText(byPlace + (int)Field.Tag, text, places, ref wrong);
        var source = default(Utf8Text);
        if ((seen & Member.SourceId) != 0)
        {
            source = ReadText(byPlace + (int)Field.SourceId, text, places, ref wrong);
        }

        if ((seen & Member.Quality) != 0)
        {
            var word = ReadText(byPlace + (int)Field.Quality, text, places, ref wrong);
            if (wrong != 0 || !TryQuality(word, ref slot.Quality))
            {
                return false;
            }
        }

        if (wrong != 0 || (slot.EquipmentIndex = _equipment.IndexOf(equipment.At, equipment.Bytes)) < 0
            || (slot.TagIndex = _tags.IndexOf(tag.At, tag.Bytes)) < 0
            || (source.Bytes > 0 && (slot.SourceIndex = _sources.IndexOf(source.At, source.Bytes)) < 0))
        {
            return false;
        }

        return TryCounts(seen, byPlace, text, ref slot)
            && ((seen & Member.ReceivedAt) == 0 || TryReceivedAt(byPlace + (int)Field.ReceivedAt, text, ref slot));
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

        return *at == '"'
            ? IsText(span, quotes)
            : IsWord(at, end, "true"u8) || IsWord(at, end, "false"u8) || IsWord(at, end, "null"u8)
                || JsonNumber.Read(at, end, out _) == end;
    }

    /// <summary>False where the word is no UTF-8. Two bytes behind it must be loadable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryQuality(Utf8Text word, ref Quality quality)
    {
        // Nearly every reading is "Ok", and a slot is blank as good.
        const ushort Ok = 0x6B6F;
        return ((Unsafe.ReadUnaligned<ushort>(word.At) | 0x2020) == Ok && word.Bytes == sizeof(ushort))
            || TryOtherQuality(word, ref quality);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryOtherQuality(Utf8Text word, ref Quality quality)
    {
        quality = QualityClass.OfWord(word.Trimmed().Span);
        return Utf8.IsValid(word.Span);
    }

    /// <summary>A string that must fill its place: else something is <paramref name="wrong"/>, and it may be of any length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Utf8Text ReadText(JsonSpan* span, byte* text, ushort* places, ref nint wrong)
    {
        int opening = places[span->Quote];
        int closing = places[span->Quote + 1];
        wrong |= (opening ^ span->At) | ((closing + 1) ^ span->End);
        return new Utf8Text(text + opening + 1, closing - opening - 1);
    }

    private static bool IsText(JsonSpan* span, JsonQuotes quotes)
    {
        nint wrong = 0;
        ReadText(span, quotes.Text, quotes.Places, ref wrong);
        return span->Quote + 2 <= quotes.Count && wrong == 0;
    }

    /// <summary>Times, sequence number and version.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryCounts(Member seen, JsonSpan* byPlace, byte* text, ref Slot slot)
    {
        fixed (byte* zero = Zero)
        {
            var timestamp = byPlace + (int)Field.Timestamp;
            var version = byPlace + (int)Field.Version;
            var number = byPlace + (int)Field.SequenceNumber;
            var created = byPlace + (int)Field.CreatedAt;
            var hasVersion = (seen & Member.Version) != 0;
            var hasNumber = (seen & Member.SequenceNumber) != 0;
            var hasCreated = (seen & Member.CreatedAt) != 0;
            nint wrong = 0;
            var counts = FieldText.FourCounts(
                text + timestamp->At, timestamp->Bytes,
                hasVersion ? text + version->At : zero, hasVersion ? version->Bytes : 1,
                hasNumber ? text + number->At : zero, hasNumber ? number->Bytes : 1,
                hasCreated ? text + created->At : zero, hasCreated ? created->Bytes : 1, ref wrong);
            var model = counts.GetLower().GetUpper().ToScalar();
            slot.Model = hasVersion ? (int)model : slot.Model;
            slot.SequenceNumber = hasNumber ? (long)counts.GetUpper().GetLower().ToScalar() : slot.SequenceNumber;
            var isTime = WireTime.TryFromUnit((long)counts.GetLower().GetLower().ToScalar(), stage.Unit, out slot.EventTimeMicros)
                & WireTime.TryFromUnit((long)counts.GetUpper().GetUpper().ToScalar(), stage.Unit, out var createdMicros);
            slot.CreatedAtMicros = hasCreated ? createdMicros : slot.CreatedAtMicros;
            return isTime && (wrong | (nint)(model >> 31)) == 0;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryReceivedAt(JsonSpan* span, byte* text, ref Slot slot)
    {
        nint wrong = 0;
        var count = FieldText.Count(text + span->At, span->Bytes, ref wrong);
        return wrong == 0 && WireTime.TryFromUnit((long)count, TimestampUnit.Milliseconds, out slot.ReceivedAtMicros);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryValue(JsonSpan* span, JsonQuotes quotes, ref Slot slot)
    {
        if (!FieldText.TryDecimal(quotes.Text + span->At, span->Bytes, out var value))
        {
            return TryOtherValue(span, quotes, ref slot);
        }

        slot.ValueKind = ValueKind.Number;
        slot.ValueBits = BitConverter.DoubleToInt64Bits(value);
        return true;
    }

    /// <summary>A known string, a long number, true or false.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryOtherValue(JsonSpan* span, JsonQuotes quotes, ref Slot slot)
    {
        var at = quotes.Text + span->At;
        var end = quotes.Text + span->End;
        if (end > quotes.PlainEnd || at >= end)
        {
            return false;
        }

        if (*at == '"')
        {
            slot.ValueKind = ValueKind.Symbol;
            return IsText(span, quotes) && stage.TryFindSymbol(new Utf8Text(at + 1, (int)(end - at) - 2), ref slot.ValueBits);
        }

        var isTrue = IsWord(at, end, "true"u8);
        if (isTrue || IsWord(at, end, "false"u8))
        {
            slot.ValueKind = ValueKind.Bool;
            slot.ValueBits = isTrue ? 1 : 0;
            return true;
        }

        var next = JsonNumber.Read(at, end, out var number);
        slot.ValueKind = ValueKind.Number;
        slot.ValueBits = BitConverter.DoubleToInt64Bits(number.Real);
        return next == end && number.Kind != WireKind.NotFinite;
    }

    // Safe because the end is not before the begin. Worth it: no copy.
    private static bool IsWord(byte* at, byte* end, ReadOnlySpan<byte> word) =>
        new ReadOnlySpan<byte>(at, (int)(end - at)).SequenceEqual(word);
}
