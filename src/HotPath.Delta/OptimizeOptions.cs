namespace HotPath.Delta;

/// <summary>How small files are merged.</summary>
public sealed record OptimizeOptions
{
    /// <summary>About how large merged files become; null for <c>delta.targetFileSize</c>, or 128 MiB.</summary>
    public long? TargetFileBytes { get; init; }

    /// <summary>
    /// Sort the rows of each merged file by these columns, in this order, nulls first. Columns that the table does not have
    /// are passed over. Rows stay in the order of their files where this is empty.
    /// </summary>
    public IReadOnlyList<string> SortBy { get; init; } = [];

    /// <summary>
    /// At most so many rows are sorted, and held in memory, at once. A merged file with more rows consists of sorted runs of
    /// this length.
    /// </summary>
    public long RowsMax { get; init; } = 4L << 20;

    /// <summary>Only files below this size are merged; null: below three quarters of <see cref="TargetFileBytes"/>.</summary>
    public long? SmallerThanBytes { get; init; }

    /// <summary>
    /// Merge only where so many files come together, or where they fill a file. With more than 2, files are merged with files
    /// of about their size only, so that what is optimized often is not written again each time.
    /// </summary>
    public int FilesMin { get; init; } = 2;

    /// <summary>Only partitions that this says yes to, such as days that are over; null for all.</summary>
    public Func<IReadOnlyDictionary<string, string?>, bool>? Partition { get; init; }
}

/// <param name="FilesRemoved">Files that were merged.</param>
/// <param name="FilesAdded">Files that hold their rows now.</param>
/// <param name="BytesRemoved">Size of the former.</param>
/// <param name="BytesAdded">Size of the latter.</param>
/// <param name="BinsLost">Merges that another writer made void by removing one of their files; another run does them.</param>
public sealed record OptimizeResult(int FilesRemoved, int FilesAdded, long BytesRemoved, long BytesAdded, int BinsLost);
