namespace HotPath.Delta.Log;

/// <summary>What one commit of ours is to do, and what it has read to decide it. Owned by one thread.</summary>
internal sealed class Transaction
{
    /// <summary>The state that the transaction was made upon; null for the commit that creates a table.</summary>
    public Snapshot? Read { get; set; }

    public required CommitHeader Header { get; init; }

    public Protocol? Protocol { get; set; }

    public Metadata? Metadata { get; set; }

    public IReadOnlyList<Txn> Txns { get; init; } = [];

    public List<Add> Adds { get; } = [];

    public List<Remove> Removes { get; } = [];

    /// <summary>True from the moment at which the commit is known to stand: its files are the table's.</summary>
    public bool IsCommitted { get; set; }

    /// <summary>Brings the transaction up to a newer state of the table, or says why it cannot stand any more.</summary>
    public Func<Snapshot, string?> TryRebase { get; set; } = static _ => null;

    public ActionSet ToActions()
    {
        var actions = new ActionSet { Protocol = Protocol, Metadata = Metadata };
        actions.Txns.AddRange(Txns);
        actions.Adds.AddRange(Adds);
        actions.Removes.AddRange(Removes);
        return actions;
    }
}
