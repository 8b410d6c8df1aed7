using System.Runtime.CompilerServices;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;
using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>
/// Writes batches to data files with names that were never used, each whole and durable when it is handed over. Owned by one
/// thread at a time; the writer's buffers serve file after file as long as the columns stay the same.
/// </summary>
internal sealed class ParquetFiles : IDisposable
{
    private readonly ITableStore _store;
    private readonly DeltaTableOptions _options;
    private ParquetWriter? _writer;
    private IReadOnlyList<Column> _columns = [];

    public ParquetFiles(ITableStore store, DeltaTableOptions options) => (_store, _options) = (store, options);

    public void Dispose() => _writer?.Dispose();

    /// <summary>Batches in their order, a new file whenever one is full. No rows, no file.</summary>
    /// <param name="directory">Empty, or a path that ends with '/'.</param>
    /// <param name="columns">The columns of the batches as the files name them.</param>
    /// <param name="batches">Taken one after the other; each may be filled anew once the next is asked for.</param>
    /// <param name="fileBytesMax">A file ends after the batch that brings it to this size.</param>
    /// <param name="cancellation">Ends the writing; the file at hand is removed.</param>
    public async IAsyncEnumerable<(string Path, ParquetFileSummary File)> WriteAsync(
        string directory,
        IReadOnlyList<Column> columns,
        IEnumerable<ColumnBatch> batches,
        long fileBytesMax,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var rows = batches.GetEnumerator();
        var hasBatch = MoveToRows(rows);
        while (hasBatch)
        {
            var path = $"{directory}part-{Guid.NewGuid():D}.parquet";
            await using var file = await _store.CreateAsync(path, cancellation);
            var writer = WriterFor(columns, file.Stream);
            do
            {
                cancellation.ThrowIfCancellationRequested();
                writer.Write(rows.Current);
                hasBatch = MoveToRows(rows);
            }
            while (hasBatch && writer.EncodedBytes < fileBytesMax);

            var summary = writer.Close();
            await file.CompleteAsync(cancellation);
            yield return (path, summary);
        }
    }

    private static bool MoveToRows(IEnumerator<ColumnBatch> batches)
    {
        while (batches.MoveNext())
        {
            if (batches.Current.RowCount > 0)
            {
                return true;
            }
        }

        return false;
    }

    private ParquetWriter WriterFor(IReadOnlyList<Column> columns, Stream stream)
    {
        if (_writer is not null && _columns.SequenceEqual(columns))
        {
            _writer.Reset(stream);
            return _writer;
        }

        _writer?.Dispose();
        _writer = null;
        _writer = new ParquetWriter(stream, columns, _options.Parquet);
        _columns = [.. columns];
        return _writer;
    }
}
