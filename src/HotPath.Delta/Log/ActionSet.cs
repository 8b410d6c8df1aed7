namespace HotPath.Delta.Log;

/// <summary>The actions of one commit, one checkpoint or a part of one, by kind, each kind in its order.</summary>
internal sealed class ActionSet
{
    public CommitInfo? CommitInfo { get; set; }

    public Protocol? Protocol { get; set; }

    public Metadata? Metadata { get; set; }

    public List<Txn> Txns { get; } = [];

    public List<DomainMetadata> Domains { get; } = [];

    public List<Add> Adds { get; } = [];

    public List<Remove> Removes { get; } = [];

    public List<Sidecar> Sidecars { get; } = [];

    public CheckpointMetadata? CheckpointMetadata { get; set; }

    /// <summary>Takes in what comes after: single actions stand over those before, the others are added.</summary>
    public void Add(ActionSet later)
    {
        CommitInfo = later.CommitInfo ?? CommitInfo;
        Protocol = later.Protocol ?? Protocol;
        Metadata = later.Metadata ?? Metadata;
        CheckpointMetadata = later.CheckpointMetadata ?? CheckpointMetadata;
        ChangeFileCount += later.ChangeFileCount;
        Txns.AddRange(later.Txns);
        Domains.AddRange(later.Domains);
        Adds.AddRange(later.Adds);
        Removes.AddRange(later.Removes);
        Sidecars.AddRange(later.Sidecars);
    }

    /// <summary>Files of a change data feed in the commit.</summary>
    public int ChangeFileCount { get; set; }
}

/// <summary>What a commit says about itself: free in form, so all of it is kept as JSON.</summary>
/// <param name="Json">The object as it stands in the log.</param>
internal sealed record CommitInfo(string Json)
{
    public long? TimestampMillis { get; init; }

    public long? InCommitTimestampMillis { get; init; }

    public string? Operation { get; init; }

    public bool IsBlindAppend { get; init; }

    public string? TxnId { get; init; }
}
