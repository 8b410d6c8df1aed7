namespace HotPath.Engine.Shard.Asking;

/// <summary>
/// Something that a cold thread wants to know of a shard's state. It brings the memory for its answer, which the shard's
/// thread fills between batches, a slice at a time; once <see cref="IsAnswered"/> the asker may read it. A shard that
/// does not turn does not answer: whoever asks gives up after a while, and the memory stays good.
/// </summary>
internal abstract class ShardQuestion
{
    private volatile bool _isAnswered;

    public bool IsAnswered => _isAnswered;

    /// <summary>A slice of the answer: some ten microseconds at most. The shard thread; does not allocate, lock or wait.</summary>
    /// <returns>True when that was the last.</returns>
    public abstract bool Answer(in AskedShard shard);

    /// <summary>The shard thread: the answer is whole.</summary>
    public void Close() => _isAnswered = true;
}

/// <summary>What a question may look at, and must not change.</summary>
internal readonly struct AskedShard(MachineStore machines, Watermarks watermarks, Rules.Compiled.CompiledRules rules, in ArrivalClock clock)
{
    public MachineStore Machines { get; } = machines;

    public Watermarks Watermarks { get; } = watermarks;

    public Rules.Compiled.CompiledRules Rules { get; } = rules;

    /// <summary>The arrival clock, which stands still while the engine is down; None before the first reading.</summary>
    public long ArrivalMicros { get; } = clock.NowMicros;

    /// <summary>The same moment as receivedAt says it.</summary>
    public long ReceivedMicros { get; } = clock.ReceivedMicrosMax;
}
