using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Kinesis;

namespace HotPath.Tests.Kinesis;

/// <summary>The engine's own decoder in front of a ring that only counts. One call at a time.</summary>
internal sealed class CountingIntake(NameTables names) : IIntake
{
    private readonly RecordDecoder _decoder = new(names, new NameQuota());
    private long _lsnNext = 1;

    /// <summary>What records were expanded to, also those that were refused for it.</summary>
    public long ExpandedBytes => _decoder.ExpandedBytes;

    public void BeginCall(long bytes) => _decoder.BeginCall(bytes);

    public bool Decode(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into) =>
        _decoder.Decode(record, origin, into);

    public PublishOutcome TryPublish(StagingBlock block, out long lsnFirst)
    {
        lsnFirst = _lsnNext;
        _lsnNext += block.Count;
        return PublishOutcome.Published;
    }

    public void Dispose() => _decoder.Dispose();
}
