namespace HotPath.Engine.Shard;

/// <summary>
/// What one shard has done since it was made. Written by the shard thread alone, readable by any thread (64-bit values
/// are never torn; a reader may see one a little before another).
/// </summary>
internal sealed class ShardCounters
{
    /// <summary>Readings of the shard's own machines, whatever became of them.</summary>
    public long Readings;

    /// <summary>Neither duplicate nor future; late ones count.</summary>
    public long Stored;
    public long Late;
    public long Duplicate;
    public long Future;
    public long Transitions;

    /// <summary>Rows, of every revision.</summary>
    public long Downtimes;

    /// <summary>Times that a machine had too many waiting readings, and its watermark was moved to the oldest.</summary>
    public long WaitingOverflows;

    /// <summary>Machines known to the shard.</summary>
    public long Machines;
}
