using System.Runtime.CompilerServices;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// The usual contents of a JSON reading's members, straight into the draft. Stateless. Takes the place of a value and
/// returns the place behind it, or null for what is not usual: then the grammar decides, and fills the same fields.
/// </summary>
/// <remarks>
/// <c>loadEnd</c> is <see cref="FieldText.LoadEnd"/> of the record: below it 32 bytes may be loaded. What is read behind
/// the record's end leads to a place behind it, and the caller looks at that.
/// </remarks>
internal static unsafe class JsonFields
{
    private const int DigitsMax = 15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* TryRead(
        Field field, byte* at, byte* end, byte* loadEnd, FlagSets flags, ref ReadingDraft draft)
    {
        if (at >= loadEnd)
        {
            return null;
        }

        switch (field)
        {
            case Field.EquipmentId:
                return TryName(at, end, loadEnd, ref draft.Equipment);
            case Field.Tag:
                return TryName(at, end, loadEnd, ref draft.Tag);
            case Field.SourceId:
                return TryName(at, end, loadEnd, ref draft.Source);
            case Field.Value:
                return TryValue(at, end, loadEnd, ref draft);
            case Field.Timestamp:
                return TryTime(at, draft.Unit, ref draft.TimeMicros);
            case Field.CreatedAt:
                return TryTime(at, draft.Unit, ref draft.CreatedAtMicros);
            case Field.ReceivedAt:
                return TryTime(at, TimestampUnit.Milliseconds, ref draft.ReceivedAtMicros);
            case Field.SequenceNumber:
                return TryInteger(at, ref draft.SequenceNumber);
            case Field.Version:
                return TryVersion(at, ref draft.Model);
            case Field.Quality:
                return TryQuality(at, end, loadEnd, ref draft.Quality);
            case Field.Flags:
                return flags.TryRecall(at, end, ref draft.Flags);
            default:
                return null;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryName(byte* at, byte* end, byte* loadEnd, ref Utf8Text name)
    {
        var quote = *at == '"' ? FieldText.FindQuote(at + 1, end, loadEnd) : null;
        if (quote == null || !FieldText.IsName(at + 1, quote - at - 1))
        {
            return null;
        }

        name = new Utf8Text(at + 1, (int)(quote - at - 1));
        return quote + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryTime(byte* at, TimestampUnit unit, ref long micros)
    {
        long value = 0;
        at = TryInteger(at, ref value);
        if (at == null || !WireTime.TryFromUnit(value, unit, out var inMicros))
        {
            return null;
        }

        micros = inMicros;
        return at;
    }

    /// <summary>A count without sign: leading zeros and fractions are for the grammar.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryInteger(byte* at, ref long value)
    {
        var digits = FieldText.Digits(at, out var read);
        if ((uint)(digits - 1) >= DigitsMax || (*at == '0' && digits > 1) || !Ends(at[digits]))
        {
            return null;
        }

        value = (long)read;
        return at + digits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Ends(byte next) => next is (byte)',' or (byte)'}' or (byte)' ';

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryVersion(byte* at, ref int model)
    {
        long value = 0;
        at = TryInteger(at, ref value);
        if (at == null || value > int.MaxValue)
        {
            return null;
        }

        model = (int)value;
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryQuality(byte* at, byte* end, byte* loadEnd, ref Quality quality)
    {
        // Nearly every reading is "Ok".
        if ((Unsafe.ReadUnaligned<uint>(at) | 0x0020_2000) == 0x226B_6F22)
        {
            quality = Quality.Good;
            return at + 4;
        }

        Utf8Text word = default;
        at = TryName(at, end, loadEnd, ref word);
        if (at != null)
        {
            quality = QualityClass.OfWord(word.Span);
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryValue(byte* at, byte* end, byte* loadEnd, ref ReadingDraft draft)
    {
        if (*at == '"')
        {
            draft.ValueKind = ValueKind.Symbol;
            return TryName(at, end, loadEnd, ref draft.Symbol);
        }

        var sign = *at == '-' ? 1 : 0;
        var first = at + sign;
        var digits = FieldText.Digits(first, out var mantissa);
        if ((uint)(digits - 1) >= DigitsMax || (*first == '0' && digits > 1))
        {
            return null;
        }

        var next = first + digits;
        var fractionDigits = 0;
        if (*next == '.' && next < loadEnd)
        {
            fractionDigits = FieldText.Digits(next + 1, out var fraction);
            if (fractionDigits == 0 || digits + fractionDigits > DigitsMax)
            {
                return null;
            }

            // 15 digits are below 2^53, and ten to the 15th is a double: one rounding, as JsonNumber says.
            mantissa = (mantissa * (ulong)JsonNumber.PowerOfTen(fractionDigits)) + fraction;
            next += 1 + fractionDigits;
        }

        if (!Ends(*next))
        {
            return null;
        }

        var value = fractionDigits == 0 ? mantissa : mantissa / JsonNumber.PowerOfTen(fractionDigits);
        draft.ValueKind = ValueKind.Number;
        draft.ValueBits = BitConverter.DoubleToInt64Bits(sign == 1 ? -value : value);
        return next;
    }
}
