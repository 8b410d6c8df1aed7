using HotPath.Engine.Names;
using HotPath.Engine.Native;
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
    private readonly InfluxDecoder _influx;
    private readonly Gzip _gzip = new();
    private readonly Zstd _zstd = new();

    // One for each wrapping around a reading: what is expanded out of one stands in the next.
    private readonly ExpandBuffer[] _expanded = new ExpandBuffer[EngineLimits.RecordWrappingMax];

    private long _recordBytesLeft;
    private long _callBytesLeft = long.MaxValue;

    /// <param name="names">Where names become indexes.</param>
    /// <param name="quota">Shared by all decoders of an engine.</param>
    /// <param name="options">What differs between listeners.</param>
    public RecordDecoder(NameTables names, NameQuota quota, RecordDecoderOptions? options = null)
    {
        options ??= new RecordDecoderOptions();
        _stage = new ReadingStage(names, quota);
        _json = new JsonDecoder(_stage, options);
        _messagePack = new MessagePackDecoder(_stage, options);
        _influx = new InfluxDecoder(_stage, options);
        for (var index = 0; index < _expanded.Length; index++)
        {
            _expanded[index] = new ExpandBuffer();
        }
    }

    /// <summary>What was expanded since the begin, also where it was refused in the end.</summary>
    public long ExpandedBytes { get; private set; }

    /// <summary>
    /// The records that follow come in one call of so many bytes: together they expand to so much more at most, and what would
    /// exceed that is refused. Otherwise each record has a bound of its own alone.
    /// </summary>
    public void BeginCall(long bytes) => _callBytesLeft = EngineLimits.CallExpandedBytesMin + (EngineLimits.CallExpansionMax * bytes);

    /// <summary>Stages all of a record, or nothing where the block has no room left for it beside what it holds.</summary>
    /// <returns>
    /// False: nothing was staged; publish the block and decode again into an empty one. A record that does not fit an
    /// empty block is refused.
    /// </returns>
    public bool Decode(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into)
    {
        if (into.IsFull)
        {
            return false;
        }

        var stagedBefore = into.Count;
        _stage.Begin(origin, into);
        if (!record.IsEmpty && IsMessagePack(record[0]))
        {
            DecodeMessagePack(record);
        }
        else
        {
            _recordBytesLeft = EngineLimits.ExpandedBytesMax;
            DecodeWrapped(record, wrappings: 0);
        }

        return IsComplete(into, stagedBefore) || CompleteWhenNot(record, origin, into, stagedBefore);
    }

    /// <summary>As <see cref="Decode"/>, of a frame that has been opened and checked.</summary>
    public bool DecodePayload(ReadOnlySpan<byte> datagram, in Frame frame, in RecordOrigin origin, StagingBlock into)
    {
        if (into.IsFull)
        {
            return false;
        }

        var stagedBefore = into.Count;
        _stage.Begin(origin, into);
        _recordBytesLeft = EngineLimits.ExpandedBytesMax;
        DecodePayload(datagram, frame, wrappings: 0);
        return IsComplete(into, stagedBefore) || CompleteWhenNot(datagram, origin, into, stagedBefore);
    }

    /// <summary>Stages a refusal of the whole record. The block must not be full.</summary>
    public void Reject(ReadOnlySpan<byte> record, RejectReason reason, in RecordOrigin origin, StagingBlock into)
    {
        _stage.Begin(origin, into);
        _stage.Reject(record, reason);
    }

    public void Dispose()
    {
        _json.Dispose();
        _influx.Dispose();
        _zstd.Dispose();
        _stage.Dispose();
        foreach (var buffer in _expanded)
        {
            buffer.Dispose();
        }
    }

    private bool IsComplete(StagingBlock into, int stagedBefore) => !_stage.IsOverflown && into.Count != stagedBefore;

    private bool CompleteWhenNot(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into, int stagedBefore)
    {
        if (_stage.IsOverflown)
        {
            into.CutBackTo(stagedBefore);
            if (stagedBefore > 0 && into.CountMax - stagedBefore < EngineLimits.RecordReadingsMax)
            {
                return false;
            }

            Reject(record, RejectReason.TooLarge, origin, into);
        }
        else
        {
            _stage.StageEmpty();
        }

        return true;
    }

    private static bool IsMessagePack(byte first) => first is (>= 0x80 and <= 0x9F) or (>= 0xDC and <= 0xDF);

    private void DecodeWrapped(ReadOnlySpan<byte> record, int wrappings)
    {
        if (record.IsEmpty)
        {
            return;
        }

        switch (record[0])
        {
            case (byte)'{' or (byte)'[' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t':
                DecodeJson(record);
                break;
            case var first when IsMessagePack(first):
                DecodeMessagePack(record);
                break;
            case (byte)'H' when FrameHeader.IsFrame(record):
                DecodeFrame(record, wrappings);
                break;
            case 0x1F when record.StartsWith([(byte)0x1F, (byte)0x8B]):
                DecodeExpanded(record, wrappings, isGzip: true);
                break;
            case 0x28 when record.StartsWith([(byte)0x28, (byte)0xB5, (byte)0x2F, (byte)0xFD]):
                DecodeExpanded(record, wrappings, isGzip: false);
                break;
            case 0xF3 when record.StartsWith(KplAggregate.Magic):
                DecodeAggregate(record, wrappings);
                break;
            case 0xEF when record.StartsWith("\uFEFF"u8) && !record[3..].StartsWith("\uFEFF"u8):
                // The mark that some systems put before UTF-8; behind it comes the record.
                DecodeWrapped(record[3..], wrappings);
                break;
            case (>= 0x21 and <= 0x7E) or (>= 0xC2 and <= 0xF4):
                DecodeInflux(record);
                break;
            default:
                _stage.Reject(record, RejectReason.UnknownEncoding);
                break;
        }
    }

    // Safe, in these three, because the record is pinned for the call and its end given. Worth it: Decode/Json.
    private void DecodeJson(ReadOnlySpan<byte> record)
    {
        fixed (byte* at = record)
        {
            _json.Decode(at, at + record.Length);
        }
    }

    private void DecodeMessagePack(ReadOnlySpan<byte> record)
    {
        fixed (byte* at = record)
        {
            _messagePack.Decode(at, at + record.Length);
        }
    }

    private void DecodeInflux(ReadOnlySpan<byte> record)
    {
        fixed (byte* at = record)
        {
            _influx.Decode(at, at + record.Length);
        }
    }

    private void DecodeFrame(ReadOnlySpan<byte> record, int wrappings)
    {
        var fault = Frame.TryOpen(record, out var frame);
        fault = wrappings == EngineLimits.RecordWrappingMax ? RejectReason.TooLarge : fault;
        if (fault != RejectReason.None)
        {
            _stage.Reject(record, fault);
            return;
        }

        DecodePayload(record, frame, wrappings);
    }

    private void DecodePayload(ReadOnlySpan<byte> datagram, in Frame frame, int wrappings)
    {
        var payload = frame.Payload(datagram);
        if (frame.Header.Has(FrameFlags.Heartbeat))
        {
            return;
        }

        if (!frame.Header.Has(FrameFlags.Lz4))
        {
            DecodeWrapped(payload, wrappings + 1);
            return;
        }

        var buffer = BufferFor(wrappings);
        var expandedBytes = frame.Header.ExpandedBytes;
        if (!Lz4.IsAvailable || !buffer.TryReserve(expandedBytes))
        {
            _stage.Reject(datagram, RejectReason.Decompression);
            return;
        }

        // Safe because the buffer has just been made as long. Worth it: no copy.
        var expanded = new Span<byte>(buffer.Bytes, (int)expandedBytes);
        OnExpanded(expanded.Length);
        if (Lz4.TryDecompress(payload, expanded))
        {
            DecodeWrapped(expanded, wrappings + 1);
        }
        else
        {
            _stage.Reject(datagram, RejectReason.Decompression);
        }
    }

    private void DecodeExpanded(ReadOnlySpan<byte> record, int wrappings, bool isGzip)
    {
        if (wrappings == EngineLimits.RecordWrappingMax)
        {
            _stage.Reject(record, RejectReason.TooLarge);
            return;
        }

        var buffer = BufferFor(wrappings);
        var isGood = isGzip
            ? _gzip.TryExpand(record, buffer, out var bytes)
            : _zstd.TryExpand(record, buffer, out bytes);
        OnExpanded(bytes);
        if (isGood)
        {
            // Safe because so many bytes were written. Worth it: no copy.
            DecodeWrapped(new ReadOnlySpan<byte>(buffer.Bytes, bytes), wrappings + 1);
        }
        else
        {
            _stage.Reject(record, RejectReason.Decompression);
        }
    }

    /// <summary>
    /// Whatever a record wraps within itself, and however often, all of it together expands to no more than one record may:
    /// a thousand bombs in an aggregate in a bomb are as much work as one.
    /// </summary>
    private ExpandBuffer BufferFor(int wrappings)
    {
        var buffer = _expanded[wrappings];
        buffer.BytesMax = (int)long.Min(_recordBytesLeft, _callBytesLeft);
        return buffer;
    }

    private void OnExpanded(int bytes)
    {
        ExpandedBytes += bytes;
        _recordBytesLeft -= bytes;
        _callBytesLeft -= bytes;
    }

    /// <summary>Each inner record is a record, so it stages a slot at least.</summary>
    private void DecodeAggregate(ReadOnlySpan<byte> record, int wrappings)
    {
        if (wrappings == EngineLimits.RecordWrappingMax || !KplAggregate.TryOpen(record, out var aggregate))
        {
            _stage.Reject(
                record, wrappings == EngineLimits.RecordWrappingMax ? RejectReason.TooLarge : RejectReason.Malformed);
            return;
        }

        while (!_stage.IsOverflown && aggregate.TryNext(out var inner))
        {
            var stagedBefore = _stage.Count;
            DecodeWrapped(inner, wrappings + 1);
            if (_stage.Count == stagedBefore)
            {
                _stage.StageEmpty();
            }
        }
    }
}
