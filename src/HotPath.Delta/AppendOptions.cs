using HotPath.Delta.Columns;
using HotPath.Delta.Log;

namespace HotPath.Delta;

/// <summary>The rows of one partition, in batches that are taken one after the other: a batch may be filled anew for the next.</summary>
/// <param name="Values">The partition; <see cref="PartitionValues.None"/> for a table without.</param>
/// <param name="Batches">Vectors in the order of the columns that are written, without the partition columns.</param>
public sealed record PartitionRows(PartitionValues Values, IEnumerable<ColumnBatch> Batches);

/// <summary>How rows are appended.</summary>
public sealed record AppendOptions
{
    /// <summary>
    /// The columns of the batches in their order; null for all columns of the table but the partition columns. A nullable
    /// column that is left out is null in all rows.
    /// </summary>
    public IReadOnlyList<Column>? Columns { get; init; }

    /// <summary>Add columns that the table does not have to its schema, in the same commit. They must be nullable.</summary>
    public bool AddsColumns { get; init; }

    /// <summary>
    /// Makes the append exactly once: the rows are in the table if and only if these transactions are. Where the table
    /// already holds as new a version of each, nothing is written.
    /// </summary>
    public IReadOnlyList<Txn> Txns { get; init; } = [];

    /// <summary>Further fields of the commit's commitInfo.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> CommitInfo { get; init; } = [];
}

/// <summary>What became of an append.</summary>
public enum AppendOutcome
{
    /// <summary>The rows are in the table, durably.</summary>
    Committed,

    /// <summary>There was neither a row nor a transaction to write.</summary>
    Empty,

    /// <summary>The table holds these transactions, or later ones of the same applications, already. Nothing was written.</summary>
    AlreadyCommitted,

    /// <summary>Another writer committed under one of the application ids while this append ran. Nothing of it stands.</summary>
    Fenced,

    /// <summary>The table's schema or partitioning was changed so that the rows no longer fit. Nothing of them stands.</summary>
    Conflict,
}

/// <param name="Outcome">What became of the append.</param>
/// <param name="Version">The version that holds the rows; else the newest version seen.</param>
/// <param name="Files">Data files written.</param>
/// <param name="Rows">Rows written.</param>
/// <param name="Bytes">Bytes of data files written.</param>
/// <param name="Reason">Why nothing stands, where that is so.</param>
public sealed record AppendResult(
    AppendOutcome Outcome,
    long Version,
    int Files = 0,
    long Rows = 0,
    long Bytes = 0,
    string? Reason = null);
