using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// Writes checkpoints and the hint that points to the newest one. Several may write the same one: their contents are equal, and
/// the last stands. Owned by one thread.
/// </summary>
internal sealed class CheckpointWriter
{
    private readonly ITableStore _store;
    private readonly TimeProvider _clock;

    public CheckpointWriter(ITableStore store, TimeProvider clock) => (_store, _clock) = (store, clock);

    /// <summary>A checkpoint of a state that is in memory.</summary>
    /// <exception cref="UnsupportedFeatureException">The table needs a feature for writing that is not had here.</exception>
    public async ValueTask WriteAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        Features.RequireWritable(snapshot.Protocol, snapshot.Metadata, snapshot.Schema);
        await using var file = await CheckpointFile.CreateAsync(_store, snapshot, _clock.GetUtcNow(), cancellation);
        AddFew(file, snapshot.State);
        foreach (var live in snapshot.State.Files.Values.OrderBy(static live => live.Ordinal))
        {
            file.Add(live.Add);
        }

        foreach (var remove in snapshot.State.Tombstones.Values)
        {
            AddUnlessExpired(file, remove);
        }

        await file.CompleteAsync(cancellation);
    }

    /// <summary>All but the data files.</summary>
    public static void AddFew(CheckpointFile file, SnapshotState state)
    {
        file.Add(file.Rows.Of(state.Protocol));
        file.Add(file.Rows.Of(state.Metadata));
        foreach (var txn in state.Txns.Values.Where(txn => !file.Rows.IsExpired(txn)))
        {
            file.Add(file.Rows.Of(txn));
        }

        foreach (var domain in state.Domains.Values)
        {
            file.Add(file.Rows.Of(domain));
        }
    }

    public static void AddUnlessExpired(CheckpointFile file, Remove remove)
    {
        if (!file.Rows.IsExpired(remove))
        {
            file.Add(file.Rows.Of(remove));
        }
    }
}
