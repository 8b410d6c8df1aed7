namespace HotPath.Engine.Shard;

/// <summary>
/// What one shard has done since the journal's begin; the first of the shards that go on from a snapshot takes over what
/// those before had counted. Written by the shard thread alone, readable by any thread (64-bit values
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

    /// <summary>What others counted before, machines apart. Before the shard's thread starts.</summary>
    public void Add(ShardCounters others)
    {
        Readings += others.Readings;
        Stored += others.Stored;
        Late += others.Late;
        Duplicate += others.Duplicate;
        Future += others.Future;
        Transitions += others.Transitions;
        Downtimes += others.Downtimes;
        WaitingOverflows += others.WaitingOverflows;
    }
}
