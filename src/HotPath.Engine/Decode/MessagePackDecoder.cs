using System.Runtime.CompilerServices;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// MessagePack records: one value, several one after another, or one array of them; a value is a map with JSON's
/// names, a reading as an array, or an envelope as an array. Belongs to one decoder and its thread.
/// </summary>
/// <remarks>
/// <code>
/// reading  = [version, timestamp, equipmentId, tag, value, quality, sequenceNumber, flags, createdAt, sourceId]
/// envelope = [version, timestamp, equipmentId, [[tag, value, timestampDelta, quality], ...], sequenceNumber, sourceId]
/// </code>
/// Each value says where it ends, so what stood before bytes that cannot be read is taken; from there on to the end
/// the record is refused.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class MessagePackDecoder(ReadingStage stage, RecordDecoderOptions options)
{
    private const int ReadingCountMin = 5;
    private const int EnvelopeReadingsAt = 3;
    private const int TagsMax = 256;

    private readonly MessagePackReader _reader = new();
    private readonly MessagePackPlainArray _arrays = new(stage, options.FarNamesMin);
    private readonly MessagePackMapDecoder _maps = new(stage, options.ReadsReceivedAt);

    // A gateway sends its tags in the same order again and again: the last tag at each place of an envelope.
    private readonly int[] _tags = new int[TagsMax];
    private readonly bool _isByGrammarAlone = options.ReadsByGrammarAlone;
    private byte* _end;

    public void Decode(byte* at, byte* end)
    {
        _end = end;
        _reader.Begin(end);
        _arrays.Begin(at, end);
        var left = 0;
        while (at != null && !stage.IsOverflown)
        {
            var next = at < end ? TryDecodeUsual(at, left) : null;
            if (next == null && _arrays.IsWaiting)
            {
                at = _arrays.Settle(at, ref left);
                continue;
            }

            if (at >= end)
            {
                return;
            }

            at = next != null ? next : IsBatch(at) ? DecodeBatch(at) : DecodeValueOrRejectRest(at, depth: 0);
        }
    }

    /// <param name="at">At a value.</param>
    /// <param name="left">What a batch has left with it; 0 outside of batches.</param>
    private byte* TryDecodeUsual(byte* at, int left)
    {
        if (_isByGrammarAlone)
        {
            return null;
        }

        if (MessagePackReader.IsMap(*at))
        {
            return _maps.TryDecodeUsual(at, _end);
        }

        return _arrays.TryDecode(at, _end, left);
    }

    private bool IsBatch(byte* at)
    {
        if (!MessagePackReader.IsArray(*at))
        {
            return false;
        }

        var first = _reader.ReadArrayHead(at, out var count);
        return first != null && (count == 0 || MessagePackReader.IsArray(*first) || MessagePackReader.IsMap(*first));
    }

    private byte* DecodeBatch(byte* start)
    {
        var at = _reader.ReadArrayHead(start, out var left);
        while (at != null && !stage.IsOverflown)
        {
            var next = left > 0 && at < _end ? TryDecodeUsual(at, left) : null;
            if (next == null && _arrays.IsWaiting)
            {
                at = _arrays.Settle(at, ref left);
                continue;
            }

            if (left == 0)
            {
                return at;
            }

            if (at == _end)
            {
                // It promised more elements than there are.
                stage.Reject(start, _end, RejectReason.Malformed);
                return null;
            }

            at = next != null ? next : DecodeValueOrRejectRest(at, depth: 1);
            left--;
        }

        return at;
    }

    /// <summary>Behind the value; null where it could not be read and the rest of the record was refused.</summary>
    private byte* DecodeValueOrRejectRest(byte* at, int depth)
    {
        var stagedBefore = stage.Count;
        _reader.HasBadText = false;
        var next = MessagePackReader.IsMap(*at) ? _maps.Decode(_reader, at, _end, depth)
            : MessagePackReader.IsArray(*at) ? DecodeArray(at, depth)
            : RejectForeign(at, depth);
        if (next == null)
        {
            stage.CutBackTo(stagedBefore);
            stage.Reject(at, _end, _reader.Fault);
            return null;
        }

        if (next - at > EngineLimits.ObjectBytesMax)
        {
            stage.CutBackTo(stagedBefore);
            stage.Reject(at, next, RejectReason.TooLarge);
        }

        return next;
    }

    private byte* RejectForeign(byte* at, int depth)
    {
        var next = _reader.Skip(at, depth);
        if (next != null)
        {
            stage.Reject(at, next, _reader.HasBadText ? RejectReason.InvalidUtf8 : RejectReason.WrongType);
        }

        return next;
    }

    private byte* DecodeArray(byte* start, int depth)
    {
        var at = _reader.ReadArrayHead(start, out var count);
        if (at == null)
        {
            return null;
        }

        ReadingDraft draft = default;
        draft.Clear(stage.Unit);
        at = ReadHead(at, int.Min(count, EnvelopeReadingsAt), depth + 1, ref draft);
        if (at != null && count > EnvelopeReadingsAt && at < _end && MessagePackReader.IsArray(*at))
        {
            return DecodeEnvelope(start, at, count - EnvelopeReadingsAt - 1, depth + 1, ref draft);
        }

        at = at == null ? null : ReadRest(at, count, depth + 1, ref draft);
        if (at == null)
        {
            return null;
        }

        if (count < ReadingCountMin)
        {
            draft.Refuse(RejectReason.MissingMember);
        }

        Stage(ref draft, start, at);
        return at;
    }

    private void Stage(ref ReadingDraft draft, byte* start, byte* end)
    {
        if (_reader.HasBadText)
        {
            draft.Fault = RejectReason.InvalidUtf8;
        }

        stage.Stage(ref draft, start, end);
    }

    private byte* ReadHead(byte* at, int count, int depth, ref ReadingDraft draft)
    {
        for (var index = 0; index < count && at != null; index++)
        {
            at = _reader.Read(at, depth, out var value);
            draft.Take(
                index switch { 0 => Member.Version, 1 => Member.Timestamp, _ => Member.EquipmentId }, value);
        }

        return at;
    }

    private byte* ReadRest(byte* at, int count, int depth, ref ReadingDraft draft)
    {
        for (var index = EnvelopeReadingsAt; index < count && at != null; index++)
        {
            if (index == 7 && at < _end && MessagePackReader.IsArray(*at))
            {
                at = ReadFlags(_reader, at, depth, stage, ref draft);
                continue;
            }

            at = _reader.Read(at, depth, out var value);
            switch (index)
            {
                case 3:
                    draft.Take(Member.Tag, value);
                    break;
                case 4:
                    draft.Take(Member.Value, value);
                    break;
                case 5:
                    draft.TakeQualityClass(value);
                    break;
                case 6:
                    draft.Take(Member.SequenceNumber, value);
                    break;
                case 7 when value.Kind != WireKind.Null:
                    draft.Refuse(RejectReason.WrongType);
                    break;
                case 8:
                    draft.Take(Member.CreatedAt, value);
                    break;
                case 9:
                    draft.Take(Member.SourceId, value);
                    break;
                default:
                    break;
            }
        }

        return at;
    }

    /// <summary>At an array of flag names.</summary>
    internal static byte* ReadFlags(
        MessagePackReader reader, byte* at, int depth, ReadingStage stage, ref ReadingDraft draft)
    {
        if (depth >= EngineLimits.RecordDepthMax)
        {
            return reader.Fail(RejectReason.TooLarge);
        }

        var recalled = stage.FlagSets.TryRecall(at, reader.End, ref draft.Flags);
        if (recalled != null)
        {
            return recalled;
        }

        var start = at;
        draft.Flags = 0;
        at = reader.ReadArrayHead(at, out var count);
        for (; count > 0 && at != null; count--)
        {
            at = reader.Read(at, depth + 1, out var flag);
            draft.TakeFlag(flag, stage);
        }

        if (at != null && draft.Fault == RejectReason.None && !reader.HasBadText)
        {
            stage.FlagSets.Remember(start, at, draft.Flags);
        }

        return at;
    }

    /// <summary>
    /// At the readings. They are staged as they are read; the sequence number and the source stand behind them and are
    /// filled in then.
    /// </summary>
    private byte* DecodeEnvelope(byte* start, byte* at, int countBehind, int depth, ref ReadingDraft envelope)
    {
        // What is no text in a reading is that reading's fault.
        var hasBadText = _reader.HasBadText;
        var stagedBefore = stage.Count;
        var isGood = envelope.Fault == RejectReason.None && !hasBadText;
        at = DecodeEnvelopeReadings(at, depth, envelope, isGood);
        _reader.HasBadText = hasBadText;
        for (var index = 0; index < countBehind && at != null; index++)
        {
            at = _reader.Read(at, depth, out var value);
            if (index < 2)
            {
                envelope.Take(index == 0 ? Member.SequenceNumber : Member.SourceId, value);
            }
        }

        if (at == null)
        {
            return null;
        }

        if (_reader.HasBadText)
        {
            envelope.Fault = RejectReason.InvalidUtf8;
        }

        envelope.RefuseWhenNumbersOverflow();
        Complete(start, at, stagedBefore, envelope);
        return at;
    }

    private byte* DecodeEnvelopeReadings(byte* at, int depth, in ReadingDraft envelope, bool isGood)
    {
        if (depth >= EngineLimits.RecordDepthMax)
        {
            return _reader.Fail(RejectReason.TooLarge);
        }

        at = _reader.ReadArrayHead(at, out var count);
        var equipmentIndex = Slot.NoIndex;
        for (long index = 0; index < count && at != null; index++)
        {
            if (!isGood || stage.IsOverflown)
            {
                at = _reader.Skip(at, depth + 1);
                continue;
            }

            var readingAt = at;
            if (depth + 1 < EngineLimits.RecordDepthMax
                && TryDecodeUsualEnvelopeReading(ref at, envelope, ref equipmentIndex, index))
            {
                continue;
            }

            var draft = envelope.Inherited();
            _reader.HasBadText = false;
            at = ReadEnvelopeReading(at, depth + 1, ref draft);
            if (at != null)
            {
                draft.SequenceNumber = index;
                Stage(ref draft, readingAt, at);
            }
        }

        return at;
    }

    private bool TryDecodeUsualEnvelopeReading(
        ref byte* at, in ReadingDraft envelope, ref int equipmentIndex, long index)
    {
        if (_isByGrammarAlone || (equipmentIndex < 0 && !stage.TryKnownEquipment(envelope, out equipmentIndex)))
        {
            return false;
        }

        Unsafe.SkipInit(out EnvelopeReading reading);
        var next = at;
        if (!MessagePackFields.TryReadEnvelopeReading(ref next, _end, ref reading)
            || !stage.TryStageKnown(envelope, in reading, equipmentIndex, index, ref _tags[index & (TagsMax - 1)]))
        {
            return false;
        }

        at = next;
        return true;
    }

    private byte* ReadEnvelopeReading(byte* at, int depth, ref ReadingDraft draft)
    {
        if (at >= _end || !MessagePackReader.IsArray(*at))
        {
            draft.Refuse(RejectReason.WrongType);
            return _reader.Skip(at, depth);
        }

        if (depth >= EngineLimits.RecordDepthMax)
        {
            return _reader.Fail(RejectReason.TooLarge);
        }

        at = _reader.ReadArrayHead(at, out var count);
        for (var index = 0; index < count && at != null; index++)
        {
            at = _reader.Read(at, depth + 1, out var value);
            switch (index)
            {
                case 0:
                    draft.Take(Member.Tag, value);
                    break;
                case 1:
                    draft.Take(Member.Value, value);
                    break;
                case 2:
                    draft.TakeTimestampDelta(value);
                    break;
                case 3:
                    draft.TakeQualityClass(value);
                    break;
                default:
                    break;
            }
        }

        return at;
    }

    private void Complete(byte* start, byte* end, int stagedBefore, in ReadingDraft envelope)
    {
        var fault = envelope.Fault;
        var sourceIndex = Slot.NoIndex;
        if (fault == RejectReason.None)
        {
            fault = stage.TrySource(envelope.Source, out sourceIndex);
        }

        if (fault != RejectReason.None)
        {
            stage.CutBackTo(stagedBefore);
            stage.Reject(start, end, fault);
            return;
        }

        for (var index = stagedBefore; index < stage.Count; index++)
        {
            ref var slot = ref stage.SlotAt(index);
            if (slot.Kind == SlotKind.Reading)
            {
                slot.SourceIndex = sourceIndex;
                slot.SequenceNumber = envelope.SequenceNumber == Slot.NoNumber
                    ? Slot.NoNumber
                    : envelope.SequenceNumber + slot.SequenceNumber;
            }
        }
    }
}
