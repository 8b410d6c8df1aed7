using System.Formats.Cbor;

namespace HotPath.Kinesis.Put;

/// <summary>
/// Reads the CBOR of PutRecord and PutRecords into slices of the body: the same maps as in JSON, of definite length or
/// not (Java writes indefinite ones), with data as byte strings. One user at a time: it keeps its reader.
/// </summary>
internal sealed class PutCbor
{
    private readonly CborReader _reader = new(ReadOnlyMemory<byte>.Empty, CborConformanceMode.Lax);
    private PutCall _call = null!;
    private int _bodyBytes;

    public PutParse Read(ReadOnlyMemory<byte> body, PutCall call, bool isBatch)
    {
        _call = call;
        _bodyBytes = body.Length;
        _reader.Reset(body);
        try
        {
            var state = _reader.PeekState();
            if (state is not (CborReaderState.StartMap or CborReaderState.StartArray))
            {
                return PutParse.NotParsable;
            }

            return state == CborReaderState.StartMap && (isBatch ? TryReadBatch() : TryReadOne())
                ? EndOf(body)
                : RestOf(body);
        }
        catch (Exception fault) when (fault is CborContentException or InvalidOperationException or OverflowException)
        {
            return PutParse.NotParsable;
        }
    }

    private PutParse EndOf(ReadOnlyMemory<byte> body) =>
        _reader.BytesRemaining == 0 ? PutParse.Regular : RestOf(body);

    /// <summary>Irregular, if it is CBOR at all.</summary>
    private PutParse RestOf(ReadOnlyMemory<byte> body)
    {
        _reader.Reset(body);
        _reader.SkipValue();
        return _reader.BytesRemaining == 0 ? PutParse.Irregular : PutParse.NotParsable;
    }

    private bool TryReadBatch()
    {
        _reader.ReadStartMap();
        while (_reader.PeekState() != CborReaderState.EndMap)
        {
            var name = ReadName();
            if (name.SequenceEqual("Records"u8))
            {
                if (!TryReadRecords())
                {
                    return false;
                }
            }
            else if (!TryReadStream(name))
            {
                return false;
            }
        }

        _reader.ReadEndMap();
        return true;
    }

    private bool TryReadRecords()
    {
        if (TrySkipNull())
        {
            return true;
        }

        if (_reader.PeekState() != CborReaderState.StartArray)
        {
            return false;
        }

        _call.ClearRecords();
        _reader.ReadStartArray();
        while (_reader.PeekState() != CborReaderState.EndArray)
        {
            if (_reader.PeekState() != CborReaderState.StartMap || !_call.HasRoom)
            {
                return false;
            }

            ref var record = ref _call.Add();
            _reader.ReadStartMap();
            while (_reader.PeekState() != CborReaderState.EndMap)
            {
                if (!TryReadRecordMember(ReadName(), ref record))
                {
                    return false;
                }
            }

            _reader.ReadEndMap();
        }

        _reader.ReadEndArray();
        return true;
    }

    private bool TryReadOne()
    {
        ref var record = ref _call.Add();
        _reader.ReadStartMap();
        while (_reader.PeekState() != CborReaderState.EndMap)
        {
            var name = ReadName();
            var isString = true;
            if (name.SequenceEqual("SequenceNumberForOrdering"u8))
            {
                isString = TryReadText(out var number);
                _call.SequenceNumberForOrdering = number;
            }
            else if (name.SequenceEqual("StreamName"u8) || name.SequenceEqual("StreamARN"u8))
            {
                isString = TryReadStream(name);
            }
            else
            {
                isString = TryReadRecordMember(name, ref record);
            }

            if (!isString)
            {
                return false;
            }
        }

        _reader.ReadEndMap();
        return true;
    }

    private bool TryReadRecordMember(ReadOnlySpan<byte> name, ref PutRecord record)
    {
        if (name.SequenceEqual("Data"u8))
        {
            return TryReadBytes(out record.Data);
        }

        if (name.SequenceEqual("PartitionKey"u8))
        {
            return TryReadText(out record.PartitionKey);
        }

        if (name.SequenceEqual("ExplicitHashKey"u8))
        {
            return TryReadText(out record.ExplicitHashKey);
        }

        _reader.SkipValue();
        return true;
    }

    private bool TryReadStream(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("StreamName"u8))
        {
            var isString = TryReadText(out var streamName);
            _call.StreamName = streamName;
            return isString;
        }

        if (name.SequenceEqual("StreamARN"u8))
        {
            var isString = TryReadText(out var arn);
            _call.StreamArn = arn;
            return isString;
        }

        _reader.SkipValue();
        return true;
    }

    /// <summary>A member's name; one in chunks is put together, and is none of ours to be fast about.</summary>
    private ReadOnlySpan<byte> ReadName() => _reader.PeekState() == CborReaderState.TextString
        ? _reader.ReadDefiniteLengthTextStringBytes().Span
        : System.Text.Encoding.UTF8.GetBytes(_reader.ReadTextString());

    private bool TryReadText(out TextSlice slice)
    {
        slice = TextSlice.Absent;
        switch (_reader.PeekState())
        {
            case CborReaderState.TextString:
                slice = SliceOf(_reader.ReadDefiniteLengthTextStringBytes().Length);
                return true;
            case CborReaderState.StartIndefiniteLengthTextString:
                slice = Aside(System.Text.Encoding.UTF8.GetBytes(_reader.ReadTextString()));
                return true;
            default:
                return TrySkipNull();
        }
    }

    private bool TryReadBytes(out TextSlice slice)
    {
        slice = TextSlice.Absent;
        switch (_reader.PeekState())
        {
            case CborReaderState.ByteString:
                slice = SliceOf(_reader.ReadDefiniteLengthByteString().Length);
                return true;
            case CborReaderState.StartIndefiniteLengthByteString:
                slice = Aside(_reader.ReadByteString());
                return true;
            default:
                return TrySkipNull();
        }
    }

    /// <summary>A string's bytes end where the reader now stands.</summary>
    private TextSlice SliceOf(int length) => new(_bodyBytes - _reader.BytesRemaining - length, length, IsAside: false);

    private TextSlice Aside(ReadOnlySpan<byte> bytes)
    {
        var start = _call.Aside.Count;
        _call.Aside.Append(bytes);
        return new TextSlice(start, bytes.Length, IsAside: true);
    }

    private bool TrySkipNull()
    {
        if (_reader.PeekState() != CborReaderState.Null)
        {
            return false;
        }

        _reader.ReadNull();
        return true;
    }
}
