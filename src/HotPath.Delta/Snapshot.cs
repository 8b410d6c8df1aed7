using System.Collections.Immutable;
using HotPath.Delta.Log;

namespace HotPath.Delta;

/// <summary>The state of a table at one version. Never changes; any thread may read it.</summary>
public sealed class Snapshot
{
    private readonly Lazy<IReadOnlyList<Add>> _filesInOrder;

    internal Snapshot(SnapshotState state)
    {
        State = state;
        Schema = TableSchema.Parse(state.Metadata.SchemaString);
        _filesInOrder = new(() =>
            [.. state.Files.Values.OrderBy(static file => file.Ordinal).Select(static file => file.Add)]);
    }

    public long Version => State.Version;

    public Protocol Protocol => State.Protocol;

    public Metadata Metadata => State.Metadata;

    public TableSchema Schema { get; }

    /// <summary>The live data files in the order in which they were added.</summary>
    public IReadOnlyList<Add> Files => _filesInOrder.Value;

    /// <summary>The latest transaction of each application.</summary>
    public IReadOnlyDictionary<string, Txn> Txns => State.Txns;

    public IReadOnlyDictionary<string, DomainMetadata> Domains => State.Domains;

    /// <summary>The size of all live data files together.</summary>
    public long Bytes => State.Bytes;

    /// <summary>The number of live rows by the statistics of the files; null where a file has none.</summary>
    public long? RowCount
    {
        get
        {
            var rows = 0L;
            foreach (var file in State.Files.Values)
            {
                if (StatsRows.Of(file.Add) is not { } fileRows)
                {
                    return null;
                }

                rows += fileRows - (file.Add.DeletionVector?.Cardinality ?? 0);
            }

            return rows;
        }
    }

    internal SnapshotState State { get; }

    internal TableProperties Properties => field ??= new TableProperties(Metadata.Configuration);
}

/// <summary>What a snapshot consists of.</summary>
internal sealed record SnapshotState
{
    public required long Version { get; init; }

    public required Protocol Protocol { get; init; }

    public required Metadata Metadata { get; init; }

    public required ImmutableDictionary<string, LiveFile> Files { get; init; }

    /// <summary>Removed files whose retention may not be over, by key.</summary>
    public required ImmutableDictionary<string, Remove> Tombstones { get; init; }

    public required ImmutableDictionary<string, Txn> Txns { get; init; }

    public required ImmutableDictionary<string, DomainMetadata> Domains { get; init; }

    /// <summary>Given to the next file that is added.</summary>
    public required long OrdinalNext { get; init; }

    /// <summary>The size of all live files together.</summary>
    public required long Bytes { get; init; }

    /// <summary>What the last commit said about itself; null where only a checkpoint was read.</summary>
    public CommitInfo? LastCommitInfo { get; init; }
}

/// <summary>A data file of the table, with its place in the order of adding.</summary>
internal readonly record struct LiveFile(Add Add, long Ordinal);
