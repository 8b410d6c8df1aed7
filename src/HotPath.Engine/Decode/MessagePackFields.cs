using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// The usual contents of MessagePack's forms. Stateless. Each takes the place where a value begins and moves it behind
/// the value, or says no to what is not usual: then place and value are undefined, nothing counts, and the grammar
/// decides. Names are not checked: only known ones are taken, and known ones were checked when they came first.
/// </summary>
/// <remarks>The rare halves stand in methods of their own that are given copies, so that the place stays in a register.</remarks>
internal static unsafe class MessagePackFields
{
    private const int NumberBytesMax = 9;
    private const int QualityBits = (int)Quality.Good | ((int)Quality.Uncertain << 2) | ((int)Quality.Bad << 4);

    /// <summary>A version, which is a model's number, or nil.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadVersion(ref byte* at, byte* end, ref int model)
    {
        long version = model;
        if (!TryReadCount(ref at, end, ref version) || version > int.MaxValue)
        {
            return false;
        }

        model = (int)version;
        return true;
    }

    /// <summary><c>[tag, value, timestampDelta, quality]</c>, the last two as far as they are there.</summary>
    public static bool TryReadEnvelopeReading(ref byte* at, byte* end, ref EnvelopeReading reading)
    {
        if (end - at < 3)
        {
            return false;
        }

        var count = *at ^ 0x90;
        at++;
        reading.Delta = 0;
        reading.Quality = Quality.Good;
        return count is >= 2 and <= 4
            && TryReadText(ref at, end, ref reading.Tag)
            && TryReadValue(ref at, end, ref reading.ValueKind, ref reading.ValueBits, ref reading.Symbol)
            && (count < 3 || TryReadDelta(ref at, end, ref reading.Delta))
            && (count < 4 || TryReadQuality(ref at, end, ref reading.Quality));
    }

    /// <summary>A time as a count in its unit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadTime(ref byte* at, byte* end, TimestampUnit unit, ref long micros)
    {
        long count = -1;
        return TryReadCount(ref at, end, ref count) && WireTime.TryFromUnit(count, unit, out micros);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadDelta(ref byte* at, byte* end, ref long delta)
    {
        if (at < end && *at >= 0xE0)
        {
            delta = (sbyte)*at;
            at++;
            return true;
        }

        return TryReadCount(ref at, end, ref delta);
    }

    /// <summary>0 good, 1 uncertain, 2 bad, or nil, which leaves what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadQuality(ref byte* at, byte* end, ref Quality quality)
    {
        if (at >= end)
        {
            return false;
        }

        int said = *at;
        at++;
        if (said > 2)
        {
            return said == 0xC0;
        }

        // Without a branch: which readings are bad is not to be guessed.
        quality = (Quality)((QualityBits >> (2 * said)) & 3);
        return true;
    }

    /// <summary>A text that is not empty, of at most 255 bytes.</summary>
    // Safe because two bytes are left before they are read, and the text before it is taken. Worth it: Decode/MessagePack.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadText(ref byte* at, byte* end, ref Utf8Text text)
    {
        if (end - at < 2)
        {
            return false;
        }

        int mark = *at;
        var from = at + 1;
        var bytes = mark & 0x1F;
        if ((mark & 0xE0) != 0xA0)
        {
            if (mark != 0xD9)
            {
                return false;
            }

            bytes = *from;
            from++;
        }

        text = new Utf8Text(from, bytes);
        at = from + bytes;
        return bytes > 0 && at <= end;
    }

    /// <summary>A number without sign, or nil, which leaves what is there.</summary>
    // Safe because nine bytes are left, or a copy has as many. Worth it: Decode/MessagePack.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadCount(ref byte* at, byte* end, ref long value)
    {
        if (at < end && *at < 0x80)
        {
            value = *at;
            at++;
            return true;
        }

        if (end - at < NumberBytesMax)
        {
            var said = value;
            at = TryReadCountAtEnd(at, end, ref said);
            value = said;
            return at != null;
        }

        // Eight bytes from behind the mark, big endian: what is not of the number is shifted out.
        var bytes = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(at + 1));
        switch (*at)
        {
            case 0xCF or 0xD3 when (long)bytes >= 0:
                value = (long)bytes;
                at += 9;
                return true;
            case 0xCE:
            case 0xD2 when (long)bytes >= 0:
                value = (long)(bytes >> 32);
                at += 5;
                return true;
            case 0xCD:
            case 0xD1 when (long)bytes >= 0:
                value = (long)(bytes >> 48);
                at += 3;
                return true;
            case 0xCC:
            case 0xD0 when (long)bytes >= 0:
                value = (long)(bytes >> 56);
                at += 2;
                return true;
            case 0xC0:
                at++;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Where fewer bytes are left than the longest number has: from a copy that has zeros behind them.</summary>
    /// <returns>Behind it, or null.</returns>
    // Safe because no more is copied than is left. Worth it: a short number may be the last of a record.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte* TryReadCountAtEnd(byte* at, byte* end, ref long value)
    {
        if (at >= end)
        {
            return null;
        }

        var copy = stackalloc byte[NumberBytesMax];
        new Span<byte>(copy, NumberBytesMax).Clear();
        new ReadOnlySpan<byte>(at, (int)(end - at)).CopyTo(new Span<byte>(copy, NumberBytesMax));
        var next = copy;
        return TryReadCount(ref next, copy + NumberBytesMax, ref value) && next - copy <= end - at ? at + (next - copy) : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadValue(ref byte* at, byte* end, ref ValueKind kind, ref long bits, ref Utf8Text symbol)
    {
        if (end - at >= NumberBytesMax && *at == 0xCB)
        {
            bits = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<long>(at + 1));
            kind = ValueKind.Number;
            at += NumberBytesMax;
            return double.IsFinite(BitConverter.Int64BitsToDouble(bits));
        }

        at = TryReadOtherValue(at, end, ref kind, ref bits, ref symbol);
        return at != null;
    }

    private static byte* TryReadOtherValue(byte* at, byte* end, ref ValueKind kind, ref long bits, ref Utf8Text symbol)
    {
        if (at >= end)
        {
            return null;
        }

        switch (*at)
        {
            case 0xC0:
                kind = ValueKind.None;
                bits = 0;
                return at + 1;
            case 0xC2 or 0xC3:
                kind = ValueKind.Bool;
                bits = *at & 1;
                return at + 1;
            case (>= 0xA0 and <= 0xBF) or 0xD9:
                kind = ValueKind.Symbol;
                return TryReadText(ref at, end, ref symbol) ? at : null;
            case >= 0xE0:
                kind = ValueKind.Number;
                bits = BitConverter.DoubleToInt64Bits((sbyte)*at);
                return at + 1;
            case 0xCA when end - at >= 5:
                kind = ValueKind.Number;
                var single = BitConverter.UInt32BitsToSingle(BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(at + 1)));
                bits = BitConverter.DoubleToInt64Bits(single);
                return float.IsFinite(single) ? at + 5 : null;
            default:
                long count = 0;
                kind = ValueKind.Number;
                var isCount = TryReadCount(ref at, end, ref count);
                bits = BitConverter.DoubleToInt64Bits(count);
                return isCount ? at : null;
        }
    }
}

/// <summary>What one reading of an envelope array says.</summary>
internal struct EnvelopeReading
{
    public Utf8Text Tag;
    public Utf8Text Symbol;
    public long ValueBits;

    /// <summary>In the listener's unit.</summary>
    public long Delta;
    public ValueKind ValueKind;
    public Quality Quality;
}
