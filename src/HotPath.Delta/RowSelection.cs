using HotPath.Delta.Columns;

namespace HotPath.Delta;

/// <summary>Some rows of a batch, in any order, as a batch of its own. Owned by one thread.</summary>
internal static class RowSelection
{
    /// <param name="batch">Rows that follow each other in a file.</param>
    /// <param name="deleted">Numbers of rows in the file, rising.</param>
    /// <param name="rowFirst">The number of the batch's first row in the file.</param>
    public static ColumnBatch Without(ColumnBatch batch, long[] deleted, long rowFirst)
    {
        var from = Array.BinarySearch(deleted, rowFirst);
        from = from < 0 ? ~from : from;
        if (from == deleted.Length || deleted[from] >= rowFirst + batch.RowCount)
        {
            return batch;
        }

        var rows = new List<int>(batch.RowCount);
        for (var row = 0; row < batch.RowCount; row++)
        {
            if (from < deleted.Length && deleted[from] == rowFirst + row)
            {
                from++;
            }
            else
            {
                rows.Add(row);
            }
        }

        return Take(batch, [.. rows]);
    }

    public static ColumnBatch Take(ColumnBatch batch, int[] rows) =>
        new([.. batch.Vectors.Select(vector => Take(vector, rows))], rows.Length);

    private static ColumnVector Take(ColumnVector vector, int[] rows)
    {
        var validity = Validity(vector, rows);
        switch (vector.Form)
        {
            case ColumnForm.Longs:
                return ColumnVector.Longs(Gather(vector.LongValues, rows), validity);
            case ColumnForm.Integers:
                return ColumnVector.Integers(Gather(vector.IntegerValues, rows), validity);
            case ColumnForm.Doubles:
                return ColumnVector.Doubles(Gather(vector.DoubleValues, rows), validity);
            case ColumnForm.Floats:
                return ColumnVector.Floats(Gather(vector.FloatValues, rows), validity);
            case ColumnForm.Booleans:
                return ColumnVector.Booleans(Gather(vector.BooleanValues, rows), validity);
            case ColumnForm.Decimals:
                return ColumnVector.Decimals(Gather(vector.DecimalValues, rows), validity);
            case ColumnForm.Codes:
                return ColumnVector.Codes(
                    Gather(vector.CodeValues, rows), vector.Data.ToArray(), vector.Offsets.ToArray());
            default:
                return TakeBytes(vector, rows, validity);
        }
    }

    private static ColumnVector TakeBytes(ColumnVector vector, int[] rows, ulong[] validity)
    {
        var offsets = new int[rows.Length + 1];
        for (var index = 0; index < rows.Length; index++)
        {
            offsets[index + 1] = checked(offsets[index] + vector.BytesAt(rows[index]).Length);
        }

        var data = new byte[offsets[^1]];
        for (var index = 0; index < rows.Length; index++)
        {
            vector.BytesAt(rows[index]).CopyTo(data.AsSpan(offsets[index]));
        }

        return ColumnVector.Bytes(data, offsets, validity);
    }

    private static T[] Gather<T>(ReadOnlySpan<T> values, int[] rows)
    {
        var gathered = new T[rows.Length];
        for (var index = 0; index < rows.Length; index++)
        {
            gathered[index] = values[rows[index]];
        }

        return gathered;
    }

    private static ulong[] Validity(ColumnVector vector, int[] rows)
    {
        if (vector.Validity.IsEmpty)
        {
            return [];
        }

        var words = new ulong[(rows.Length + 63) / 64];
        for (var index = 0; index < rows.Length; index++)
        {
            if (vector.IsPresent(rows[index]))
            {
                words[index >> 6] |= 1UL << (index & 63);
            }
        }

        return words;
    }
}
