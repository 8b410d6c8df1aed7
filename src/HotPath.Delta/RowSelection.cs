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

        return Take(batch, [.. rows], new LentArrays());
    }

    /// <summary>The rows of these numbers, in arrays that the caller takes back; dictionaries stay those of the batch.</summary>
    public static ColumnBatch Take(ColumnBatch batch, ReadOnlySpan<int> rows, LentArrays arrays)
    {
        var vectors = new ColumnVector[batch.Vectors.Count];
        for (var index = 0; index < vectors.Length; index++)
        {
            vectors[index] = Take(batch.Vectors[index], rows, arrays);
        }

        return new ColumnBatch(vectors, rows.Length);
    }

    private static ColumnVector Take(ColumnVector vector, ReadOnlySpan<int> rows, LentArrays arrays)
    {
        var validity = Validity(vector, rows, arrays);
        switch (vector.Form)
        {
            case ColumnForm.Longs:
                return ColumnVector.Longs(Gather(vector.LongValues, rows, arrays), validity);
            case ColumnForm.Integers:
                return ColumnVector.Integers(Gather(vector.IntegerValues, rows, arrays), validity);
            case ColumnForm.Doubles:
                return ColumnVector.Doubles(Gather(vector.DoubleValues, rows, arrays), validity);
            case ColumnForm.Floats:
                return ColumnVector.Floats(Gather(vector.FloatValues, rows, arrays), validity);
            case ColumnForm.Booleans:
                return ColumnVector.Booleans(Gather(vector.BooleanValues, rows, arrays), validity);
            case ColumnForm.Decimals:
                return ColumnVector.Decimals(Gather(vector.DecimalValues, rows, arrays), validity);
            case ColumnForm.Codes:
                return ColumnVector.Codes(Gather(vector.CodeValues, rows, arrays), vector.DataMemory, vector.OffsetsMemory);
            default:
                return TakeBytes(vector, rows, validity, arrays);
        }
    }

    private static ColumnVector TakeBytes(
        ColumnVector vector, ReadOnlySpan<int> rows, ReadOnlyMemory<ulong> validity, LentArrays arrays)
    {
        var offsets = arrays.Lend<int>(rows.Length + 1);
        offsets[0] = 0;
        for (var index = 0; index < rows.Length; index++)
        {
            offsets[index + 1] = checked(offsets[index] + vector.BytesAt(rows[index]).Length);
        }

        var bytes = offsets[rows.Length];
        var data = arrays.Lend<byte>(bytes);
        for (var index = 0; index < rows.Length; index++)
        {
            vector.BytesAt(rows[index]).CopyTo(data.AsSpan(offsets[index]));
        }

        return ColumnVector.Bytes(data.AsMemory(0, bytes), offsets.AsMemory(0, rows.Length + 1), validity);
    }

    private static ReadOnlyMemory<T> Gather<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> rows, LentArrays arrays)
        where T : unmanaged
    {
        var gathered = arrays.Lend<T>(rows.Length);
        for (var index = 0; index < rows.Length; index++)
        {
            gathered[index] = values[rows[index]];
        }

        return gathered.AsMemory(0, rows.Length);
    }

    private static ReadOnlyMemory<ulong> Validity(ColumnVector vector, ReadOnlySpan<int> rows, LentArrays arrays)
    {
        if (vector.Validity.IsEmpty)
        {
            return default;
        }

        var words = arrays.LendZeroed<ulong>((rows.Length + 63) / 64);
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
