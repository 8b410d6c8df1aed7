using System.Numerics;
using System.Runtime.CompilerServices;

namespace HotPath.Kinesis.Streams;

/// <summary>
/// Writes the sequence numbers of one call's records in one shard as decimal digits: the number at a first LSN is laid
/// out once in limbs of nine digits, and each record adds (LSN - first) * 2^80 to it: three small products, and divisions
/// by a constant. One user at a time; a value on the user's stack or in its pooled call.
/// </summary>
internal struct SequenceWriter
{
    private const uint LimbRange = 1_000_000_000;

    /// <summary>Six limbs of nine digits and one of two are 56.</summary>
    private const int LimbCount = 7;

    /// <summary>LSNs of one call from its first: the products must stay below 2^64.</summary>
    public const int DeltaMax = int.MaxValue;

    // 2^80 = 1,208,925 819,614,629 174,706,176.
    private const ulong CounterUnit0 = 174_706_176;
    private const ulong CounterUnit1 = 819_614_629;
    private const ulong CounterUnit2 = 1_208_925;

    private Limbs _first;

    public SequenceWriter(in SequenceNumber first)
    {
        var rest = first.Value;
        for (var limb = 0; limb < LimbCount; limb++)
        {
            rest = BigInteger.DivRem(rest, LimbRange, out var digits);
            _first[limb] = (uint)digits;
        }
    }

    [InlineArray(LimbCount)]
    private struct Limbs
    {
        private uint _limb0;
    }

    /// <summary>Writes exactly <see cref="SequenceNumber.Digits"/> bytes. Never allocates.</summary>
    /// <param name="delta">How many slots after the first LSN.</param>
    /// <param name="into">Room for the digits.</param>
    public readonly void Write(int delta, Span<byte> into)
    {
        into = into[..SequenceNumber.Digits];
        var times = (ulong)(uint)delta;
        var sum = _first[0] + (times * CounterUnit0);
        WriteNine(into[47..], (uint)(sum % LimbRange));
        sum = _first[1] + (times * CounterUnit1) + (sum / LimbRange);
        WriteNine(into[38..], (uint)(sum % LimbRange));
        sum = _first[2] + (times * CounterUnit2) + (sum / LimbRange);
        WriteNine(into[29..], (uint)(sum % LimbRange));
        sum = _first[3] + (sum / LimbRange);
        WriteNine(into[20..], (uint)(sum % LimbRange));
        sum = _first[4] + (sum / LimbRange);
        WriteNine(into[11..], (uint)(sum % LimbRange));
        sum = _first[5] + (sum / LimbRange);
        WriteNine(into[2..], (uint)(sum % LimbRange));
        WriteTwo(into, (uint)(_first[6] + (sum / LimbRange)));
    }

    private static ReadOnlySpan<byte> Pairs =>
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"u8 +
        "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"u8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteNine(Span<byte> into, uint value)
    {
        into = into[..9];
        var high = value / 10_000;
        var low = value - (high * 10_000);
        var top = high / 10_000;
        high -= top * 10_000;
        into[0] = (byte)('0' + top);
        WriteTwo(into[1..], high / 100);
        WriteTwo(into[3..], high % 100);
        WriteTwo(into[5..], low / 100);
        WriteTwo(into[7..], low % 100);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteTwo(Span<byte> into, uint value)
    {
        var at = (int)value * 2;
        into[1] = Pairs[at + 1];
        into[0] = Pairs[at];
    }
}
