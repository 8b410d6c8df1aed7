namespace HotPath.Delta.Log;

/// <summary>What a commit that came before ours means for ours.</summary>
internal enum Verdict
{
    /// <summary>Ours stands as it is, one version later.</summary>
    Retry,

    /// <summary>Schema, configuration or protocol changed: ours stands if it can be brought up to them.</summary>
    Rebase,

    /// <summary>Another writer used one of our application ids: it has taken our place.</summary>
    Fenced,

    /// <summary>A file that ours removes or has read was removed.</summary>
    FileRemoved,
}

/// <summary>
/// The conflict matrix, one cell at a time. An append that has read nothing stands beside every other change of rows;
/// a compaction stands unless a file of its own was removed; whoever meets changed metadata looks again.
/// </summary>
internal static class Conflict
{
    public static Verdict Judge(Transaction ours, ActionSet winner)
    {
        foreach (var txn in winner.Txns)
        {
            if (ours.Txns.Any(own => own.AppId == txn.AppId))
            {
                return Verdict.Fenced;
            }
        }

        // A deletion vector comes as the removal of the file without it and the addition of the file with it.
        if (ours.Removes.Count > 0)
        {
            var removed = winner.Removes.Select(static remove => remove.Key).ToHashSet();
            if (ours.Removes.Any(own => removed.Contains(own.Key)))
            {
                return Verdict.FileRemoved;
            }
        }

        // New metadata of ours was computed from files and schema that rows of the winner's deletion belonged to.
        if (ours.Metadata is not null && winner.Removes.Any(static remove => remove.DataChange))
        {
            return Verdict.Rebase;
        }

        return winner.Metadata is not null || winner.Protocol is not null ? Verdict.Rebase : Verdict.Retry;
    }
}
