using HotPath.Delta.Columns;

namespace HotPath.Delta;

/// <summary>Puts batches of the same columns together as one, in arrays that its caller takes back.</summary>
internal static class ColumnGathering
{
    public static ColumnBatch Concatenate(List<ColumnBatch> batches, IReadOnlyList<Column> columns, LentArrays arrays)
    {
        var rows = checked((int)batches.Sum(static batch => (long)batch.RowCount));
        var vectors = new ColumnVector[columns.Count];
        for (var index = 0; index < vectors.Length; index++)
        {
            var parts = batches.Where(static batch => batch.RowCount > 0).Select(batch => batch.Vectors[index]).ToList();
            vectors[index] = Concatenate(parts, columns[index].Type.Kind, rows, arrays);
        }

        return new ColumnBatch(vectors, rows);
    }

    private static ColumnVector Concatenate(List<ColumnVector> parts, ColumnKind kind, int rows, LentArrays arrays)
    {
        var validity = Validity(parts, rows, arrays);
        switch (kind)
        {
            case ColumnKind.Boolean:
                return ColumnVector.Booleans(Values(parts, rows, arrays, static part => part.BooleanValues), validity);
            case ColumnKind.Byte or ColumnKind.Short or ColumnKind.Integer or ColumnKind.Date:
                return ColumnVector.Integers(Values(parts, rows, arrays, static part => part.IntegerValues), validity);
            case ColumnKind.Long or ColumnKind.Timestamp or ColumnKind.TimestampNtz:
                return ColumnVector.Longs(Values(parts, rows, arrays, static part => part.LongValues), validity);
            case ColumnKind.Float:
                return ColumnVector.Floats(Values(parts, rows, arrays, static part => part.FloatValues), validity);
            case ColumnKind.Double:
                return ColumnVector.Doubles(Values(parts, rows, arrays, static part => part.DoubleValues), validity);
            case ColumnKind.Decimal:
                return ColumnVector.Decimals(Values(parts, rows, arrays, static part => part.DecimalValues), validity);
            default:
                return Codes(parts, rows, arrays);
        }
    }

    private delegate ReadOnlySpan<T> ValuesOf<T>(ColumnVector vector);

    private static ReadOnlyMemory<T> Values<T>(List<ColumnVector> parts, int rows, LentArrays arrays, ValuesOf<T> valuesOf)
        where T : unmanaged
    {
        var values = arrays.Lend<T>(rows);
        var at = 0;
        foreach (var part in parts)
        {
            valuesOf(part).CopyTo(values.AsSpan(at));
            at += part.RowCount;
        }

        return values.AsMemory(0, rows);
    }

    /// <summary>Text and binary as codes into all dictionaries and values one after the other: no value is copied twice.</summary>
    private static ColumnVector Codes(List<ColumnVector> parts, int rows, LentArrays arrays)
    {
        var entries = checked((int)parts.Sum(static part => part.Offsets.Length - 1L));
        var bytes = checked((int)parts.Sum(static part => (long)part.Offsets[^1] - part.Offsets[0]));
        var codes = arrays.Lend<int>(rows);
        var offsets = arrays.Lend<int>(entries + 1);
        var data = arrays.Lend<byte>(bytes);
        var (row, entry, at) = (0, 0, 0);
        offsets[0] = 0;
        foreach (var part in parts)
        {
            for (var index = 0; index < part.RowCount; index++)
            {
                var own = part.Form == ColumnForm.Codes ? part.CodeValues[index] : index;
                codes[row++] = part.IsPresent(index) ? entry + own : -1;
            }

            var partOffsets = part.Offsets;
            part.Data[partOffsets[0]..partOffsets[^1]].CopyTo(data.AsSpan(at));
            foreach (var offset in partOffsets[1..])
            {
                offsets[++entry] = at + offset - partOffsets[0];
            }

            at = offsets[entry];
        }

        return ColumnVector.Codes(codes.AsMemory(0, rows), data.AsMemory(0, bytes), offsets.AsMemory(0, entries + 1));
    }

    private static ReadOnlyMemory<ulong> Validity(List<ColumnVector> parts, int rows, LentArrays arrays)
    {
        if (parts.TrueForAll(static part => part.Validity.IsEmpty))
        {
            return default;
        }

        var words = arrays.LendZeroed<ulong>((rows + 63) / 64);
        var row = 0;
        foreach (var part in parts)
        {
            for (var index = 0; index < part.RowCount; index++, row++)
            {
                if (part.IsPresent(index))
                {
                    words[row >> 6] |= 1UL << (row & 63);
                }
            }
        }

        return words;
    }
}
