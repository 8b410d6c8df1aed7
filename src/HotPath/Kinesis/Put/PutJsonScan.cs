using System.Buffers;

namespace HotPath.Kinesis.Put;

/// <summary>
/// The fast half of <see cref="PutJson"/>: a body of PutRecords as SDKs write it, with nothing but known members and
/// strings without escapes, scanned string by string. It understands JSON strictly as far as it goes and gives up at
/// anything else; then nothing it found counts and the body is read again with care.
/// </summary>
internal ref struct PutJsonScan(ReadOnlySpan<byte> body, PutCall call)
{
    // What ends a plain string: its quote, an escape, or a control character, which may not stand in one.
    private static readonly SearchValues<byte> StringEnds = SearchValues.Create(
        [(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(control => (byte)control)]);

    private readonly ReadOnlySpan<byte> _body = body;
    private int _at;

    /// <summary>True when the whole body was understood.</summary>
    public bool TryReadBatch()
    {
        if (!TryTake((byte)'{'))
        {
            return false;
        }

        do
        {
            var isKnown = TryTakeName("Records"u8) ? TryReadRecords()
                : TryTakeName("StreamName"u8) ? TryReadString(out var name) && Name(name)
                : TryTakeName("StreamARN"u8) && TryReadString(out var arn) && Arn(arn);
            if (!isKnown)
            {
                return false;
            }
        }
        while (TryTake((byte)','));

        return TryTake((byte)'}') && IsAtEnd();
    }

    private readonly bool Name(TextSlice slice)
    {
        call.StreamName = slice;
        return true;
    }

    private readonly bool Arn(TextSlice slice)
    {
        call.StreamArn = slice;
        return true;
    }

    private bool TryReadRecords()
    {
        call.ClearRecords();
        if (!TryTake((byte)'['))
        {
            return false;
        }

        do
        {
            if (!call.HasRoom || !TryReadRecord(ref call.Add()))
            {
                return false;
            }
        }
        while (TryTake((byte)','));

        return TryTake((byte)']');
    }

    private bool TryReadRecord(ref PutRecord record)
    {
        if (!TryTake((byte)'{'))
        {
            return false;
        }

        do
        {
            var isKnown = TryTakeName("Data"u8) ? TryReadBase64(out record.Data)
                : TryTakeName("PartitionKey"u8) ? TryReadString(out record.PartitionKey)
                : TryTakeName("ExplicitHashKey"u8) && TryReadString(out record.ExplicitHashKey);
            if (!isKnown)
            {
                return false;
            }
        }
        while (TryTake((byte)','));

        return TryTake((byte)'}');
    }

    /// <summary>A member's name with its quotes and colon; nothing is taken when it is another.</summary>
    private bool TryTakeName(ReadOnlySpan<byte> name)
    {
        SkipWhiteSpace();
        var rest = _body[_at..];
        if (rest.Length < name.Length + 2
            || rest[0] != '"'
            || rest[name.Length + 1] != '"'
            || !rest.Slice(1, name.Length).SequenceEqual(name))
        {
            return false;
        }

        var before = _at;
        _at += name.Length + 2;
        if (TryTake((byte)':'))
        {
            return true;
        }

        _at = before;
        return false;
    }

    /// <summary>Control characters are left to the base64 decoder, which refuses them: a shorter scan.</summary>
    private bool TryReadBase64(out TextSlice slice)
    {
        slice = TextSlice.Absent;
        return TryTake((byte)'"') && TryTakeString(_body[_at..].IndexOfAny((byte)'"', (byte)'\\'), out slice);
    }

    private bool TryReadString(out TextSlice slice)
    {
        slice = TextSlice.Absent;
        return TryTake((byte)'"') && TryTakeString(_body[_at..].IndexOfAny(StringEnds), out slice);
    }

    private bool TryTakeString(int length, out TextSlice slice)
    {
        slice = TextSlice.Absent;
        if (length < 0 || _body[_at + length] != '"')
        {
            return false;
        }

        slice = new TextSlice(_at, length, IsAside: false);
        _at += length + 1;
        return true;
    }

    private bool TryTake(byte character)
    {
        SkipWhiteSpace();
        if (_at == _body.Length || _body[_at] != character)
        {
            return false;
        }

        _at++;
        return true;
    }

    private bool IsAtEnd()
    {
        SkipWhiteSpace();
        return _at == _body.Length;
    }

    private void SkipWhiteSpace()
    {
        while (_at < _body.Length && _body[_at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            _at++;
        }
    }
}
