using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// Readings in the order of WIRE.md's first form, in whatever spelling of what stands between the values: it is learnt
/// from a reading. Belongs to one decoder and its thread. Here each quote has its number beforehand, so all is compared
/// and read in one run without a branch that depends on the text. Null for what is not so, or has an unusual value.
/// </summary>
/// <remarks>
/// <code>
/// {"version": ,"timestamp": ,"equipmentId":" ","tag":" ","value": ,"quality":" ","meta":{"sequenceNumber": ,"flags":[],"createdAt": ,"sourceId":" "}}
///  0       1   2         3   4           5 6 7 8   9 101112    13  14      15 1617 18  19 20            21  22    23    24        25  26       2728 29
/// </code>
/// From createdAt on by as many more as stand in the flags. What lies between two values is a literal, with the quotes
/// of a value that is a string: where two literals stand, nothing is left to ask of the quotes between them.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class JsonFirstForm(ReadingStage stage) : IDisposable
{
    private const int QuoteCount = 30;
    private const int LastQuote = QuoteCount - 1;

    private readonly JsonLiteral* _literals =
        (JsonLiteral*)NativeMemory.AlignedAlloc((nuint)(Fields.Length + 1) * (nuint)sizeof(JsonLiteral), 64);

    private readonly NameDirectory _equipment = stage.Names.Equipment;
    private readonly NameDirectory _tags = stage.Names.Tags;
    private readonly NameDirectory _sources = stage.Names.Sources;
    private readonly FlagSets _flags = stage.FlagSets;
    private bool _isLearnt;

    private static ReadOnlySpan<byte> Fields =>
    [
        (byte)Field.Version, (byte)Field.Timestamp, (byte)Field.EquipmentId, (byte)Field.Tag, (byte)Field.Value, (byte)Field.Quality,
        JsonSpans.Meta, (byte)Field.SequenceNumber, (byte)Field.Flags, (byte)Field.CreatedAt, (byte)Field.SourceId,
    ];

    /// <summary>The number of the first quote of each literal, flags aside.</summary>
    private static ReadOnlySpan<byte> FirstQuotes => [0, 2, 4, 7, 11, 14, 17, 22, 24, 26, LastQuote];

    /// <summary>Learns the spelling of the object from here to <paramref name="end"/>, if it has the form.</summary>
    public void Learn(byte* start, byte* end, JsonMembers members, in JsonSpans spans)
    {
        _isLearnt = false;
        if (members.Count != Fields.Length)
        {
            return;
        }

        var literal = _literals;
        var at = 0;
        for (var number = 0; number < Fields.Length; number++)
        {
            if (members.MemberAt(number) != Fields[number])
            {
                return;
            }

            if (Fields[number] == JsonSpans.Meta)
            {
                continue;
            }

            var span = spans.ByPlace[Fields[number]];
            var quote = IsText(Fields[number]) ? 1 : 0;
            if (quote != (start[span.At] == '"' ? 1 : 0) || !literal->TrySet(start, at, span.At + quote, Quote(literal)))
            {
                return;
            }

            at = span.End - quote;
            literal++;
        }

        _isLearnt = literal->TrySet(start, at, (int)(end - start), Quote(literal));
    }

    /// <summary>Stages the object of the quotes if its names are known. Behind it, or null: then nothing was staged.</summary>
    // Safe because literals begin at quotes of the text, and are no longer than 32 bytes; a value is loaded only where
    // PlainEnd is not reached. Worth it: Decode/Json.
    public byte* TryDecode(JsonQuotes quotes)
    {
        var text = quotes.Text;
        var places = quotes.Places;
        var literals = _literals;
        if (!_isLearnt || quotes.Count < QuoteCount || stage.IsFull)
        {
            return null;
        }

        // Flags first: how many quotes stand in them decides where the others are.
        var flagsAt = literals[7].At(places[22]);
        var setAt = flagsAt + literals[7].Bytes;
        if (text + setAt >= quotes.PlainEnd)
        {
            return null;
        }

        ref var slot = ref stage.Blank();
        var setEnd = _flags.TryRecallJson(text + setAt, quotes.PlainEnd, ref slot.Flags, out var inside);
        var behind = places + inside;
        if (quotes.Count < QuoteCount + inside || text + behind[LastQuote] >= quotes.PlainEnd)
        {
            return null;
        }

        var timestamp = literals[1].At(places[2]);
        var equipment = literals[2].At(places[4]);
        var tag = literals[3].At(places[7]);
        var value = literals[4].At(places[11]);
        var quality = literals[5].At(places[14]);
        var number = literals[6].At(places[17]);
        var created = literals[8].At(behind[24]);
        var source = literals[9].At(behind[26]);
        var last = literals[10].At(behind[LastQuote]);
        var differs = literals[0].Difference(text) | literals[1].Difference(text + timestamp);
        differs |= literals[2].Difference(text + equipment) | literals[3].Difference(text + tag);
        differs |= literals[4].Difference(text + value) | literals[5].Difference(text + quality);
        differs |= literals[6].Difference(text + number) | literals[7].Difference(text + flagsAt);
        differs |= literals[8].Difference(text + created) | literals[9].Difference(text + source);
        differs |= literals[10].Difference(text + last);
        var end = text + last + literals[10].Bytes;
        var valueAt = value + literals[4].Bytes;
        if (differs != Vector256<byte>.Zero || setEnd != text + created || end > quotes.PlainEnd
            || !FieldText.TryDecimal(text + valueAt, (int)(quality - valueAt), out var real))
        {
            return null;
        }

        slot.ValueBits = BitConverter.DoubleToInt64Bits(real);
        slot.ValueKind = ValueKind.Number;
        slot.EquipmentIndex = IndexOf(_equipment, text, equipment + literals[2].Bytes, tag);
        slot.TagIndex = IndexOf(_tags, text, tag + literals[3].Bytes, value);
        slot.SourceIndex = IndexOf(_sources, text, source + literals[9].Bytes, last);
        var qualityAt = quality + literals[5].Bytes;
        if (!JsonValues.TryQuality(new Utf8Text(text + qualityAt, (int)(number - qualityAt)), ref slot.Quality)
            || (slot.EquipmentIndex | slot.TagIndex | slot.SourceIndex) < 0)
        {
            return null;
        }

        var versionAt = literals[0].Bytes;
        var timestampAt = timestamp + literals[1].Bytes;
        var numberAt = number + literals[6].Bytes;
        var createdAt = created + literals[8].Bytes;
        nint wrong = 0;
        var counts = FieldText.FourCounts(
            text + versionAt, (int)(timestamp - versionAt), text + timestampAt, (int)(equipment - timestampAt),
            text + numberAt, (int)(flagsAt - numberAt), text + createdAt, (int)(source - createdAt), ref wrong);
        var version = counts.GetLower().GetLower().ToScalar();
        slot.Model = (int)version;
        slot.SequenceNumber = (long)counts.GetUpper().GetLower().ToScalar();
        if ((wrong | (nint)(version >> 31)) != 0
            || !WireTime.TryFromUnit((long)counts.GetLower().GetUpper().ToScalar(), stage.Unit, out slot.EventTimeMicros)
            || !WireTime.TryFromUnit((long)counts.GetUpper().GetUpper().ToScalar(), stage.Unit, out slot.CreatedAtMicros))
        {
            return null;
        }

        stage.TakeBlank();
        return end;
    }

    public void Dispose() => NativeMemory.AlignedFree(_literals);

    private int Quote(JsonLiteral* literal) => FirstQuotes[(int)(literal - _literals)];

    private static bool IsText(byte field) =>
        (Field)field is Field.EquipmentId or Field.Tag or Field.Quality or Field.SourceId;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IndexOf(NameDirectory names, byte* text, nint at, nint end) => names.IndexOf(text + at, (int)(end - at));
}
