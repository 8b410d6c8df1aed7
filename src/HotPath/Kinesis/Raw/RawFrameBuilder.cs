using HotPath.Engine.Native;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Raw;

/// <summary>
/// Puts a call's frame together while its records are decoded; its LSN comes last. Belongs to one call; its memory is
/// kept from call to call up to a bound.
/// </summary>
internal sealed class RawFrameBuilder
{
    private const int BytesKept = 1024 * 1024;

    private readonly ByteBuilder _bytes = new();
    private RawFrame _frame;

    public int Bytes => _bytes.Count;

    public void Begin(ReadOnlySpan<byte> streamName, long arrivedMicros)
    {
        _bytes.TrimTo(BytesKept);
        _bytes.Reserve(RawFrame.HeadBytes);
        _bytes.Advance(RawFrame.HeadBytes);
        _bytes.Append(streamName);
        _frame = new RawFrame(0, 0, arrivedMicros, 0, streamName.Length, 0);
    }

    public void Add(int slotAt, int shardIndex, ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        RawFrame.WriteRecordHead(_bytes.Reserve(RawFrame.RecordHeadBytes), slotAt, shardIndex, key.Length, data.Length);
        _bytes.Advance(RawFrame.RecordHeadBytes);
        _bytes.Append(key);
        _bytes.Append(data);
        _frame = _frame with { SlotLast = slotAt };
    }

    /// <summary>What costs most is done before the log is waited for.</summary>
    public void End() => _frame = _frame with
    {
        BodyBytes = _bytes.Count - RawFrame.HeadBytes,
        BodyCrc = Crc32C.Of(_bytes.Written[RawFrame.HeadBytes..]),
    };

    /// <summary>The whole frame, of the LSN that the call's first slot was given.</summary>
    public void CopyTo(Span<byte> into, long lsnFirst)
    {
        _bytes.Written.CopyTo(into);
        (_frame with { LsnFirst = lsnFirst }).Write(into);
    }
}
