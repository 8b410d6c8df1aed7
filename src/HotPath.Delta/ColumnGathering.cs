using HotPath.Delta.Columns;

namespace HotPath.Delta;

/// <summary>Puts batches of the same columns together as one.</summary>
internal static class ColumnGathering
{
    public static ColumnBatch Concatenate(List<ColumnBatch> batches, IReadOnlyList<Column> columns)
    {
        var rows = checked((int)batches.Sum(static batch => (long)batch.RowCount));
        var vectors = new ColumnVector[columns.Count];
        for (var index = 0; index < vectors.Length; index++)
        {
            var parts = batches.Where(static batch => batch.RowCount > 0).Select(batch => batch.Vectors[index]).ToList();
            vectors[index] = Concatenate(parts, columns[index].Type.Kind, rows);
        }

        return new ColumnBatch(vectors, rows);
    }

    private static ColumnVector Concatenate(List<ColumnVector> parts, ColumnKind kind, int rows)
    {
        var validity = Validity(parts, rows);
        switch (kind)
        {
            case ColumnKind.Boolean:
                return ColumnVector.Booleans(Values(parts, rows, static part => part.BooleanValues), validity);
            case ColumnKind.Byte or ColumnKind.Short or ColumnKind.Integer or ColumnKind.Date:
                return ColumnVector.Integers(Values(parts, rows, static part => part.IntegerValues), validity);
            case ColumnKind.Long or ColumnKind.Timestamp or ColumnKind.TimestampNtz:
                return ColumnVector.Longs(Values(parts, rows, static part => part.LongValues), validity);
            case ColumnKind.Float:
                return ColumnVector.Floats(Values(parts, rows, static part => part.FloatValues), validity);
            case ColumnKind.Double:
                return ColumnVector.Doubles(Values(parts, rows, static part => part.DoubleValues), validity);
            case ColumnKind.Decimal:
                return ColumnVector.Decimals(Values(parts, rows, static part => part.DecimalValues), validity);
            default:
                return Codes(parts, rows);
        }
    }

    private delegate ReadOnlySpan<T> ValuesOf<T>(ColumnVector vector);

    private static T[] Values<T>(List<ColumnVector> parts, int rows, ValuesOf<T> valuesOf)
    {
        var values = new T[rows];
        var at = 0;
        foreach (var part in parts)
        {
            valuesOf(part).CopyTo(values.AsSpan(at));
            at += part.RowCount;
        }

        return values;
    }

    /// <summary>Text and binary as codes into all dictionaries and values one after the other: no value is copied twice.</summary>
    private static ColumnVector Codes(List<ColumnVector> parts, int rows)
    {
        var codes = new int[rows];
        var offsets = new List<int> { 0 };
        using var data = new MemoryStream();
        var row = 0;
        foreach (var part in parts)
        {
            var entryFirst = offsets.Count - 1;
            var byteFirst = checked((int)data.Length) - part.Offsets[0];
            data.Write(part.Data[part.Offsets[0]..part.Offsets[^1]]);
            foreach (var offset in part.Offsets[1..])
            {
                offsets.Add(byteFirst + offset);
            }

            for (var index = 0; index < part.RowCount; index++)
            {
                var entry = part.Form == ColumnForm.Codes ? part.CodeValues[index] : index;
                codes[row++] = part.IsPresent(index) ? entryFirst + entry : -1;
            }
        }

        return ColumnVector.Codes(codes, data.ToArray(), offsets.ToArray());
    }

    private static ulong[] Validity(List<ColumnVector> parts, int rows)
    {
        if (parts.TrueForAll(static part => part.Validity.IsEmpty))
        {
            return [];
        }

        var words = new ulong[(rows + 63) / 64];
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
