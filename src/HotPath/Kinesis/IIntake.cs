using HotPath.Engine.Decode;
using HotPath.Engine.Ring;

namespace HotPath.Kinesis;

/// <summary>
/// The way of a call's records into the ring: a decoder and an inlet. Belongs to one call at a time; the endpoint keeps
/// as many as calls are under way at once.
/// </summary>
internal interface IIntake : IDisposable
{
    /// <summary>The records of one call follow, which came in so many bytes: what they expand to together is bounded by that.</summary>
    void BeginCall(long bytes);

    /// <summary>Stages what the record holds: at least one slot, also when it holds nothing or cannot be read.</summary>
    /// <returns>False when the block has no room for it beside what it holds: nothing was staged.</returns>
    bool Decode(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into);

    /// <summary>Publishes the whole block under consecutive LSNs, or nothing. Never waits.</summary>
    PublishOutcome TryPublish(StagingBlock block, out long lsnFirst);
}
