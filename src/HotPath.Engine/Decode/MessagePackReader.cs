using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace HotPath.Engine.Decode;

/// <summary>
/// The MessagePack format over one record. Belongs to one decoder and its thread. Each method takes the place where a
/// value begins and returns the place behind it, or null where the bytes end too soon, are no MessagePack, or nest
/// too deep; then <see cref="Fault"/> says why.
/// </summary>
/// <remarks>
/// <code>
/// 00-7f fixint   80-8f fixmap  90-9f fixarray  a0-bf fixstr   c0 nil  c2 false  c3 true   c4 c5 c6 bin 8 16 32
/// c7 c8 c9 ext 8 16 32   ca cb float 32 64   cc cd ce cf uint 8 16 32 64   d0 d1 d2 d3 int 8 16 32 64
/// d4-d8 fixext 1 2 4 8 16   d9 da db str 8 16 32   dc dd array 16 32   de df map 16 32   e0-ff negative fixint
/// timestamp = ext -1: u32 seconds | u30 nanoseconds, u34 seconds | u32 nanoseconds, i64 seconds. All big endian.
/// </code>
/// </remarks>
internal sealed unsafe class MessagePackReader
{
    private const sbyte TimestampType = -1;
    private const long NanosPerSecond = 1_000_000_000;

    private byte* _end;

    public byte* End => _end;

    /// <summary>Why the bytes are no MessagePack.</summary>
    public Ring.RejectReason Fault { get; private set; }

    /// <summary>A string was no UTF-8. Stays set until it is cleared.</summary>
    public bool HasBadText { get; set; }

    public void Begin(byte* end)
    {
        _end = end;
        HasBadText = false;
        Fault = Ring.RejectReason.None;
    }

    public byte* Fail(Ring.RejectReason reason = Ring.RejectReason.Malformed)
    {
        Fault = reason;
        return null;
    }

    public static bool IsArray(byte first) => (first & 0xF0) == 0x90 || first is 0xDC or 0xDD;

    public static bool IsMap(byte first) => (first & 0xF0) == 0x80 || first is 0xDE or 0xDF;

    /// <summary>At an array. The count is believed only as far as bytes are left: each element has one at least.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* ReadArrayHead(byte* at, out int count)
    {
        count = *at & 0x0F;
        return (*at & 0xF0) == 0x90 && _end - at > count ? at + 1 : ReadLongHead(at, out count, bytesPerElement: 1);
    }

    public byte* ReadMapHead(byte* at, out int count)
    {
        count = *at & 0x0F;
        return (*at & 0xF0) == 0x80 && _end - at > 2 * count ? at + 1 : ReadLongHead(at, out count, bytesPerElement: 2);
    }

    /// <summary>Any value; of an array, a map or a foreign type only the kind is kept.</summary>
    /// <param name="depth">That of what holds the value.</param>
    public byte* Read(byte* at, int depth, out WireValue value)
    {
        value = default;
        if (at >= _end)
        {
            return Fail();
        }

        var first = *at;
        if (first < 0x80 || first >= 0xE0)
        {
            SetInteger((sbyte)first, ref value);
            return at + 1;
        }

        if (first < 0xA0)
        {
            value.Kind = WireKind.Other;
            return SkipNested(at, depth);
        }

        return first < 0xC0 ? ReadText(at + 1, first & 0x1F, ref value) : ReadByCode(at, first, depth, ref value);
    }

    public byte* Skip(byte* at, int depth) => Read(at, depth, out _);

    private byte* ReadByCode(byte* at, byte code, int depth, ref WireValue value)
    {
        var left = _end - at - 1;
        if (left < ArgumentBytes(code))
        {
            return Fail();
        }

        // Safe because ArgumentBytes of the code are left. Worth it: Decode/MessagePack.
        var argument = new ReadOnlySpan<byte>(at + 1, (int)long.Min(left, 8));
        switch (code)
        {
            case 0xC0:
                return at + 1;
            case 0xC2 or 0xC3:
                value.Kind = code == 0xC3 ? WireKind.True : WireKind.False;
                return at + 1;
            case 0xCA:
                return SetReal(at + 5, BinaryPrimitives.ReadSingleBigEndian(argument), ref value);
            case 0xCB:
                return SetReal(at + 9, BinaryPrimitives.ReadDoubleBigEndian(argument), ref value);
            case 0xCC:
                return SetInteger(at + 2, argument[0], ref value);
            case 0xCD:
                return SetInteger(at + 3, BinaryPrimitives.ReadUInt16BigEndian(argument), ref value);
            case 0xCE:
                return SetInteger(at + 5, BinaryPrimitives.ReadUInt32BigEndian(argument), ref value);
            case 0xCF:
                return SetUnsigned(at + 9, BinaryPrimitives.ReadUInt64BigEndian(argument), ref value);
            case 0xD0:
                return SetInteger(at + 2, (sbyte)argument[0], ref value);
            case 0xD1:
                return SetInteger(at + 3, BinaryPrimitives.ReadInt16BigEndian(argument), ref value);
            case 0xD2:
                return SetInteger(at + 5, BinaryPrimitives.ReadInt32BigEndian(argument), ref value);
            case 0xD3:
                return SetInteger(at + 9, BinaryPrimitives.ReadInt64BigEndian(argument), ref value);
            case 0xD9:
                return ReadText(at + 2, argument[0], ref value);
            case 0xDA:
                return ReadText(at + 3, BinaryPrimitives.ReadUInt16BigEndian(argument), ref value);
            case 0xDB:
                return ReadText(at + 5, BinaryPrimitives.ReadUInt32BigEndian(argument), ref value);
            case 0xC4:
                return SkipForeign(at + 2, argument[0], ref value);
            case 0xC5:
                return SkipForeign(at + 3, BinaryPrimitives.ReadUInt16BigEndian(argument), ref value);
            case 0xC6:
                return SkipForeign(at + 5, BinaryPrimitives.ReadUInt32BigEndian(argument), ref value);
            case 0xC7:
                return ReadExtension(at + 2, argument[0], ref value);
            case 0xC8:
                return ReadExtension(at + 3, BinaryPrimitives.ReadUInt16BigEndian(argument), ref value);
            case 0xC9:
                return ReadExtension(at + 5, BinaryPrimitives.ReadUInt32BigEndian(argument), ref value);
            case >= 0xD4 and <= 0xD8:
                return ReadExtension(at + 1, 1L << (code - 0xD4), ref value);
            case 0xDC or 0xDD or 0xDE or 0xDF:
                value.Kind = WireKind.Other;
                return SkipNested(at, depth);
            default:
                // 0xC1 is never used.
                return Fail();
        }
    }

