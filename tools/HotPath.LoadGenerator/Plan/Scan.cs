namespace HotPath.LoadGenerator.Plan;

/// <summary>All tags of one machine at one event time.</summary>
internal struct Scan
{
    public int Machine;
    public bool Twice;
    public uint Counter;
    public Condition Condition;
    public long Number;
    public long Millis;
}
