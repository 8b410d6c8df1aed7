using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Names;

namespace HotPath.Kinesis.Consume;

/// <summary>What consumers need of the engine.</summary>
/// <param name="Names">Sources and listeners are interned here.</param>
/// <param name="Intakes">Decoders and inlets, shared by all shards.</param>
/// <param name="Checkpoints">Positions go into the ring with what they brought.</param>
internal sealed record SourceParts(NameTables Names, SourceIntakes Intakes, Checkpoints Checkpoints, IClock Clock, ILogger Log)
{
    /// <summary>By which a subscription's silence is measured.</summary>
    public TimeProvider Timers { get; init; } = TimeProvider.System;
}
