using System.Globalization;
using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;

namespace HotPath.Delta;

/// <summary>
/// The value of each partition column, the same for all rows of a file. Values are of the .NET type nearest to the column:
/// string, bool, sbyte, short, int, long, float, double, decimal, DateOnly (or int, days since 1970), DateTimeOffset (or
/// long, microseconds since 1970), byte[]. Null and the empty string are the same to Delta.
/// </summary>
public sealed class PartitionValues
{
    private readonly (string Column, object? Value)[] _values;

    private PartitionValues((string Column, object? Value)[] values) => _values = values;

    /// <summary>For tables without partition columns.</summary>
    public static PartitionValues None { get; } = new([]);

    public static PartitionValues Of(params (string Column, object? Value)[] values) => new(values);

    /// <summary>The values as the log spells them, in the order of the partition columns.</summary>
    /// <exception cref="DeltaException">A column is missing, is no partition column, or its value is of another type.</exception>
    internal IReadOnlyList<KeyValuePair<string, string?>> ToLog(TableSchema schema, IReadOnlyList<string> partitionColumns)
    {
        if (_values.Length != partitionColumns.Count)
        {
            throw new DeltaException(
                $"The table is partitioned by ({string.Join(", ", partitionColumns)}); {_values.Length} values were given.");
        }

        var texts = new List<KeyValuePair<string, string?>>(partitionColumns.Count);
        foreach (var name in partitionColumns)
        {
            var at = Array.FindIndex(_values, value => string.Equals(value.Column, name, StringComparison.OrdinalIgnoreCase));
            if (at < 0)
            {
                throw new DeltaException($"No value was given for the partition column '{name}'.");
            }

            var field = schema.Find(name);
            if (field?.Type is not { } type)
            {
                throw new DeltaException($"The partition column '{name}' is of a type that this library does not write.");
            }

            var text = PartitionText.Format(_values[at].Value, type, name);
            if (text is null && !field.Nullable)
            {
                throw new DeltaException($"The partition column '{name}' is not nullable and was given null or nothing.");
            }

            texts.Add(new(name, text));
        }

        return texts;
    }
}

/// <summary>Partition values as text, as the section "Partition Value Serialization" of the Delta protocol has it.</summary>
internal static class PartitionText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null for null and for what is empty.</summary>
    public static string? Format(object? value, ColumnType type, string column)
    {
        var text = (type.Kind, value) switch
        {
            (_, null) => null,
            (ColumnKind.String, string given) => given,
            (ColumnKind.Boolean, bool given) => given ? "true" : "false",
            (ColumnKind.Byte, sbyte given) => Whole(given),
            (ColumnKind.Short, sbyte or short) or (ColumnKind.Integer, sbyte or short or int)
                or (ColumnKind.Long, sbyte or short or int or long) => Whole(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
            (ColumnKind.Float, float given) => Real(given, given.ToString("R", CultureInfo.InvariantCulture)),
            (ColumnKind.Double, double given) => Real(given, given.ToString("R", CultureInfo.InvariantCulture)),
            (ColumnKind.Date, DateOnly given) => DeltaTime.Date(DeltaTime.DaysOf(given)),
            (ColumnKind.Date, int days) => DeltaTime.Date(days) ?? throw OutOfRange(column),
            (ColumnKind.Timestamp, DateTimeOffset given) => DeltaTime.Micros(DeltaTime.MicrosOf(given), 'T', "Z"),
            (ColumnKind.Timestamp, long micros) => DeltaTime.Micros(micros, 'T', "Z") ?? throw OutOfRange(column),
            (ColumnKind.TimestampNtz, DateTime given) =>
                DeltaTime.Micros((given.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond, ' ', ""),
            (ColumnKind.TimestampNtz, long micros) => DeltaTime.Micros(micros, ' ', "") ?? throw OutOfRange(column),
            (ColumnKind.Decimal, Int128 unscaled) => DecimalText.Format(unscaled, type.Scale),
            (ColumnKind.Decimal, decimal given) => Decimal(given, type, column),
            (ColumnKind.Binary, byte[] bytes) => Text(bytes, column),
            _ => throw new DeltaException(
                $"The partition column '{column}' is of type {type}; a value of {value.GetType().Name} was given."),
        };
        return string.IsNullOrEmpty(text) ? null : text;
    }

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>As Java's toString: always a point, an exponent from 10^7 on and below 10^-3.</summary>
    private static string Real(double value, string shortest)
    {
        if (!double.IsFinite(value) || value == 0)
        {
            return double.IsNaN(value) ? "NaN" : value switch
            {
                double.PositiveInfinity => "Infinity",
                double.NegativeInfinity => "-Infinity",
                _ => double.IsNegative(value) ? "-0.0" : "0.0",
            };
        }

        var sign = value < 0 ? "-" : "";
        var text = shortest.TrimStart('-');
        var exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = exponentAt < 0 ? 0 : int.Parse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var magnitude = (point < 0 ? mantissa.Length : point) + exponent;
        var leading = digits.Length - digits.TrimStart('0').Length;
        digits = digits.Trim('0');
        magnitude -= leading;

        // The value is 0.digits times ten to the magnitude.
        if (magnitude is > -3 and <= 7)
        {
            return magnitude <= 0
                ? $"{sign}0.{new string('0', -magnitude)}{digits}"
                : digits.Length <= magnitude
                    ? $"{sign}{digits.PadRight(magnitude, '0')}.0"
                    : $"{sign}{digits[..magnitude]}.{digits[magnitude..]}";
        }

        var fraction = digits.Length > 1 ? digits[1..] : "0";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}.{fraction}E{magnitude - 1}");
    }

    private static string Decimal(decimal value, ColumnType type, string column) =>
        DecimalText.TryParse(value.ToString(CultureInfo.InvariantCulture), type.Scale, out var unscaled)
            ? DecimalText.Format(unscaled, type.Scale)
            : throw new DeltaException($"The partition column '{column}' is {type}, which cannot hold {value}.");

    private static string Text(byte[] bytes, string column)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException fault)
        {
            throw new DeltaException(
                $"The partition column '{column}' was given bytes that are no UTF-8; the log has no form for them.", fault);
        }
    }

    private static DeltaException OutOfRange(string column) =>
        new($"The partition column '{column}' was given a time outside of the years 1 to 9999.");
}
