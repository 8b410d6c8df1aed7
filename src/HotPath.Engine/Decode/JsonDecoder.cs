using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// JSON records: one object, an array of objects, or one value a line; an object is a reading, an envelope of
/// readings, or the simple form. Belongs to one decoder and its thread.
/// </summary>
/// <remarks>
/// A value that cannot be read is refused up to the next line that begins with <c>{</c> or <c>[</c>: that is where
/// the next record of NDJSON is, and nothing inside a value that was laid out over several lines.
/// </remarks>
internal sealed unsafe class JsonDecoder : IDisposable
{
    private readonly JsonScanner _scanner = new();
    private readonly JsonPlainReader? _plain;
    private readonly JsonObjectDecoder _objects;
    private readonly ReadingStage _stage;
    private byte* _end;

    public JsonDecoder(ReadingStage stage, RecordDecoderOptions options)
    {
        _stage = stage;
        _plain = options.ReadsByGrammarAlone ? null : new JsonPlainReader(stage, options.ReadsReceivedAt);
        _objects = new JsonObjectDecoder(_scanner, stage, options.ReadsReceivedAt);
    }

    public void Decode(byte* start, byte* end)
    {
        _end = end;
        _scanner.Begin(end);
        var at = _scanner.SkipWhite(start);
        while (at < end && !_stage.IsOverflown)
        {
            var stagedBefore = _stage.Count;
            var next = *at switch
            {
                (byte)'{' => DecodeObject(at, depth: 1),
                (byte)'[' => DecodeArray(at),
                _ => _scanner.Fail(),
            };
            next = next == null ? null : ExpectLineEnd(next);
            if (next == null)
            {
                _stage.CutBackTo(stagedBefore);
                next = NextLineThatBegins(at);
                _stage.Reject(at, TrimEnd(at, next), _scanner.Fault);
            }

            at = _scanner.SkipWhite(next);
        }
    }

    public void Dispose()
    {
        _scanner.Dispose();
        _plain?.Dispose();
    }

    private byte* DecodeArray(byte* at)
    {
        at = _scanner.SkipWhite(at + 1);
        if (at < _end && *at == ']')
        {
            return at + 1;
        }

        while (at < _end)
        {
            var next = *at == '{' ? DecodeObject(at, depth: 2) : RejectElement(at);
            if (next == null)
            {
                return null;
            }

            next = _scanner.SkipWhite(next);
            if (next == _end || (*next != ',' && *next != ']'))
            {
                return _scanner.Fail();
            }

            if (*next == ']' || _stage.IsOverflown)
            {
                return next + 1;
            }

            at = _scanner.SkipWhite(next + 1);
        }

        return _scanner.Fail();
    }

    private byte* RejectElement(byte* at)
    {
        _scanner.BeginValue();
        var next = _scanner.SkipValue(at, depth: 1);
        if (next != null)
        {
            _stage.Reject(at, next, _scanner.HasBadText ? RejectReason.InvalidUtf8 : RejectReason.WrongType);
        }

        return next;
    }

    /// <summary>At the opening brace; <paramref name="depth"/> counts this object.</summary>
    private byte* DecodeObject(byte* at, int depth)
    {
        var next = _plain is null ? null : _plain.TryDecode(at, _end);
        return next != null ? next : _objects.Decode(at, _end, depth);
    }

    /// <summary>Behind a value: only white space may stand before the end of the line.</summary>
    private byte* ExpectLineEnd(byte* at)
    {
        while (at < _end && *at is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            at++;
        }

        return at == _end || *at == '\n' ? at : _scanner.Fail();
    }

    private byte* NextLineThatBegins(byte* at)
    {
        while (true)
        {
            // Safe because at never passes the end. Worth it: lines are found by vectors.
            var lineBytes = new ReadOnlySpan<byte>(at, (int)(_end - at)).IndexOf((byte)'\n');
            if (lineBytes < 0)
            {
                return _end;
            }

            at += lineBytes + 1;
            if (at < _end && *at is (byte)'{' or (byte)'[')
            {
                return at;
            }
        }
    }

    private static byte* TrimEnd(byte* start, byte* end)
    {
        while (end > start + 1 && end[-1] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            end--;
        }

        return end;
    }
}
