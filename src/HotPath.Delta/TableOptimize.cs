using System.Globalization;
using System.Numerics;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>
/// Merges small files of one partition into larger ones, one commit per merge, so that a lost one costs no other. Appends of
/// other writers never stand in its way. Owned by one thread at a time.
/// </summary>
internal sealed class TableOptimize
{
    // A run also ends with so many bytes of encoded values: rows of long texts are fewer at once.
    private const long RunBytesMax = 32L << 20;

    private readonly LentArrays _arrays = new();
    private readonly ITableStore _store;
    private readonly DeltaTableOptions _options;
    private readonly OptimizeOptions _optimize;
    private readonly ParquetFiles _files;
    private readonly Committer _committer;

    public TableOptimize(
        ITableStore store,
        DeltaTableOptions options,
        OptimizeOptions optimize,
        ParquetFiles files,
        Committer committer)
    {
        _store = store;
        _options = options;
        _optimize = optimize;
        _files = files;
        _committer = committer;
    }

    public int FilesRemoved { get; private set; }

    public int FilesAdded { get; private set; }

    public long BytesRemoved { get; private set; }

    public long BytesAdded { get; private set; }

    public int BinsLost { get; private set; }

    /// <summary>
    /// Runs of files that belong together: neighbours in the order of adding, so that rows keep theirs. Files that hold
    /// deletion vectors or whose number of rows is unknown stay as they are.
    /// </summary>
    public static List<List<Add>> Plan(Snapshot snapshot, OptimizeOptions options)
    {
        var target = options.TargetFileBytes ?? snapshot.Properties.TargetFileBytes;
        var enough = target / 4 * 3;
        var bins = new List<List<Add>>();
        var candidates = snapshot.Files
            .Where(file => file.Size < Math.Min(enough, options.SmallerThanBytes ?? enough) && file.DeletionVector is null && StatsRows.Of(file) is not null)
            .Where(file => options.Partition?.Invoke(file.PartitionValues) ?? true)
            .GroupBy(file => (PartitionKey(file), options.FilesMin > 2 ? Level(file.Size) : 0));
        foreach (var group in candidates)
        {
            var bin = new List<Add>();
            var bytes = 0L;
            foreach (var file in group)
            {
                if (bin.Count > 0 && bytes + file.Size > target)
                {
                    bins.Add(bin);
                    (bin, bytes) = ([], 0);
                }

                bin.Add(file);
                bytes += file.Size;
            }

            bins.Add(bin);
        }

        return [.. bins.Where(bin => bin.Count > 1 && (bin.Count >= options.FilesMin || bin.Sum(static file => file.Size) >= enough))];
    }

    /// <summary>Merges one bin and returns the newest state of the table, whether the merge stands or not.</summary>
    public async ValueTask<Snapshot> MergeAsync(Snapshot snapshot, List<Add> bin, CancellationToken cancellation)
    {
        // Another writer may have taken a file away since the plan was made.
        if (bin.Any(file => !snapshot.State.Files.ContainsKey(file.Key)))
        {
            BinsLost++;
            return snapshot;
        }

        var adds = await RewriteAsync(snapshot, bin, cancellation);
        var transaction = new Transaction { Read = snapshot, Header = Header(bin, adds), TryRebase = latest => Misfit(snapshot, latest) };
        transaction.Adds.AddRange(adds);
        transaction.Removes.AddRange(bin.Select(Remove));
        var result = await _committer.CommitAsync(transaction, cancellation);
        if (result.Outcome != CommitOutcome.Committed)
        {
            BinsLost++;
            await DeleteAsync(adds);
            return result.Snapshot;
        }

        FilesRemoved += bin.Count;
        FilesAdded += adds.Count;
        BytesRemoved += bin.Sum(static file => file.Size);
        BytesAdded += adds.Sum(static file => file.Size);
        return result.Snapshot;
    }

    private static string? Misfit(Snapshot planned, Snapshot latest) =>
        planned.Metadata.SchemaString == latest.Metadata.SchemaString
        && planned.Metadata.PartitionColumns.SequenceEqual(latest.Metadata.PartitionColumns)
            ? null
            : "The table's schema was changed.";

    // Eight times the size, one level up: so each row is written again about once per level.
    private static int Level(long bytes) => BitOperations.Log2((ulong)Math.Max(1, bytes)) / 3;

    private static string PartitionKey(Add file) => string.Join(
        '\n',
        file.PartitionValues.OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .Select(static pair => pair.Value is null ? pair.Key : $"{pair.Key}={pair.Value}"));

