namespace HotPath.Engine.Ingest;

/// <summary>Counts of one ledger. Written by its thread alone; any thread may read.</summary>
internal sealed class FrameTotals
{
    public long Datagrams;
    public long Readings;
    public long Heartbeats;
    public long Reordered;
    public long DatagramsDuplicate;
    public long ReadingsDuplicate;

    /// <summary>Given up. What came after all is counted as recovered too: the difference never came.</summary>
    public long DatagramsLost;
    public long ReadingsLost;
    public long DatagramsRecovered;
    public long ReadingsRecovered;
    public long Conflicts;

    /// <summary>Below all memory, or of a closed epoch; and their readings. Where keys are configured they are dropped.</summary>
    public long TooOld;
    public long ReadingsTooOld;
    public long Implausible;
    public long Untracked;
    public long EpochsClosed;
}
