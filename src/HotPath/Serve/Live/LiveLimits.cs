using HotPath.Engine.Ledger;

namespace HotPath.Serve.Live;

/// <summary>The bounds of the live view. History beyond them is in the tables.</summary>
internal sealed record LiveLimits
{
    /// <summary>128 bytes each: 16 MiB.</summary>
    public int Transitions { get; init; } = 1 << 17;

    /// <summary>Closed downtimes; open ones are bounded by machines and rules.</summary>
    public int Downtimes { get; init; } = 1 << 16;

    public long EvidenceBytes { get; init; } = 32L << 20;

    /// <summary>Clients of the live stream.</summary>
    public int Clients { get; init; } = 64;

    /// <summary>Items that wait for one client; past it the oldest are dropped, counted, and the client is told.</summary>
    public int ClientItems { get; init; } = 4096;
}

/// <summary>What the live view counted since it began.</summary>
internal struct LiveCounts
{
    public long Transitions;
    public long Opened;
    public long Closed;
    public long MicroStops;
    public long OpenNow;

    // Machines by the category that wants attention most.
    public int MachinesDown;
    public int MachinesPlanned;
    public int MachinesUnknown;
    public int MachinesOther;

    public void Enter(DowntimeCategory category) => Of(ref this, category)++;

    public void Leave(DowntimeCategory category) => Of(ref this, category)--;

    private static ref int Of(ref LiveCounts counts, DowntimeCategory category)
    {
        switch (category)
        {
            case DowntimeCategory.Down:
                return ref counts.MachinesDown;
            case DowntimeCategory.Planned:
                return ref counts.MachinesPlanned;
            case DowntimeCategory.Unknown:
                return ref counts.MachinesUnknown;
            default:
                return ref counts.MachinesOther;
        }
    }
}
