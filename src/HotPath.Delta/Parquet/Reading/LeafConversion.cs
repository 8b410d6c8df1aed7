using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>
/// Turns stored values into those of a Delta type: units of time, decimals, and the widenings that Delta allows between
/// the type of an old file and that of the table.
/// </summary>
internal static class LeafConversion
{
    public static ColumnVector Convert(ParquetNode leaf, ColumnVector values, ColumnType wanted, ReadBudget budget)
    {
        if (leaf.ColumnType is not { } stored)
        {
            throw Refused(leaf, wanted);
        }

        return wanted.Kind switch
        {
            ColumnKind.Boolean when stored.Kind == ColumnKind.Boolean => values,
            ColumnKind.Byte or ColumnKind.Short or ColumnKind.Integer when IsWhole(stored) && stored.Kind <= wanted.Kind => values,
            ColumnKind.Long when IsWhole(stored) => ToLongs(values, budget),
            ColumnKind.Date when stored.Kind == ColumnKind.Date => values,
            ColumnKind.Timestamp or ColumnKind.TimestampNtz => ToTimestamps(leaf, stored, values, wanted, budget),
            ColumnKind.Float when stored.Kind == ColumnKind.Float => values,
            ColumnKind.Double => ToDoubles(leaf, stored, values, budget),
            ColumnKind.Decimal => ToDecimals(leaf, stored, values, wanted, budget),
            ColumnKind.String or ColumnKind.Binary when stored.Kind is ColumnKind.String or ColumnKind.Binary => values,
            _ => throw Refused(leaf, wanted),
        };
    }

    private static bool IsWhole(ColumnType type) =>
        type.Kind is ColumnKind.Byte or ColumnKind.Short or ColumnKind.Integer or ColumnKind.Long;

    private static ParquetFormatException Refused(ParquetNode leaf, ColumnType wanted) =>
        new($"its {leaf.PhysicalType} ({leaf.Logical}) cannot be read as {wanted}");

    private static ColumnVector ToLongs(ColumnVector values, ReadBudget budget)
    {
        if (values.Form == ColumnForm.Longs)
        {
            return values;
        }

        var longs = budget.Make<long>(values.RowCount).AsMemory(0, values.RowCount);
        IntegerRange.Widen(values.IntegerValues, longs.Span);
        return ColumnVector.Longs(longs);
    }

    private static ColumnVector ToTimestamps(
        ParquetNode leaf, ColumnType stored, ColumnVector values, ColumnType wanted, ReadBudget budget)
    {
        if (stored.Kind is not (ColumnKind.Timestamp or ColumnKind.TimestampNtz))
        {
            throw Refused(leaf, wanted);
        }

        if (leaf.PhysicalType == PhysicalType.Int96 || leaf.Unit == TimeUnit.Micros)
        {
            return values;
        }

        var micros = budget.Make<long>(values.RowCount);
        var source = values.LongValues;
        for (var i = 0; i < source.Length; i++)
        {
            micros[i] = leaf.Unit == TimeUnit.Millis ? unchecked(source[i] * 1000) : TimestampUnits.MicrosOfNanos(source[i]);
        }

        return ColumnVector.Longs(micros.AsMemory(0, source.Length));
    }

    private static ColumnVector ToDoubles(ParquetNode leaf, ColumnType stored, ColumnVector values, ReadBudget budget)
    {
        if (stored.Kind == ColumnKind.Double)
        {
            return values;
        }

        var doubles = budget.Make<double>(values.RowCount);
        if (stored.Kind == ColumnKind.Float)
        {
            var floats = values.FloatValues;
            for (var i = 0; i < floats.Length; i++)
            {
                doubles[i] = floats[i];
            }
        }
        else if (stored.Kind is ColumnKind.Byte or ColumnKind.Short or ColumnKind.Integer)
        {
            var integers = values.IntegerValues;
            for (var i = 0; i < integers.Length; i++)
            {
                doubles[i] = integers[i];
            }
        }
        else
        {
            throw Refused(leaf, ColumnType.Double);
        }

        return ColumnVector.Doubles(doubles.AsMemory(0, values.RowCount));
    }

    private static ColumnVector ToDecimals(
        ParquetNode leaf, ColumnType stored, ColumnVector values, ColumnType wanted, ReadBudget budget)
    {
        if ((stored.Kind != ColumnKind.Decimal && !IsWhole(stored)) || stored.Scale > wanted.Scale)
        {
            throw Refused(leaf, wanted);
        }

        var factor = Int128.One;
        for (var i = stored.Scale; i < wanted.Scale; i++)
        {
            factor *= 10;
        }

        var decimals = budget.Make<Int128>(values.RowCount);
        for (var i = 0; i < values.RowCount; i++)
        {
            decimals[i] = unchecked(Unscaled(values, i) * factor);
        }

        return ColumnVector.Decimals(decimals.AsMemory(0, values.RowCount));
    }

    private static Int128 Unscaled(ColumnVector values, int i) => values.Form switch
    {
        ColumnForm.Integers => values.IntegerValues[i],
        ColumnForm.Longs => values.LongValues[i],
        _ => DecimalBytes.TryRead(values.BytesAt(i), out var unscaled)
            ? unscaled
            : throw new ParquetFormatException("a decimal is wider than 128 bits"),
    };
}
