using HotPath.Delta.Columns;

namespace HotPath.Delta;

/// <summary>
/// Sorts rows of several batches by some columns; rows that are equal in them keep their order. Nulls come first, NaN last,
/// text in the order of its bytes. All rows are in memory; owned by one thread.
/// </summary>
internal static class RowOrder
{
    private const int BatchRows = 1 << 16;

    /// <summary>Batches of sorted rows, each made when it is asked for.</summary>
    public static IEnumerable<ColumnBatch> Sort(List<ColumnBatch> batches, IReadOnlyList<Column> columns, List<int> order)
    {
        var rows = ColumnGathering.Concatenate(batches, columns);
        var numbers = new int[rows.RowCount];
        for (var row = 0; row < numbers.Length; row++)
        {
            numbers[row] = row;
        }

        // The row's number as the last key makes an unstable sort a stable one.
        Array.Sort(numbers, (one, other) =>
        {
            foreach (var index in order)
            {
                var compared = Compare(rows.Vectors[index], one, other);
                if (compared != 0)
                {
                    return compared;
                }
            }

            return one.CompareTo(other);
        });
        for (var start = 0; start < numbers.Length; start += BatchRows)
        {
            yield return RowSelection.Take(rows, numbers[start..Math.Min(start + BatchRows, numbers.Length)]);
        }
    }

    private static int Compare(ColumnVector vector, int one, int other)
    {
        var isOne = vector.IsPresent(one);
        var isOther = vector.IsPresent(other);
        if (!isOne || !isOther)
        {
            return isOne.CompareTo(isOther);
        }

        return vector.Form switch
        {
            ColumnForm.Longs => vector.LongValues[one].CompareTo(vector.LongValues[other]),
            ColumnForm.Integers => vector.IntegerValues[one].CompareTo(vector.IntegerValues[other]),
            ColumnForm.Doubles => CompareReal(vector.DoubleValues[one], vector.DoubleValues[other]),
            ColumnForm.Floats => CompareReal(vector.FloatValues[one], vector.FloatValues[other]),
            ColumnForm.Booleans => vector.BooleanValues[one].CompareTo(vector.BooleanValues[other]),
            ColumnForm.Decimals => vector.DecimalValues[one].CompareTo(vector.DecimalValues[other]),
            _ => vector.BytesAt(one).SequenceCompareTo(vector.BytesAt(other)),
        };
    }

    private static int CompareReal(double one, double other) => double.IsNaN(one) || double.IsNaN(other)
        ? double.IsNaN(one).CompareTo(double.IsNaN(other))
        : one.CompareTo(other);
}
