using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// The usual contents of MessagePack's two array forms. Stateless. Takes the place where a reading begins and returns
/// the place behind it, or null for what is not usual: then nothing counts and the grammar decides. Names are not
/// checked: only known ones are taken, and known ones were checked when they came first.
/// </summary>
internal static unsafe class MessagePackFields
{
    private const int NumberBytesMax = 9;
    private const int QualityBits = (int)Quality.Good | ((int)Quality.Uncertain << 2) | ((int)Quality.Bad << 4);

    /// <summary>A version, which is a model's number, or nil.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* TryReadVersion(byte* at, byte* end, ref int model)
    {
        long version = model;
        at = TryReadCount(at, end, ref version);
        model = (int)version;
        return version <= int.MaxValue ? at : null;
    }

    /// <summary><c>[tag, value, timestampDelta, quality]</c>, the last two as far as they are there.</summary>
    public static byte* TryReadEnvelopeReading(byte* at, byte* end, ref EnvelopeReading reading)
    {
        if (end - at < 3 || (*at & 0xF0) != 0x90)
        {
            return null;
        }

        var count = *at & 0x0F;
        if (count is < 2 or > 4)
        {
            return null;
        }

        reading.Delta = 0;
        reading.Quality = Quality.Good;
        at = TryReadText(at + 1, end, ref reading.Tag);
        at = at == null ? null : TryReadValue(at, end, ref reading.ValueKind, ref reading.ValueBits, ref reading.Symbol);
        if (count > 2 && at != null)
        {
            at = at < end && *at >= 0xE0 ? TakeByte(at, ref reading.Delta) : TryReadCount(at, end, ref reading.Delta);
        }

        if (count > 3 && at != null)
        {
            at = at < end ? TryReadQuality(at, ref reading.Quality) : null;
        }

        return at;
    }

    /// <summary>A time as a count in its unit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* TryReadTime(byte* at, byte* end, TimestampUnit unit, ref long micros)
    {
        long count = -1;
        at = TryReadCount(at, end, ref count);
        return at != null && WireTime.TryFromUnit(count, unit, out micros) ? at : null;
    }

    private static byte* TakeByte(byte* at, ref long value)
    {
        value = (sbyte)*at;
        return at + 1;
    }

    /// <summary>0 good, 1 uncertain, 2 bad, or nil, which leaves what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* TryReadQuality(byte* at, ref Quality quality)
    {
        int said = *at;
        if (said > 2)
        {
            return said == 0xC0 ? at + 1 : null;
        }

        // Without a branch: which readings are bad is not to be guessed.
        quality = (Quality)((QualityBits >> (2 * said)) & 3);
        return at + 1;
    }

    /// <summary>A text that is not empty, of at most 255 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* TryReadText(byte* at, byte* end, ref Utf8Text text)
    {
        // Safe because two bytes are left before they are read, and the text before it is taken. Worth it: Decode/MessagePack.
        if (end - at < 2)
        {
            return null;
        }

        var bytes = *at & 0x1F;
        if ((*at & 0xE0) != 0xA0)
        {
            if (*at != 0xD9)
            {
                return null;
            }

            bytes = *++at;
        }

        at++;
        text = new Utf8Text(at, bytes);
        return bytes > 0 && end - at >= bytes ? at + bytes : null;
    }

    /// <summary>A number without sign, or nil, which leaves what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* TryReadCount(byte* at, byte* end, ref long value)
    {
        if (at < end && *at < 0x80)
        {
            value = *at;
            return at + 1;
        }

        if (end - at < NumberBytesMax)
        {
            return TryReadCountAtEnd(at, end, ref value);
        }

        // Eight bytes from behind the mark, big endian: what is not of the number is shifted out.
        var bytes = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(at + 1));
        switch (*at)
        {
            case 0xCF or 0xD3 when (long)bytes >= 0:
                value = (long)bytes;
                return at + 9;
            case 0xCE:
            case 0xD2 when (long)bytes >= 0:
                value = (long)(bytes >> 32);
                return at + 5;
            case 0xCD:
            case 0xD1 when (long)bytes >= 0:
                value = (long)(bytes >> 48);
                return at + 3;
            case 0xCC:
            case 0xD0 when (long)bytes >= 0:
                value = (long)(bytes >> 56);
                return at + 2;
            case 0xC0:
                return at + 1;
            default:
                return null;
        }
    }

    /// <summary>Where fewer bytes are left than the longest number has: from a copy that has zeros behind them.</summary>
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
        var next = TryReadCount(copy, copy + NumberBytesMax, ref value);
        return next != null && next - copy <= end - at ? at + (next - copy) : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* TryReadValue(byte* at, byte* end, ref ValueKind kind, ref long bits, ref Utf8Text symbol)
    {
        if (end - at >= NumberBytesMax && *at == 0xCB)
        {
            bits = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<long>(at + 1));
            kind = ValueKind.Number;
            return double.IsFinite(BitConverter.Int64BitsToDouble(bits)) ? at + 9 : null;
        }

        return TryReadOtherValue(at, end, ref kind, ref bits, ref symbol);
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
                return TryReadText(at, end, ref symbol);
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
                at = TryReadCount(at, end, ref count);
                kind = ValueKind.Number;
                bits = BitConverter.DoubleToInt64Bits(count);
                return at;
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
