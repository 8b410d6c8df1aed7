using System.Text.Json;
using HotPath.Delta;

namespace HotPath;

/// <summary>Reads rows of a Delta table as JSON objects, a batch at a time. Cold; for whoever reads few rows, or slowly.</summary>
internal static class TableJsonRows
{
    /// <exception cref="DeltaException">There is no table, or it is damaged.</exception>
    /// <exception cref="Delta.Storage.StoreException">The file system or the object store failed.</exception>
    public static async IAsyncEnumerable<JsonElement> ReadAsync(
        string location,
        DeltaTableOptions? tableOptions,
        IReadOnlyList<string>? columns,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation,
        params IReadOnlyList<ColumnRange> ranges)
    {
        using var table = await DeltaTable.OpenAsync(location, tableOptions, cancellation);
        using var bytes = new MemoryStream();
        NdjsonRows? rows = null;
        try
        {
            var options = new ReadOptions { Columns = columns, Ranges = ranges };
            await foreach (var batch in table.ReadAsync(options, cancellation))
            {
                rows ??= new NdjsonRows(bytes, await table.ColumnsOfAsync(options, cancellation));
                rows.Write(batch);
                foreach (var row in Cut(bytes))
                {
                    yield return row;
                }
            }
        }
        finally
        {
            rows?.Dispose();
        }
    }

    private static List<JsonElement> Cut(MemoryStream bytes)
    {
        var rows = new List<JsonElement>();
        var rest = bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
        while (rest.Span.IndexOf((byte)'\n') is var end and >= 0)
        {
            using var row = JsonDocument.Parse(rest[..end]);
            rows.Add(row.RootElement.Clone());
            rest = rest[(end + 1)..];
        }

        bytes.SetLength(0);
        return rows;
    }
}
