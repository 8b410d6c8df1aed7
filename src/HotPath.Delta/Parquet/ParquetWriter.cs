using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Writing;

namespace HotPath.Delta.Parquet;

/// <summary>
/// Writes flat tables as Parquet, column by column and in one pass: batches become pages as they come, pages of one row
/// group wait in memory, and statistics are gathered on the way. One thread at a time. Nothing is allocated per row; with
/// <see cref="Reset"/> the buffers serve one file after the other. The stream is neither flushed nor closed.
/// </summary>
/// <example>
/// <code>
/// using var writer = new ParquetWriter(stream, columns, options);
/// writer.Write(batch);
/// var summary = writer.Close();
/// writer.Reset(nextStream);
/// </code>
/// </example>
public sealed class ParquetWriter : IDisposable
{
    // Rows go from column to column in slices, so that a row group can end near its limit of bytes.
    private const int SlicePages = 8;

    private readonly Column[] _columns;
    private readonly ParquetWriterOptions _options;
    private readonly FileWriter _file;
    private int _rowGroupRows;

    /// <exception cref="Compression.CodecMissingException">The codec's library is not installed.</exception>
    public ParquetWriter(Stream output, IReadOnlyList<Column> columns, ParquetWriterOptions? options = null)
    {
        if (columns.Count == 0)
        {
            throw new ArgumentException("A Parquet file has at least one column.", nameof(columns));
        }

        _columns = [.. columns];
        _options = options ?? new ParquetWriterOptions();
        _file = new FileWriter(ParquetSchema.Of(_columns), _options);
        _file.Begin(output);
    }

    /// <summary>What the file would be about now, without its footer.</summary>
    public long EncodedBytes => _file.EncodedBytes;

    /// <summary>
    /// Writes the rows of a batch, one vector per column in their order. A batch of some thousand rows or more is best:
    /// pages end where batches end.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// A vector has the wrong form for its column, a column without nulls has one, or a value does not fit. The file is
    /// spoilt then: begin another one.
    /// </exception>
    public void Write(ColumnBatch batch)
    {
        if (batch.Vectors.Count != _columns.Length)
        {
            throw new ArgumentException($"A batch of {batch.Vectors.Count} columns for a table of {_columns.Length}.", nameof(batch));
        }

        for (var i = 0; i < _columns.Length; i++)
        {
            _file.Chunks[i].BeginVector(batch.Vectors[i]);
        }

        for (var start = 0; start < batch.RowCount;)
        {
            start += WriteSlice(start, batch.RowCount - start);
        }

        foreach (var chunk in _file.Chunks)
        {
            chunk.EndVector();
        }
    }

    /// <summary>Ends the file. The stream holds all of it then.</summary>
    public ParquetFileSummary Close()
    {
        FlushRowGroup();
        var (bytes, rows) = _file.End();
        var summaries = new ColumnSummary[_columns.Length];
        for (var i = 0; i < summaries.Length; i++)
        {
            summaries[i] = Summary(_columns[i], _file.Chunks[i]);
        }

        return new ParquetFileSummary(bytes, rows, summaries);
    }

    /// <summary>Begins another file of the same columns, whether or not the one before was closed.</summary>
    public void Reset(Stream output)
    {
        _rowGroupRows = 0;
        _file.Begin(output);
    }

    public void Dispose() => _file.Dispose();

    private static ColumnSummary Summary(Column column, ChunkWriter chunk)
    {
        var bounds = chunk.Bounds;
        return new ColumnSummary(
            column,
            chunk.FileNullCount,
            bounds.FileNanCount,
            bounds.FileHasBounds ? bounds.FileMin : null,
            bounds.FileHasBounds ? bounds.FileMax : null);
    }

    private int WriteSlice(int start, int rowsLeft)
    {
        var rowsAhead = Math.Min(rowsLeft, _options.RowGroupRowsMax - _rowGroupRows);
        var rows = Math.Min(rowsAhead, SlicePages * (_options.PageRowsMax & ~63));
        foreach (var chunk in _file.Chunks)
        {
            chunk.Append(start, rows, rowsAhead);
        }

        _rowGroupRows += rows;
        if (_rowGroupRows >= _options.RowGroupRowsMax || _file.RowGroupBytes >= _options.RowGroupBytesMax)
        {
            FlushRowGroup();
        }

        return rows;
    }

    private void FlushRowGroup()
    {
        if (_rowGroupRows > 0)
        {
            _file.FlushRowGroup(_rowGroupRows);
            _rowGroupRows = 0;
        }
    }
}
