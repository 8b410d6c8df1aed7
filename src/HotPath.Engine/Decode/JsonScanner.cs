using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Unicode;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// The grammar of JSON (RFC 8259) over one record: white space, strings, numbers, values to be skipped. Belongs to
/// one decoder and its thread. Each method takes the place where something begins and returns the place behind it, or
/// null where the text is no JSON; then <see cref="Fault"/> says why.
/// </summary>
internal sealed unsafe class JsonScanner : IDisposable
{
    private byte* _end;
    private byte* _scratch;
    private int _scratchBytes;
    private int _scratchUsed;

    /// <summary>Why the text is no JSON.</summary>
    public RejectReason Fault { get; private set; }

    /// <summary>A string was no UTF-8. Stays set until it is cleared: the text goes on, its reader decides.</summary>
    public bool HasBadText { get; set; }

    public void Begin(byte* end)
    {
        _end = end;
        Fault = RejectReason.None;
        HasBadText = false;
        _scratchUsed = 0;
    }

    /// <summary>Forgets the fault and the unescaped strings of the value before.</summary>
    public void BeginValue()
    {
        Fault = RejectReason.None;
        HasBadText = false;
        _scratchUsed = 0;
    }

    public byte* Fail(RejectReason reason = RejectReason.Malformed)
    {
        Fault = reason;
        return null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* SkipWhite(byte* at) => at < _end && *at > ' ' ? at : SkipWhiteWhenThere(at);

    /// <summary>Behind the colon of a member whose name ended at <paramref name="at"/>, at its value; null at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* SkipColon(byte* at)
    {
        at = SkipWhite(at);
        if (at == _end || *at != ':')
        {
            return Fail();
        }

        at = SkipWhite(at + 1);
        return at == _end ? Fail() : at;
    }

    /// <summary>At the opening quote of a member's name.</summary>
    public byte* ReadName(byte* at, out Utf8Text name)
    {
        if (at == _end || *at != '"')
        {
            name = default;
            return Fail();
        }

        return ReadString(at + 1, out name);
    }

    /// <summary>Behind the opening quote. The text is what the string means, unescaped.</summary>
    public byte* ReadString(byte* start, out Utf8Text text)
    {
        var at = FindSpecial(start);
        if (at < _end && *at == '"')
        {
            text = new Utf8Text(start, (int)(at - start));
            return at + 1;
        }

        return ReadStringWhenSpecial(start, at, out text);
    }

    /// <summary>Any value; of an array or object only the kind is kept, their text is checked.</summary>
    public byte* ReadValue(byte* at, int depth, out WireValue value)
    {
        value = default;
        switch (*at)
        {
            case (byte)'"':
                value.Kind = WireKind.Text;
                return ReadString(at + 1, out value.Text);
            case (byte)'t':
                value.Kind = WireKind.True;
                return SkipWord(at, "true"u8);
            case (byte)'f':
                value.Kind = WireKind.False;
                return SkipWord(at, "false"u8);
            case (byte)'n':
                value.Kind = WireKind.Null;
                return SkipWord(at, "null"u8);
            case (byte)'{' or (byte)'[':
                value.Kind = WireKind.Other;
                return SkipNested(at, depth);
            default:
                var end = JsonNumber.Read(at, _end, out value);
                return end == null ? Fail() : end;
        }
    }

    public byte* SkipValue(byte* at, int depth) => ReadValue(at, depth, out _);

    /// <summary>At the bracket of an array or object; <paramref name="depth"/> is that of what holds it.</summary>
    private byte* SkipNested(byte* at, int depth)
    {
        if (depth == EngineLimits.RecordDepthMax)
        {
            return Fail(RejectReason.TooLarge);
        }

        var isObject = *at == '{';
        var close = isObject ? (byte)'}' : (byte)']';
        at = SkipWhite(at + 1);
        if (at < _end && *at == close)
        {
            return at + 1;
        }

        while (true)
        {
            if (isObject)
            {
                at = ReadName(at, out _);
                at = at == null ? null : SkipColon(at);
            }

            at = at == null ? null : at == _end ? Fail() : SkipValue(at, depth + 1);
            if (at == null)
            {
                return null;
            }

            at = SkipWhite(at);
            if (at == _end || (*at != ',' && *at != close))
            {
                return Fail();
            }

            if (*at == close)
            {
                return at + 1;
            }

            at = SkipWhite(at + 1);
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_scratch);
        _scratch = null;
        _scratchBytes = 0;
    }

    private byte* SkipWhiteWhenThere(byte* at)
    {
        while (at < _end && *at is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    private byte* SkipWord(byte* at, ReadOnlySpan<byte> word)
    {
        // Safe because the length is checked first. Worth it: Decode/Json.
        return _end - at >= word.Length && new ReadOnlySpan<byte>(at, word.Length).SequenceEqual(word)
            ? at + word.Length
            : Fail();
    }

    /// <summary>The first quote, backslash, control character or byte outside ASCII from here, or the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* FindSpecial(byte* at)
    {
        // Safe because a whole vector is left whenever one is loaded. Worth it: Decode/Json.
        while (_end - at >= Vector256<byte>.Count)
        {
            var bytes = Vector256.Load(at);

            // As signed bytes, control characters and everything outside ASCII are below the space.
            var special = Vector256.Equals(bytes, Vector256.Create((byte)'"'))
                | Vector256.Equals(bytes, Vector256.Create((byte)'\\'))
                | Vector256.LessThan(bytes.AsSByte(), Vector256.Create((sbyte)' ')).AsByte();
            var mask = special.ExtractMostSignificantBits();
            if (mask != 0)
            {
                return at + BitOperations.TrailingZeroCount(mask);
            }

            at += Vector256<byte>.Count;
        }

        while (at < _end && (sbyte)*at >= ' ' && *at != '"' && *at != '\\')
        {
            at++;
        }

        return at;
    }

    private byte* ReadStringWhenSpecial(byte* start, byte* at, out Utf8Text text)
    {
        text = default;
        while (at < _end && *at >= 0x80)
        {
            while (at < _end && *at >= 0x80)
            {
                at++;
            }

            at = FindSpecial(at);
        }

        if (at == _end || *at < ' ')
        {
            return Fail();
        }

        if (*at == '\\')
        {
            return ReadEscapedString(start, at, out text);
        }

        text = new Utf8Text(start, (int)(at - start));
        HasBadText |= !Utf8.IsValid(text.Span);
        return at + 1;
    }

    private byte* ReadEscapedString(byte* start, byte* at, out Utf8Text text)
    {
        // What is unescaped is never longer than what is escaped. The scratch holds the strings of one object.
        text = default;
        var end = at;
        while (end < _end && *end != '"')
        {
            end += *end == '\\' ? 2 : 1;
        }

        if (end >= _end)
        {
            return Fail();
        }

        // Safe because start to end lies within the record. Worth it: no copy of what has no escape.
        var raw = new ReadOnlySpan<byte>(start, (int)(end - start));
        var target = ScratchFor(raw.Length);
        if (!JsonEscapes.TryUnescape(raw, target, out var written, out var isText))
        {
            return Fail();
        }

        HasBadText |= !isText;
        text = new Utf8Text(_scratch + _scratchUsed, written);
        _scratchUsed += written;
        return end + 1;
    }

    private Span<byte> ScratchFor(int bytes)
    {
        if (_scratch == null)
        {
            _scratchBytes = 2 * EngineLimits.ObjectBytesMax;
            _scratch = (byte*)NativeMemory.Alloc((nuint)_scratchBytes);
        }

        // An object is at most 64 KiB and read twice at most. A larger one is refused without a look at its strings:
        // they may overlap, and one that is longer alone is only checked.
        if (bytes > _scratchBytes)
        {
            return [];
        }

        if (_scratchUsed + bytes > _scratchBytes)
        {
            _scratchUsed = 0;
        }

        return new Span<byte>(_scratch + _scratchUsed, bytes);
    }
}