    private async ValueTask<List<Add>> RewriteAsync(Snapshot snapshot, List<Add> bin, CancellationToken cancellation)
    {
        var fields = snapshot.Schema.Fields
            .Where(field => !snapshot.Metadata.PartitionColumns.Contains(field.Name, StringComparer.OrdinalIgnoreCase))
            .ToList();
        var nested = fields.FirstOrDefault(static field => field.Type is null);
        if (nested is not null)
        {
            throw new DeltaException(
                $"Column '{nested.Name}' is of type {nested.TypeJson}; only tables of flat columns are optimized here.");
        }

        var scan = new TableScan(_store, snapshot, [.. fields.Select(static field => field.Name)], arrays: _arrays);
        var rows = 0L;
        var expected = bin.Sum(static file => StatsRows.Of(file)!.Value);
        var order = SortColumns(scan.Columns);
        var columns = fields.Select(
            static field => new Column(field.PhysicalName ?? field.Name, field.Type!.Value, field.Nullable, field.FieldId));

        // Reading waits on its store anyway, so that a blocking enumeration costs nothing more.
        var rowGroups = scan.RowGroupsAsync(bin, cancellation).ToBlockingEnumerable(cancellation);
        var sorted = SortedRuns(Counted(rowGroups), scan.Columns, order);
        var written = 0L;
        var adds = new List<Add>();
        var indexed = StatsJson.ColumnsOf(snapshot);
        var directory = Directory(bin[0]);
        var fileBytesMax = 2 * (_optimize.TargetFileBytes ?? snapshot.Properties.TargetFileBytes);
        await foreach (var (path, file) in _files.WriteAsync(directory, [.. columns], sorted, fileBytesMax, cancellation))
        {
            written += file.Rows;
            adds.Add(new Add
            {
                Path = PathEncoding.Encode(path),
                PartitionValues = bin[0].PartitionValues,
                Size = file.Bytes,
                ModificationTime = _options.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
                DataChange = false,
                Stats = StatsJson.Write(file, indexed),
            });
        }

        if (rows == expected && written == rows)
        {
            return adds;
        }

        await DeleteAsync(adds);
        throw new DeltaException(
            $"{bin.Count} files say they hold {expected} rows, {rows} were read and {written} written. They stay as they are; check "
            + "the table.");

        IEnumerable<UnreadRows> Counted(IEnumerable<UnreadRows> unread)
        {
            foreach (var rowGroup in unread)
            {
                rows += rowGroup.RowCount;
                yield return rowGroup;
            }
        }
    }

    /// <summary>Each batch is valid until the next one is asked for: the arrays of a run serve the next one.</summary>
    private IEnumerable<ColumnBatch> SortedRuns(IEnumerable<UnreadRows> rowGroups, IReadOnlyList<Column> columns, List<int> order)
    {
        var run = new List<ColumnBatch>();
        var (rows, bytes) = (0L, 0L);
        foreach (var rowGroup in rowGroups)
        {
            if (run.Count > 0 && (rows + rowGroup.RowCount > _optimize.RowsMax || bytes + rowGroup.Bytes > RunBytesMax))
            {
                foreach (var sorted in RowOrder.Sort(run, columns, order, _arrays))
                {
                    yield return sorted;
                }

                run.Clear();
                (rows, bytes) = (0, 0);
                _arrays.TakeBack(0);
            }

            run.Add(rowGroup.Read());
            rows += rowGroup.RowCount;
            bytes += rowGroup.Bytes;
        }

        foreach (var sorted in RowOrder.Sort(run, columns, order, _arrays))
        {
            yield return sorted;
        }

        _arrays.TakeBack(0);
    }

    private async ValueTask DeleteAsync(List<Add> adds)
    {
        foreach (var add in adds)
        {
            await _store.DeleteAsync(PathEncoding.Decode(add.Path), CancellationToken.None);
        }
    }

    private List<int> SortColumns(IReadOnlyList<Column> columns) =>
    [
        .. _optimize.SortBy
            .Select(name => columns.ToList().FindIndex(
                column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase)))
            .Where(static index => index >= 0),
    ];

    // Merged files lie beside the ones they come from, whatever directories those have.
    private string Directory(Add file)
    {
        var path = TablePath.InStore(_store, file.Path);
        var end = path.LastIndexOf('/');
        return path.StartsWith('/') || end < 0 ? "" : path[..(end + 1)];
    }

    private Remove Remove(Add file) => new()
    {
        Path = file.Path,
        DeletionTimestamp = _options.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
        DataChange = false,
        ExtendedFileMetadata = true,
        PartitionValues = file.PartitionValues,
        Size = file.Size,
        BaseRowId = file.BaseRowId,
        DefaultRowCommitVersion = file.DefaultRowCommitVersion,
    };

    private CommitHeader Header(List<Add> bin, List<Add> adds) => new()
    {
        Operation = "OPTIMIZE",
        Parameters =
        [
            new("predicate", "[]"),
            new("zOrderBy", "[]"),
        ],
        Metrics =
        [
            new("numRemovedFiles", bin.Count.ToString(CultureInfo.InvariantCulture)),
            new("numAddedFiles", adds.Count.ToString(CultureInfo.InvariantCulture)),
            new("numRemovedBytes", bin.Sum(static file => file.Size).ToString(CultureInfo.InvariantCulture)),
            new("numAddedBytes", adds.Sum(static file => file.Size).ToString(CultureInfo.InvariantCulture)),
        ],
        IsBlindAppend = false,
        EngineInfo = _options.EngineName,
        TxnId = Guid.NewGuid().ToString(),
    };
}
