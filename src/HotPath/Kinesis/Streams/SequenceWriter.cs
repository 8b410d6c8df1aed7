using System.Runtime.CompilerServices;

namespace HotPath.Kinesis.Streams;

/// <summary>
/// Writes the sequence numbers of one call's records in one shard as decimal digits. The number of the call's first LSN
/// is laid out once in limbs of nine digits; each record adds (LSN - first) * 2^80 to it: three small products, and
/// divisions by a constant. Belongs to one call; never allocates.
/// </summary>
internal struct SequenceWriter
{
    /// <summary>Slots of one call after its first: the products must stay below 2^64.</summary>
    public const int DeltaMax = int.MaxValue;

    // 2^80 = 1,208,925 819,614,629 174,706,176.
    private const ulong CounterUnit0 = 174_706_176;
    private const ulong CounterUnit1 = 819_614_629;
    private const ulong CounterUnit2 = 1_208_925;

    private const uint LimbRange = SequenceLimbs.Range;

    private SequenceLimbs _first;
    private long _lsnAfterFirst;

    /// <summary>Whether this writes for that call already: an LSN belongs to one call.</summary>
    public readonly bool IsFor(long lsnFirst) => _lsnAfterFirst == lsnFirst + 1;

    /// <param name="shard">The shard's number at LSN 0 and time 0.</param>
    /// <param name="lsnFirst">The call's first LSN.</param>
    /// <param name="recordedSeconds">When the call came.</param>
    public void Begin(in SequenceLimbs shard, long lsnFirst, long recordedSeconds)
    {
        _lsnAfterFirst = lsnFirst + 1;
        var time = (UInt128)(ulong)recordedSeconds << SequenceNumber.RecordedShift;
        var lsn0 = (ulong)lsnFirst % LimbRange;
        var lsn1 = (ulong)lsnFirst / LimbRange % LimbRange;
        var lsn2 = (ulong)lsnFirst / LimbRange / LimbRange;

        // A long multiplication, column by column; a column is at most three products below 10^18.
        var carry = 0UL;
        for (var at = 0; at < SequenceLimbs.Count; at++)
        {
            var column = shard[at] + carry + (ulong)(time % LimbRange) + (at switch
            {
                0 => lsn0 * CounterUnit0,
                1 => (lsn0 * CounterUnit1) + (lsn1 * CounterUnit0),
                2 => (lsn0 * CounterUnit2) + (lsn1 * CounterUnit1) + (lsn2 * CounterUnit0),
                3 => (lsn1 * CounterUnit2) + (lsn2 * CounterUnit1),
                4 => lsn2 * CounterUnit2,
                _ => 0,
            });
            time /= LimbRange;
            carry = column / LimbRange;
            _first[at] = (uint)(column % LimbRange);
        }
    }

    /// <summary>Writes exactly <see cref="SequenceNumber.Digits"/> bytes.</summary>
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
