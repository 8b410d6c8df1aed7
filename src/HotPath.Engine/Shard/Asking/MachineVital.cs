using System.Runtime.InteropServices;

namespace HotPath.Engine.Shard.Asking;

/// <summary>How a machine was last heard and how far it has come. Zeroed = nothing was heard of it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MachineVital
{
    /// <summary>The event time of the reading that came last.</summary>
    public long EventMicros;

    /// <summary>
    /// When it came, by receivedAt: its event time and how far its source was behind the clock when it was last heard.
    /// Exact for a source of one machine.
    /// </summary>
    public long ReceivedMicros;

    public long WatermarkMicros;

    /// <summary>The source that holds its watermark back, + 1; 0 = all of its sources are idle.</summary>
    public int HolderPlusOne;

    public int WaitingCount;
}

/// <summary>A source as one shard knows it. Progress and signs of life are the same in every shard.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SourceVital
{
    public bool IsKnown;

    /// <summary>Silent for longer than the idle timeout.</summary>
    public bool IsIdle;

    /// <summary>Machines of the shard whose watermark it holds back.</summary>
    public int MachinesHeld;

    /// <summary>The greatest event time seen from it.</summary>
    public long ProgressMicros;

    /// <summary>The arrival clock at its last sign of life; <see cref="ArrivalClock.None"/> = there is no such clock.</summary>
    public long HeardMicros;

    public SourceLateness Late;
}

/// <summary>Late readings of one source, as far as this process judged them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SourceLateness
{
    public long Readings;

    /// <summary>The most that one was behind its machine's watermark, microseconds.</summary>
    public long MicrosMax;
}
