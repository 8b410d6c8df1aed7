using System.Runtime.CompilerServices;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// The usual contents of a JSON reading's members, straight into the draft. Stateless. Takes the place of a value in
/// the text of <see cref="JsonQuotes"/> and the number of the next quote there, and returns the place behind the value,
/// or null for what is not usual: then the grammar decides, and fills the same fields.
/// </summary>
/// <remarks>
/// What ends behind <see cref="JsonQuotes.PlainEnd"/> does not count: the caller looks at that once, at the end. Behind
/// a number the caller finds what it expects there, or nothing counts.
/// </remarks>
internal static unsafe class JsonFields
{
    private const int DigitsMax = 15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* TryRead(
        Field field, byte* at, JsonQuotes quotes, ref int quote, FlagSets flags, ref ReadingDraft draft)
    {
        switch (field)
        {
            case Field.EquipmentId:
                return TryName(at, quotes, ref quote, ref draft.Equipment);
            case Field.Tag:
                return TryName(at, quotes, ref quote, ref draft.Tag);
            case Field.SourceId:
                return TryName(at, quotes, ref quote, ref draft.Source);
            case Field.Value:
                return TryValue(at, quotes, ref quote, ref draft);
            case Field.Timestamp:
                return TryTime(at, quotes, ref quote, draft.Unit, ref draft.TimeMicros);
            case Field.CreatedAt:
                return TryTime(at, quotes, ref quote, draft.Unit, ref draft.CreatedAtMicros);
            case Field.ReceivedAt:
                return TryTime(at, quotes, ref quote, TimestampUnit.Milliseconds, ref draft.ReceivedAtMicros);
            case Field.SequenceNumber:
                return TryInteger(at, ref draft.SequenceNumber);
            case Field.Version:
                return TryVersion(at, ref draft.Model);
            case Field.Quality:
                return TryQuality(at, quotes, ref quote, ref draft.Quality);
            case Field.Flags:
                at = flags.TryRecallLoadable(at, quotes.PlainEnd, ref draft.Flags, out var inside);
                quote += inside;
                return at;
            default:
                return null;
        }
    }

    /// <summary>A string, at its opening quote.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* TryText(byte* at, JsonQuotes quotes, ref int quote, ref Utf8Text text)
    {
        var opening = quote;
        quote += 2;
        if (quote > quotes.Count || quotes.Text + quotes.Places[opening] != at)
        {
            return null;
        }

        var closing = quotes.Text + quotes.Places[opening + 1];
        text = new Utf8Text(at + 1, (int)(closing - at - 1));
        return closing + 1;
    }

    /// <summary>A string that needs no trimming and is of a length that a name may have.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryName(byte* at, JsonQuotes quotes, ref int quote, ref Utf8Text name)
    {
        var next = TryText(at, quotes, ref quote, ref name);
        return next != null && FieldText.IsName(at + 1, next - at - 2) ? next : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryTime(byte* at, JsonQuotes quotes, ref int quote, TimestampUnit unit, ref long micros)
    {
        long value = 0;
        var next = TryInteger(at, ref value);
        return next != null && WireTime.TryFromUnit(value, unit, out micros) ? next : null;
    }

    /// <summary>A count without sign: leading zeros and fractions are for the grammar.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryInteger(byte* at, ref long value)
    {
        var digits = FieldText.Digits(at, out var read);
        value = (long)read;
        return (uint)(digits - 1) >= DigitsMax || (*at == '0' && digits > 1) ? null : at + digits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryVersion(byte* at, ref int model)
    {
        long value = 0;
        at = TryInteger(at, ref value);
        model = (int)value;
        return value <= int.MaxValue ? at : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryQuality(byte* at, JsonQuotes quotes, ref int quote, ref Quality quality)
    {
        Utf8Text word = default;
        var next = TryText(at, quotes, ref quote, ref word);

        // Nearly every reading is "Ok".
        quality = next == at + 4 && (Unsafe.ReadUnaligned<uint>(at) | 0x0020_2000) == 0x226B_6F22
            ? Quality.Good
            : next != null ? QualityClass.OfWord(word.Trimmed().Span) : Quality.Bad;
        return next;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryValue(byte* at, JsonQuotes quotes, ref int quote, ref ReadingDraft draft)
    {
        var sign = *at == '-' ? 1 : 0;
        var first = at + sign;
        var digits = FieldText.Digits(first, out var mantissa);
        if ((uint)(digits - 1) >= DigitsMax || (*first == '0' && digits > 1))
        {
            return TryOtherValue(at, quotes, Advanced(at, ref quote), ref draft);
        }

        var next = first + digits;
        var value = (double)mantissa;
        if (*next == '.')
        {
            var fractionDigits = FieldText.Digits(next + 1, out var fraction);
            if (fractionDigits == 0 || digits + fractionDigits > DigitsMax)
            {
                return TryOtherValue(at, quotes, Advanced(at, ref quote), ref draft);
            }

            // 15 digits are below 2^53, and ten to the 15th is a double: one rounding, as DecimalFloat says.
            value = ((mantissa * DecimalFloat.TenTo(fractionDigits)) + fraction) / DecimalFloat.RealTenTo(fractionDigits);
            next += 1 + fractionDigits;
        }

        if ((*next | 0x20) == 'e')
        {
            return TryOtherValue(at, quotes, Advanced(at, ref quote), ref draft);
        }

        draft.ValueKind = ValueKind.Number;
        draft.ValueBits = BitConverter.DoubleToInt64Bits(value) | ((long)sign << 63);
        return next;
    }

    /// <summary>The number of the value's quote; the next one is behind it, if the value is a string.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Advanced(byte* at, ref int quote)
    {
        var before = quote;
        quote += *at == '"' ? 2 : 0;
        return before;
    }

    /// <summary>A string, a long number, true or false.</summary>
    // The quote by value: a local whose address is taken lives in memory all along the object.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte* TryOtherValue(byte* at, JsonQuotes quotes, int quote, ref ReadingDraft draft)
    {
        if (*at == '"')
        {
            draft.ValueKind = ValueKind.Symbol;
            return TryName(at, quotes, ref quote, ref draft.Symbol);
        }

        // Safe because four bytes may be loaded. Worth it: a plant's states are half of its readings.
        var word = Unsafe.ReadUnaligned<uint>(at);
        if (word == 0x6575_7274 || (word == 0x736C_6166 && at[4] == 'e'))
        {
            draft.ValueKind = ValueKind.Bool;
            draft.ValueBits = word == 0x6575_7274 ? 1 : 0;
            return at + (word == 0x6575_7274 ? 4 : 5);
        }

        var next = at < quotes.PlainEnd ? JsonNumber.Read(at, quotes.PlainEnd, out var number) : Nothing(out number);
        draft.ValueKind = ValueKind.Number;
        draft.ValueBits = BitConverter.DoubleToInt64Bits(number.Real);
        return number.Kind == WireKind.NotFinite ? null : next;
    }

    private static byte* Nothing(out WireValue value)
    {
        value = default;
        return null;
    }
}
