using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
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

    /// <summary>The reading array of WIRE.md, with at least five elements.</summary>
    public static byte* TryReadArray(byte* at, byte* end, FlagSets flags, ref ReadingDraft draft)
    {
        var count = *at & 0x0F;
        if ((*at & 0xF0) != 0x90 || count is < 5 or > 10 || end - at < 2 * NumberBytesMax + 3)
        {
            return null;
        }

        long version = Slot.NoModel;
        at = TryReadCount(at + 1, end, ref version);
        draft.Model = (int)version;
        at = at == null || version > int.MaxValue ? null : TryReadTime(at, end, draft.Unit, ref draft.TimeMicros);
        at = at == null ? null : TryReadText(at, end, ref draft.Equipment);
        at = at == null ? null : TryReadText(at, end, ref draft.Tag);
        at = at == null ? null : TryReadValue(at, end, ref draft.ValueKind, ref draft.ValueBits, ref draft.Symbol);

        // Not a loop: each element is read by code of its own.
        at = TryReadOptional(5, count, at, end, flags, ref draft);
        at = TryReadOptional(6, count, at, end, flags, ref draft);
        at = TryReadOptional(7, count, at, end, flags, ref draft);
        at = TryReadOptional(8, count, at, end, flags, ref draft);
        return TryReadOptional(9, count, at, end, flags, ref draft);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryReadOptional(
        [ConstantExpected] int index, int count, byte* at, byte* end, FlagSets flags, ref ReadingDraft draft)
    {
        if (index >= count || at == null)
        {
            return at;
        }

        if (at >= end)
        {
            return null;
        }

        if (*at == 0xC0)
        {
            return at + 1;
        }

        switch (index)
        {
            case 5:
                return TryReadQuality(at, ref draft.Quality);
            case 6:
                return TryReadCount(at, end, ref draft.SequenceNumber);
            case 7:
                return flags.TryRecall(at, end, ref draft.Flags);
            case 8:
                return TryReadTime(at, end, draft.Unit, ref draft.CreatedAtMicros);
            default:
                return TryReadText(at, end, ref draft.Source);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* TryReadQuality(byte* at, ref Quality quality)
    {
        switch (*at)
        {
            case 0 or 0xC0:
                quality = Quality.Good;
                return at + 1;
            case 1:
                quality = Quality.Uncertain;
                return at + 1;
            case 2:
                quality = Quality.Bad;
                return at + 1;
            default:
                return null;
        }
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
            return null;
        }

        switch (*at)
        {
            case 0xC0:
                return at + 1;
            case 0xCC:
                value = at[1];
                return at + 2;
            case 0xCD:
                value = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ushort>(at + 1));
                return at + 3;
            case 0xCE:
                value = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(at + 1));
                return at + 5;
            case 0xCF:
                value = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<long>(at + 1));
                return value >= 0 ? at + 9 : null;
            default:
                return null;
        }
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
