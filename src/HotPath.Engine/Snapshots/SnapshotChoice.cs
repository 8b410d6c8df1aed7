using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Snapshots;

/// <summary>
/// What a start goes on from: the newest snapshot that is good, or the journal's begin. One that is damaged, half written
/// or without the journal behind it is passed over and told. Cold; one thread.
/// </summary>
internal sealed class SnapshotChoice
{
    private SnapshotChoice(ShardSet set, SnapshotManifest? used, List<string> passedOver)
    {
        Set = set;
        Used = used;
        PassedOver = passedOver;
    }

    public ShardSet Set { get; }

    /// <summary>Null: everything is replayed.</summary>
    public SnapshotManifest? Used { get; }

    public IReadOnlyList<string> PassedOver { get; }

    /// <summary>The snapshot's LSN, or -1.</summary>
    public long Lsn => Used?.Lsn ?? -1;

    /// <param name="store">Is told which snapshots are good.</param>
    /// <param name="journal">What the journal holds.</param>
    /// <param name="ledgerDisk">The ledger must hold what the snapshot's past caused, and whole in the file where that ends.</param>
    /// <param name="options">As many shards as they say go on, whatever the snapshot was made with.</param>
    /// <param name="names">All names of the journal.</param>
    /// <exception cref="DiskFaultException">There is none, and the journal no longer reaches back to its begin.</exception>
    public static SnapshotChoice Make(
        SnapshotStore store, JournalRecovery journal, IDisk ledgerDisk, EngineOptions options, NameTables names)
    {
        ShardSet? set = null;
        try
        {
            return Make(store, journal, ledgerDisk, options, names, ref set);
        }
        catch
        {
            set?.Dispose();
            throw;
        }
    }

    private static SnapshotChoice Make(
        SnapshotStore store, JournalRecovery journal, IDisk ledgerDisk, EngineOptions options, NameTables names, ref ShardSet? set)
    {
        var passedOver = new List<string>();
        var good = new List<SnapshotManifest>();
        foreach (var manifest in store.List(passedOver))
        {
            try
            {
                Check(manifest, store.Disk, journal, ledgerDisk);
                set ??= ShardSet.Load(manifest, store.Disk, options, names);
                good.Add(manifest);
            }
            catch (Exception fault) when (fault is SavedStateException or DiskFaultException)
            {
                passedOver.Add($"{manifest.FileName}: {fault.Message}");
            }
        }

        if (set is null && journal.LowWaterLsn > 0 && journal.FirstLsn > 0)
        {
            throw new DiskFaultException(
                $"No snapshot in {store.Disk.Root} can be used ({string.Join("; ", passedOver)}), and the journal begins at LSN " +
                $"{journal.FirstLsn}: what was before is in the tables alone",
                "Start the version of HotPath that wrote them if this is another, restore them from a copy, or move the data directory away to "
                + "begin anew.");
        }

        store.Keep(good);
        return new SnapshotChoice(set ?? ShardSet.Empty(options, names), good.Count > 0 ? good[0] : null, passedOver);
    }

    private static void Check(SnapshotManifest manifest, IDisk disk, JournalRecovery journal, IDisk ledgerDisk)
    {
        if (manifest.Lsn + 1 < journal.FirstLsn)
        {
            throw new SavedStateException($"the journal begins at LSN {journal.FirstLsn} and does not follow it");
        }

        foreach (var shard in manifest.Shards)
        {
            RequireBytes(disk, shard.File, shard.Bytes);
        }

        if (manifest.Ledger.FileLsnFirst >= 0)
        {
            RequireLedger(ledgerDisk, manifest.Instance, manifest.Ledger);
        }
    }

    /// <summary>
    /// Records that the snapshot's past caused are not derived again: one that is damaged would be cut away, and all behind
    /// it, and sinks that have not read it yet would never know.
    /// </summary>
    private static void RequireLedger(IDisk disk, Guid instance, LedgerPosition end)
    {
        var name = LedgerSegment.NameOf(end.FileLsnFirst);
        RequireBytes(disk, name, end.OffsetBytes);
        using var reader = new LedgerReader(disk, instance, name, end.FileLsnFirst);
        while (reader.OffsetBytes < end.OffsetBytes && reader.TryRead(long.MaxValue, out _))
        {
        }

        if (reader.OffsetBytes != end.OffsetBytes)
        {
            throw new SavedStateException($"{name} in {disk.Root} is damaged behind byte {reader.OffsetBytes} of {end.OffsetBytes}");
        }
    }

    private static void RequireBytes(IDisk disk, string name, long bytesMin)
    {
        var error = disk.TryOpen(name, out var file);
        var lengthBytes = 0L;
        if (error.IsNone)
        {
            using (file)
            {
                error = file.Length(out lengthBytes);
            }
        }

        if (!error.IsNone || lengthBytes < bytesMin)
        {
            throw new SavedStateException($"{name} in {disk.Root} has {lengthBytes} of {bytesMin} bytes ({error})");
        }
    }
}
