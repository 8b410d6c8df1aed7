using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// Turns a record of any encoding of WIRE.md into slots: readings, refusals with their raw bytes, or one empty slot for
/// a record without readings. One per producer thread; no other may call it. Never throws, never allocates once its
/// buffers have grown, and stages at least one slot for every record.
/// </summary>
internal sealed unsafe class RecordDecoder : IDisposable
{
    private readonly ReadingStage _stage;
    private readonly JsonDecoder _json;
    private readonly MessagePackDecoder _messagePack;

    /// <param name="names">Where names become indexes.</param>
    /// <param name="quota">Shared by all decoders of an engine.</param>
    /// <param name="options">What differs between listeners.</param>
    public RecordDecoder(NameTables names, NameQuota quota, RecordDecoderOptions? options = null)
    {
        options ??= new RecordDecoderOptions();
        _stage = new ReadingStage(names, quota);
        _json = new JsonDecoder(_stage, options.ReadsReceivedAt);
        _messagePack = new MessagePackDecoder(_stage, options.ReadsReceivedAt);
    }

    /// <summary>Stages all of a record, or nothing where the block has no room left for it beside what it holds.</summary>
    /// <returns>
    /// False: nothing was staged; publish the block and decode again into an empty one. A record that does not fit an
    /// empty block is refused.
    /// </returns>
    public bool Decode(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into)
    {
        var stagedBefore = into.Count;
        if (into.IsFull)
        {
            return false;
        }

        _stage.Begin(origin, into);

        // Safe because the record is pinned for the call and every reader is given its end. Worth it: Decode/Json.
        fixed (byte* at = record)
        {
            DecodeByFirstByte(at, at + record.Length);
        }

        if (_stage.IsOverflown)
        {
            into.CutBackTo(stagedBefore);
            if (stagedBefore > 0 && into.CountMax - stagedBefore < EngineLimits.RecordReadingsMax)
            {
                return false;
            }

            _stage.Begin(origin, into);
            _stage.Reject(record, RejectReason.TooLarge);
        }
        else if (into.Count == stagedBefore)
        {
            _stage.StageEmpty();
        }

        return true;
    }

    public void Dispose() => _json.Dispose();

    private void DecodeByFirstByte(byte* at, byte* end)
    {
        if (at == end)
        {
            return;
        }

        switch (*at)
        {
            case (byte)'{' or (byte)'[' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t':
                _json.Decode(at, end);
                break;
            case (>= 0x80 and <= 0x9F) or (>= 0xDC and <= 0xDF):
                _messagePack.Decode(at, end);
                break;
            default:
                _stage.Reject(at, end, RejectReason.UnknownEncoding);
                break;
        }
    }
}
