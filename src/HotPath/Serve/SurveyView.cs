using System.Collections.Immutable;
using HotPath.Engine.Shard.Asking;

namespace HotPath.Serve;

/// <summary>What the shards said of their sources and machines at one moment. Any thread may read it.</summary>
/// <param name="TakenAtMicros">By the engine's clock.</param>
/// <param name="ArrivalMicros">The arrival clock then, which stands still while the engine is down; None = no reading yet.</param>
/// <param name="MachineCount">Machines that the shards have heard of.</param>
/// <param name="Machines">By equipment index; may be longer or shorter than the names, and newer than the rest.</param>
/// <param name="Sources">Those that were heard, in the order of their indexes.</param>
/// <param name="Shards">The slowest watermark of each, null = none of its machines has one, and readings that wait.</param>
internal sealed record SurveyView(
    long TakenAtMicros,
    long ArrivalMicros,
    long MachineCount,
    MachineVital[] Machines,
    ImmutableArray<ReadingSourceView> Sources,
    ImmutableArray<(long? WatermarkMicros, long WaitingReadings)> Shards)
{
    /// <summary>The arrival clock at a moment since: it goes on as the engine's clock does.</summary>
    public long ArrivalAt(long nowMicros) => ArrivalMicros + Math.Max(0, nowMicros - TakenAtMicros);

    /// <summary>How far a watermark or a progress is behind the arrival clock, seconds.</summary>
    public double LagSeconds(long micros, long nowMicros) => (ArrivalAt(nowMicros) - micros) / 1e6;
}

/// <summary>A source of readings: a gateway or device that sends in an order of its own.</summary>
/// <param name="ProgressMicros">The greatest event time seen from it.</param>
/// <param name="HeardMicros">The arrival clock at its last sign of life; null = there is no such clock yet.</param>
/// <param name="IsIdle">Silent for longer than the idle timeout: it holds nobody back.</param>
/// <param name="MachinesHeld">Machines whose watermark waits for it.</param>
/// <param name="LateReadings">Since start.</param>
/// <param name="LateMicrosMax">The most that one of them was behind its machine's watermark.</param>
/// <param name="Loss">Of the senders of frames that brought its readings; null = none did, and loss is not known by source.</param>
internal sealed record ReadingSourceView(
    int Index,
    long ProgressMicros,
    long? HeardMicros,
    bool IsIdle,
    int MachinesHeld,
    long LateReadings,
    long LateMicrosMax,
    LossView? Loss);

/// <summary>What never came, since start.</summary>
internal readonly record struct LossView(long Datagrams, long Readings);
