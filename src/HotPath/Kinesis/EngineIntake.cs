using HotPath.Engine.Decode;
using HotPath.Engine.Ring;

namespace HotPath.Kinesis;

/// <summary>The engine's own decoder and inlet as one call's way in.</summary>
internal sealed class EngineIntake(RecordDecoder decoder, Inlet inlet) : IIntake
{
    public void BeginCall(long bytes) => decoder.BeginCall(bytes);

    public bool Decode(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into) =>
        decoder.Decode(record, origin, into);

    public PublishOutcome TryPublish(StagingBlock block, out long lsnFirst) => inlet.TryPublish(block, out lsnFirst);

    public void Dispose() => decoder.Dispose();
}
