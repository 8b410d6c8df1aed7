using HotPath.Delta.Columns;

namespace HotPath.Sink.Rows;

/// <summary>Rows of one table, and of one day where the table is partitioned by it. Belongs to the sink's thread.</summary>
internal abstract class TableRows
{
    private ColumnRows[] _columns = [];
    private ColumnBatch? _batch;

    public int Count => _columns[0].Count;

    /// <summary>In the order of the table's columns.</summary>
    protected void Declare(params ColumnRows[] columns) => _columns = columns;

    public ColumnBatch ToBatch()
    {
        foreach (var column in _columns)
        {
            column.Seal();
        }

        _batch ??= new ColumnBatch([.. _columns.Select(column => column.Vector)], Count);
        _batch.Reset(Count);
        return _batch;
    }

    public void Clear()
    {
        foreach (var column in _columns)
        {
            column.Clear();
        }
    }
}
