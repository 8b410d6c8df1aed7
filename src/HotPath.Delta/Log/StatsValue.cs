using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.Delta.Columns;

namespace HotPath.Delta.Log;

/// <summary>Single values of statistics: from the JSON of an add action, and as the boxes that rows of checkpoints are made of.</summary>
internal static class StatsValue
{
    /// <summary>False for null and for whatever is no value of the type.</summary>
    public static bool TryParse(JsonElement json, ColumnType type, out ColumnValue value)
    {
        value = default;
        var text = json.ValueKind switch
        {
            JsonValueKind.String => json.GetString()!,
            JsonValueKind.Number => json.GetRawText(),
            _ => null,
        };
        return text is not null && TryParse(text, type, out value);
    }

    /// <summary>A value as a box: bool, long, double, Int128 or string; the shape of a leaf says which is meant.</summary>
    public static object Of(ColumnValue value, ColumnType type) => type.Kind switch
    {
        ColumnKind.Boolean => value.Integer != 0,
        ColumnKind.Float or ColumnKind.Double => value.Real,
        ColumnKind.Decimal => value.Unscaled,
        ColumnKind.String or ColumnKind.Binary => Encoding.UTF8.GetString(value.Bytes.Span),
        _ => value.Integer,
    };

    /// <summary>A value of a column that is present.</summary>
    public static ColumnValue ToValue(ColumnVector column, int row) => column.Form switch
    {
        ColumnForm.Longs => ColumnValue.OfInteger(column.LongValues[row]),
        ColumnForm.Integers => ColumnValue.OfInteger(column.IntegerValues[row]),
        ColumnForm.Doubles => ColumnValue.OfReal(column.DoubleValues[row]),
        ColumnForm.Floats => ColumnValue.OfReal(column.FloatValues[row]),
        ColumnForm.Booleans => ColumnValue.OfInteger(column.BooleanValues[row] ? 1 : 0),
        ColumnForm.Decimals => ColumnValue.OfUnscaled(column.DecimalValues[row]),
        _ => ColumnValue.OfBytes(column.BytesAt(row).ToArray()),
    };

    private static bool TryParse(string text, ColumnType type, out ColumnValue value)
    {
        value = default;
        switch (type.Kind)
        {
            case ColumnKind.Float or ColumnKind.Double:
                var isReal = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real);
                value = ColumnValue.OfReal(real);
                return isReal;
            case ColumnKind.Decimal:
                var isExact = DecimalText.TryParse(text, type.Scale, out var unscaled);
                value = ColumnValue.OfUnscaled(unscaled);
                return isExact;
            case ColumnKind.String:
                value = ColumnValue.OfBytes(Encoding.UTF8.GetBytes(text));
                return true;
            case ColumnKind.Date:
                var isDate = DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
                value = ColumnValue.OfInteger(isDate ? DeltaTime.DaysOf(date) : 0);
                return isDate;
            case ColumnKind.Timestamp or ColumnKind.TimestampNtz:
                var isTime = DateTimeOffset.TryParse(
                    text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);
                value = ColumnValue.OfInteger(isTime ? DeltaTime.MicrosOf(time) : 0);
                return isTime;
            case ColumnKind.Boolean or ColumnKind.Binary:
                return false;
            default:
                var isWhole = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole);
                value = ColumnValue.OfInteger(whole);
                return isWhole;
        }
    }
}
