namespace HotPath.Delta.Log;

/// <summary>What a commit of ours says about itself; becomes its commitInfo, always the first action.</summary>
internal sealed record CommitHeader
{
    public required string Operation { get; init; }

    /// <summary>Values are strings of JSON, as Spark writes them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> Metrics { get; init; } = [];

    /// <summary>Further fields of the user's.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Extras { get; init; } = [];

    /// <summary>True only where no file of the table was read to decide what is written.</summary>
    public required bool IsBlindAppend { get; init; }

    public required string EngineInfo { get; init; }

    /// <summary>Tells our own commit from another's when no answer told us what became of it.</summary>
    public required string TxnId { get; init; }

    public long TimestampMillis { get; init; }

    /// <summary>Null for the first version of a table.</summary>
    public long? ReadVersion { get; init; }

    /// <summary>Only where the table has in-commit timestamps.</summary>
    public long? InCommitTimestampMillis { get; init; }
}
