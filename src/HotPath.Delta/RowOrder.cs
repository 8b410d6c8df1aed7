using HotPath.Delta.Columns;

namespace HotPath.Delta;

/// <summary>
/// Sorts rows of several batches by some columns; rows that are equal in them keep their order. Nulls come first, NaN last,
/// text in the order of its bytes. All rows are in memory; owned by one thread.
/// </summary>
internal static class RowOrder
{
    private const int BatchRows = 1 << 16;

    /// <summary>
    /// Batches of sorted rows, each made when it is asked for and valid until the next one is. Batches that stand in their
    /// order already come as they are.
    /// </summary>
    public static IEnumerable<ColumnBatch> Sort(
        List<ColumnBatch> batches, IReadOnlyList<Column> columns, List<int> order, LentArrays arrays)
    {
        if (IsSorted(batches, order))
        {
            foreach (var batch in batches)
            {
                yield return batch;
            }

            yield break;
        }

        var rows = ColumnGathering.Concatenate(batches, columns, arrays);
        var numbers = Numbers(rows, order, arrays);
        var mark = arrays.Mark;
        for (var start = 0; start < rows.RowCount; start += BatchRows)
        {
            yield return RowSelection.Take(rows, numbers.Span[start..Math.Min(start + BatchRows, rows.RowCount)], arrays);
            arrays.TakeBack(mark);
        }
    }

    private static ReadOnlyMemory<int> Numbers(ColumnBatch rows, List<int> order, LentArrays arrays)
    {
        var numbers = arrays.Lend<int>(rows.RowCount).AsMemory(0, rows.RowCount);
        var span = numbers.Span;
        for (var row = 0; row < span.Length; row++)
        {
            span[row] = row;
        }

        // The row's number as the last key makes an unstable sort a stable one.
        span.Sort((one, other) => Compare(rows, one, rows, other, order) is var compared and not 0 ? compared : one.CompareTo(other));
        return numbers;
    }

    private static bool IsSorted(List<ColumnBatch> batches, List<int> order)
    {
        ColumnBatch? before = null;
        foreach (var batch in batches.Where(static batch => batch.RowCount > 0))
        {
            if (before is not null && Compare(before, before.RowCount - 1, batch, 0, order) > 0)
            {
                return false;
            }

            for (var row = 1; row < batch.RowCount; row++)
            {
                if (Compare(batch, row - 1, batch, row, order) > 0)
                {
                    return false;
                }
            }

            before = batch;
        }

        return true;
    }

    private static int Compare(ColumnBatch rows, int one, ColumnBatch others, int other, List<int> order)
    {
        foreach (var index in order)
        {
            var compared = Compare(rows.Vectors[index], one, others.Vectors[index], other);
            if (compared != 0)
            {
                return compared;
            }
        }

        return 0;
    }

    private static int Compare(ColumnVector vector, int one, ColumnVector others, int other)
    {
        if (ReferenceEquals(vector, others) && vector.Form == ColumnForm.Codes && vector.CodeValues[one] == vector.CodeValues[other])
        {
            return 0;
        }

        var isOne = vector.IsPresent(one);
        var isOther = others.IsPresent(other);
        if (!isOne || !isOther)
        {
            return isOne.CompareTo(isOther);
        }

        return vector.Form switch
        {
            ColumnForm.Longs => vector.LongValues[one].CompareTo(others.LongValues[other]),
            ColumnForm.Integers => vector.IntegerValues[one].CompareTo(others.IntegerValues[other]),
            ColumnForm.Doubles => CompareReal(vector.DoubleValues[one], others.DoubleValues[other]),
            ColumnForm.Floats => CompareReal(vector.FloatValues[one], others.FloatValues[other]),
            ColumnForm.Booleans => vector.BooleanValues[one].CompareTo(others.BooleanValues[other]),
            ColumnForm.Decimals => vector.DecimalValues[one].CompareTo(others.DecimalValues[other]),
            _ => vector.BytesAt(one).SequenceCompareTo(others.BytesAt(other)),
        };
    }

    private static int CompareReal(double one, double other) => double.IsNaN(one) || double.IsNaN(other)
        ? double.IsNaN(one).CompareTo(double.IsNaN(other))
        : one.CompareTo(other);
}
