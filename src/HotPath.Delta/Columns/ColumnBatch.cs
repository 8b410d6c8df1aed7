namespace HotPath.Delta.Columns;

/// <summary>Some rows of a table: one vector per column, in the order of the table's columns, all of the same length.</summary>
public sealed class ColumnBatch
{
    public ColumnBatch(IReadOnlyList<ColumnVector> vectors, int rowCount)
    {
        Vectors = vectors;
        Reset(rowCount);
    }

    public IReadOnlyList<ColumnVector> Vectors { get; }

    public int RowCount { get; private set; }

    /// <summary>Says how many rows the vectors hold after they were set again. The same batch serves for many files.</summary>
    public void Reset(int rowCount)
    {
        foreach (var vector in Vectors)
        {
            if (vector.RowCount != rowCount)
            {
                throw new ArgumentException($"A vector of {vector.RowCount} rows stands in a batch of {rowCount}.", nameof(rowCount));
            }
        }

        RowCount = rowCount;
    }
}