    private static int ArgumentBytes(byte code) => code switch
    {
        0xC4 or 0xC7 or 0xCC or 0xD0 or 0xD9 => 1,
        0xC5 or 0xC8 or 0xCD or 0xD1 or 0xDA or 0xDC or 0xDE => 2,
        0xC6 or 0xC9 or 0xCA or 0xCE or 0xD2 or 0xDB or 0xDD or 0xDF => 4,
        0xCB or 0xCF or 0xD3 => 8,
        _ => 0,
    };

    private static void SetInteger(long integer, ref WireValue value)
    {
        value.Kind = WireKind.Integer;
        value.Integer = integer;
        value.Real = integer;
    }

    private static byte* SetInteger(byte* next, long integer, ref WireValue value)
    {
        SetInteger(integer, ref value);
        return next;
    }

    private static byte* SetUnsigned(byte* next, ulong integer, ref WireValue value)
    {
        value.Kind = integer > long.MaxValue ? WireKind.BigInteger : WireKind.Integer;
        value.Integer = unchecked((long)integer);
        value.Real = integer;
        return next;
    }

    private static byte* SetReal(byte* next, double real, ref WireValue value)
    {
        value.Kind = double.IsFinite(real) ? WireKind.Real : WireKind.NotFinite;
        value.Real = real;
        return next;
    }

    private byte* ReadText(byte* at, long bytes, ref WireValue value)
    {
        if (_end - at < bytes)
        {
            return Fail();
        }

        value.Kind = WireKind.Text;
        value.Text = new Utf8Text(at, (int)bytes);
        HasBadText |= !Utf8.IsValid(value.Text.Span);
        return at + bytes;
    }

    private byte* SkipForeign(byte* at, long bytes, ref WireValue value)
    {
        value.Kind = WireKind.Other;
        return _end - at < bytes ? Fail() : at + bytes;
    }

    /// <summary>At the type of an extension whose data has so many bytes.</summary>
    private byte* ReadExtension(byte* at, long bytes, ref WireValue value)
    {
        if (_end - at < bytes + 1)
        {
            return Fail();
        }

        value.Kind = WireKind.Other;
        if ((sbyte)*at == TimestampType)
        {
            // Safe because type and data are left. Worth it: the lengths are checked once.
            ReadTimestamp(new ReadOnlySpan<byte>(at + 1, (int)bytes), ref value);
        }

        return at + 1 + bytes;
    }

    private static void ReadTimestamp(ReadOnlySpan<byte> data, ref WireValue value)
    {
        long seconds;
        long nanos = 0;
        switch (data.Length)
        {
            case 4:
                seconds = BinaryPrimitives.ReadUInt32BigEndian(data);
                break;
            case 8:
                var both = BinaryPrimitives.ReadUInt64BigEndian(data);
                nanos = (long)(both >> 34);
                seconds = (long)(both & 0x3_FFFF_FFFF);
                break;
            case 12:
                nanos = BinaryPrimitives.ReadUInt32BigEndian(data);
                seconds = BinaryPrimitives.ReadInt64BigEndian(data[4..]);
                break;
            default:
                return;
        }

        // What is out of range becomes a time that is refused as such.
        value.Kind = WireKind.Time;
        value.Integer = nanos < NanosPerSecond && WireTime.TryFromUnit(seconds, TimestampUnit.Seconds, out var micros)
            ? micros + (nanos / 1_000)
            : -1;
    }

    private byte* ReadLongHead(byte* at, out int count, int bytesPerElement)
    {
        count = 0;
        var bytes = *at is 0xDC or 0xDE ? 2 : *at is 0xDD or 0xDF ? 4 : 0;
        if (_end - at < 1 + bytes || bytes == 0)
        {
            return Fail();
        }

        // Safe because the bytes of the count are left. Worth it: checked once.
        var argument = new ReadOnlySpan<byte>(at + 1, bytes);
        var said = bytes == 2 ? BinaryPrimitives.ReadUInt16BigEndian(argument) : BinaryPrimitives.ReadUInt32BigEndian(argument);
        at += 1 + bytes;
        if (said * (long)bytesPerElement > _end - at)
        {
            return Fail();
        }

        count = (int)said;
        return at;
    }

    private byte* SkipNested(byte* at, int depth)
    {
        if (depth >= EngineLimits.RecordDepthMax)
        {
            return Fail(Ring.RejectReason.TooLarge);
        }

        var isMap = IsMap(*at);
        at = isMap ? ReadMapHead(at, out var count) : ReadArrayHead(at, out count);
        for (long left = isMap ? 2L * count : count; left > 0 && at != null; left--)
        {
            at = Skip(at, depth + 1);
        }

        return at;
    }
}
