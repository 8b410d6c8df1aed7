using System.Globalization;
using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;

namespace HotPath.Delta;

/// <summary>A column that has one value in all rows: a partition value read from its text in the log, or null.</summary>
internal static class ConstantColumn
{
    /// <exception cref="DeltaException">The text is no value of the column's type.</exception>
    public static ColumnVector Of(TableField field, string? text, int rows)
    {
        var type = field.Type!.Value;
        var isNull = text is null || (text.Length == 0 && type.Kind is not (ColumnKind.String or ColumnKind.Binary));
        var none = isNull ? new ulong[(rows + 63) / 64] : default(ReadOnlyMemory<ulong>);
        switch (type.Kind)
        {
            case ColumnKind.String or ColumnKind.Binary:
                // One entry of the dictionary, or -1: null.
                var bytes = Encoding.UTF8.GetBytes(text ?? "");
                return ColumnVector.Codes(Filled(rows, isNull ? -1 : 0), bytes, new[] { 0, bytes.Length });
            case ColumnKind.Boolean:
                return ColumnVector.Booleans(Filled(rows, !isNull && Parse(bool.TryParse(text, out var flag), flag, field, text)), none);
            case ColumnKind.Float:
                return ColumnVector.Floats(Filled(rows, isNull ? 0 : (float)Real(field, text!)), none);
            case ColumnKind.Double:
                return ColumnVector.Doubles(Filled(rows, isNull ? 0 : Real(field, text!)), none);
            case ColumnKind.Decimal:
                var unscaled = default(Int128);
                _ = isNull || Parse(DecimalText.TryParse(text!, type.Scale, out unscaled), true, field, text);
                return ColumnVector.Decimals(Filled(rows, unscaled), none);
            case ColumnKind.Long:
                return ColumnVector.Longs(Filled(rows, isNull ? 0 : Whole(field, text!)), none);
            case ColumnKind.Timestamp or ColumnKind.TimestampNtz:
                return ColumnVector.Longs(Filled(rows, isNull ? 0 : Micros(field, text!)), none);
            case ColumnKind.Date:
                return ColumnVector.Integers(Filled(rows, isNull ? 0 : Days(field, text!)), none);
            default:
                return ColumnVector.Integers(Filled(rows, isNull ? 0 : checked((int)Whole(field, text!))), none);
        }
    }

    private static T[] Filled<T>(int rows, T value)
    {
        var values = new T[rows];
        Array.Fill(values, value);
        return values;
    }

    private static long Whole(TableField field, string text) => Parse(
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value), value, field, text);

    private static double Real(TableField field, string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => Parse(double.TryParse(text, CultureInfo.InvariantCulture, out var value), value, field, text),
    };

    private static int Days(TableField field, string text) => Parse(
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date),
        DeltaTime.DaysOf(date),
        field,
        text);

    // Without a zone the text is of UTC, as the protocol says for the form with a space.
    private static long Micros(TableField field, string text) => Parse(
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time),
        DeltaTime.MicrosOf(time),
        field,
        text);

    private static T Parse<T>(bool isParsed, T value, TableField field, string? text) => isParsed
        ? value
        : throw new DeltaException($"'{text}' is no value of the partition column '{field.Name} {field.Type}'.");
}
