using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace HotPath.Delta.Columns;

/// <summary>A primitive Delta type. Precision and scale count for decimals only and are 0 elsewhere.</summary>
public readonly record struct ColumnType(ColumnKind Kind, int Precision = 0, int Scale = 0)
{
    /// <summary>The most digits a decimal may have: 10^38 - 1 is the largest power that 16 bytes hold.</summary>
    public const int PrecisionMax = 38;

    private static readonly (ColumnKind Kind, string Name)[] Names =
    [
        (ColumnKind.Boolean, "boolean"),
        (ColumnKind.Byte, "byte"),
        (ColumnKind.Short, "short"),
        (ColumnKind.Integer, "integer"),
        (ColumnKind.Long, "long"),
        (ColumnKind.Float, "float"),
        (ColumnKind.Double, "double"),
        (ColumnKind.Date, "date"),
        (ColumnKind.Timestamp, "timestamp"),
        (ColumnKind.TimestampNtz, "timestamp_ntz"),
        (ColumnKind.String, "string"),
        (ColumnKind.Binary, "binary"),
    ];

    public static ColumnType Boolean => new(ColumnKind.Boolean);

    public static ColumnType Byte => new(ColumnKind.Byte);

    public static ColumnType Short => new(ColumnKind.Short);

    public static ColumnType Integer => new(ColumnKind.Integer);

    public static ColumnType Long => new(ColumnKind.Long);

    public static ColumnType Float => new(ColumnKind.Float);

    public static ColumnType Double => new(ColumnKind.Double);

    public static ColumnType Date => new(ColumnKind.Date);

    public static ColumnType Timestamp => new(ColumnKind.Timestamp);

    public static ColumnType TimestampNtz => new(ColumnKind.TimestampNtz);

    public static ColumnType String => new(ColumnKind.String);

    public static ColumnType Binary => new(ColumnKind.Binary);

    public static ColumnType Decimal(int precision, int scale)
    {
        if (!IsDecimal(precision, scale))
        {
            throw new ArgumentOutOfRangeException(
                nameof(precision), $"decimal({precision},{scale}) is no Delta type: 1 <= precision <= 38, 0 <= scale <= precision.");
        }

        return new ColumnType(ColumnKind.Decimal, precision, scale);
    }

    /// <summary>Reads a type name of a Delta schema: <c>long</c>, <c>decimal(10,2)</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out ColumnType type)
    {
        foreach (var (kind, known) in Names)
        {
            if (known == name)
            {
                type = new ColumnType(kind);
                return true;
            }
        }

        type = default;
        return name is not null && TryParseDecimal(name, out type);
    }

    /// <summary>The type's name in a Delta schema.</summary>
    public override string ToString()
    {
        foreach (var (kind, name) in Names)
        {
            if (kind == Kind)
            {
                return name;
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"decimal({Precision},{Scale})");
    }

    // Spark also writes and reads the bare word: decimal without digits is decimal(10,0).
    private static bool TryParseDecimal(string name, out ColumnType type)
    {
        type = default;
        if (name == "decimal")
        {
            type = new ColumnType(ColumnKind.Decimal, 10, 0);
            return true;
        }

        if (!name.StartsWith("decimal(", StringComparison.Ordinal) || !name.EndsWith(')'))
        {
            return false;
        }

        var digits = name.AsSpan("decimal(".Length..^1);
        var comma = digits.IndexOf(',');
        if (comma < 0
            || !TryParseCount(digits[..comma], out var precision)
            || !TryParseCount(digits[(comma + 1)..], out var scale)
            || !IsDecimal(precision, scale))
        {
            return false;
        }

        type = new ColumnType(ColumnKind.Decimal, precision, scale);
        return true;
    }

    private static bool TryParseCount(ReadOnlySpan<char> text, out int count) =>
        int.TryParse(text.Trim(' '), NumberStyles.None, CultureInfo.InvariantCulture, out count);

    private static bool IsDecimal(int precision, int scale) =>
        precision is >= 1 and <= PrecisionMax && scale >= 0 && scale <= precision;
}
