using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// Readings in the order of WIRE.md's first form, in whatever spelling of what stands between the values. Stateless.
/// Here each quote has its number beforehand, so all is compared and read in one run without a branch that depends on
/// the text; what was wrong is asked once, at the end. Null for what is not so, or has an unusual value.
/// </summary>
/// <remarks>
/// <code>
/// {"version": ,"timestamp": ,"equipmentId":"","tag":"","value": ,"quality":"","meta":{"sequenceNumber": ,"flags":[],"createdAt": ,"sourceId":""}}
///  0       1   2         3   4           5 67  8   9 10  12   13  14     15 16  18  19 20            21   22   23    24         25  26      27 28
/// </code>
/// From createdAt on by as many more as stand in the flags.
/// </remarks>
[SkipLocalsInit]
internal static unsafe class JsonFirstForm
{
    private const int Count = 10;
    private const int QuoteCount = 30;

    private static ReadOnlySpan<byte> Fields =>
    [
        (byte)Field.Version, (byte)Field.Timestamp, (byte)Field.EquipmentId, (byte)Field.Tag, (byte)Field.Value, (byte)Field.Quality,
        (byte)Field.SequenceNumber, (byte)Field.Flags, (byte)Field.CreatedAt, (byte)Field.SourceId,
    ];

    /// <summary>Whether so many steps of a shape are those of the form.</summary>
    public static bool Is(JsonStep* steps, int count)
    {
        var isForm = count == Count && steps[Count].Quotes == 0 && steps[Count].Bytes <= Vector256<byte>.Count;
        for (var index = 0; index < count && isForm; index++)
        {
            var step = steps[index];
            var isTextHere = (Field)step.Span is Field.EquipmentId or Field.Tag or Field.Quality or Field.SourceId;
            isForm = step.Span == Fields[index] && step.Bytes <= Vector256<byte>.Count
                && step.Quotes == ((Field)step.Span == Field.SequenceNumber ? 4 : 2)
                && (step.ValueQuotes == 2) == isTextHere;
        }

        return isForm;
    }

    /// <summary>Reads the object of the quotes. Behind it, or null: then the draft is undefined.</summary>
    // Safe because a literal is compared at a quote that was found, so less than 64 bytes behind PlainEnd, and is no
    // longer than 32; behind it 17 are loaded, and 64 only where PlainEnd is not reached. Worth it: Decode/Json.
    public static byte* TryRead(JsonStep* steps, JsonQuotes quotes, FlagSets flags, ref ReadingDraft draft)
    {
        var text = quotes.Text;
        var places = quotes.Places;
        var differs = Vector256<byte>.Zero;
        nint wrong = 0;
        if (quotes.Count < QuoteCount)
        {
            return null;
        }

        var version = Compare(steps, text, places[0], ref differs);
        var timestamp = Compare(steps + 1, text, places[2], ref differs);
        var equipment = Compare(steps + 2, text, places[4], ref differs);
        var tag = Compare(steps + 3, text, places[8], ref differs);
        var value = Compare(steps + 4, text, places[12], ref differs);
        var quality = Compare(steps + 5, text, places[14], ref differs);
        var number = Compare(steps + 6, text, places[18], ref differs);
        var flagsAt = Compare(steps + 7, text, places[22], ref differs);
        var set = text + flagsAt + steps[7].Bytes;
        if (set >= quotes.PlainEnd)
        {
            return null;
        }

        var setEnd = flags.TryRecallLoadable(set, quotes.PlainEnd, ref draft.Flags, out var inside);
        if (quotes.Count < QuoteCount + inside)
        {
            return null;
        }

        var placesBehind = places + inside;
        var created = Compare(steps + 8, text, placesBehind[24], ref differs);
        var source = Compare(steps + 9, text, placesBehind[26], ref differs);
        var behind = placesBehind[29] + 1;
        differs |= steps[10].Difference(text + behind);
        var end = text + behind + steps[10].Bytes;

        // The first literal begins with the object's brace, and flags are read already.
        wrong |= version;
        wrong |= (nint)(text + created - setEnd);

        ReadText(text, places + 6, equipment + steps[2].Bytes, tag, ref wrong, ref draft.Equipment);
        ReadText(text, places + 10, tag + steps[3].Bytes, value, ref wrong, ref draft.Tag);
        ReadText(text, placesBehind + 28, source + steps[9].Bytes, behind, ref wrong, ref draft.Source);
        var model = FieldText.Count(text + version + steps->Bytes, timestamp - version - steps->Bytes, ref wrong);
        wrong |= (nint)(model >> 31);
        draft.Model = (int)model;
        draft.SequenceNumber = (long)FieldText.Count(text + number + steps[6].Bytes, flagsAt - number - steps[6].Bytes, ref wrong);
        var time = FieldText.Count(text + timestamp + steps[1].Bytes, equipment - timestamp - steps[1].Bytes, ref wrong);
        var createdTime = FieldText.Count(text + created + steps[8].Bytes, source - created - steps[8].Bytes, ref wrong);
        Utf8Text word = default;
        ReadText(text, places + 16, quality + steps[5].Bytes, number, ref wrong, ref word);
        if (differs != Vector256<byte>.Zero || wrong != 0 || end > quotes.PlainEnd
            || !WireTime.TryFromUnit((long)time, draft.Unit, out draft.TimeMicros)
            || !WireTime.TryFromUnit((long)createdTime, draft.Unit, out draft.CreatedAtMicros)
            || !FieldText.TryDecimal(text + value + steps[4].Bytes, quality - value - steps[4].Bytes, out var real))
        {
            return null;
        }

        draft.ValueKind = ValueKind.Number;
        draft.ValueBits = BitConverter.DoubleToInt64Bits(real);
        draft.Quality = JsonValues.QualityOf(word);
        return end;
    }

    /// <summary>Where the literal begins whose first quote stands here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Compare(JsonStep* step, byte* text, int quotePlace, ref Vector256<byte> differs)
    {
        // A quote too near to the begin is none of the shape's; what is compared then may be anything of the text.
        var at = int.Max(quotePlace - step->ToQuoteBytes, 0);
        differs |= step->Difference(text + at);
        return at;
    }

    /// <summary>Between two quotes that fill the place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadText(byte* text, ushort* places, int at, int end, ref nint wrong, ref Utf8Text to)
    {
        int opening = places[0];
        int closing = places[1];
        wrong |= (opening ^ at) | ((closing + 1) ^ end);
        to = new Utf8Text(text + opening + 1, closing - opening - 1);
    }
}
