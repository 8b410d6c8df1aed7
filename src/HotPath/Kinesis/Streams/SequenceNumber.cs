using System.Globalization;
using System.Numerics;

namespace HotPath.Kinesis.Streams;

/// <summary>
/// A sequence number as the service writes it (version 2): 186 bits, 56 decimal digits, rising within a shard because
/// the counter stands above the time. The counter is the LSN, so that number and LSN say the same thing.
/// <code>
///  187  184 183                148 147   144 143                 80 79 72 71              36 35        4 3   0
/// +--------+----------------------+---------+----------------------+-----+------------------+-----------+-----+
/// |   2    | shard created, secs  |ix &amp; 0xF | counter = LSN (&lt;2^63)|  00 | recorded, secs   |shard index|  2  |
/// +--------+----------------------+---------+----------------------+-----+------------------+-----------+-----+
/// </code>
/// For the calls that read one; <see cref="SequenceWriter"/> writes those of a batch.
/// </summary>
internal readonly record struct SequenceNumber(long CreatedSeconds, int ShardIndex, long Lsn, long RecordedSeconds)
{
    public const int Digits = 56;

    public const int CounterShift = 80;

    public const int RecordedShift = 36;

    /// <summary>The counter of an EndingSequenceNumber: no record comes after.</summary>
    public const long LsnMax = long.MaxValue;

    private const int VersionNibble = 2;
    private const int CreatedShift = 148;
    private const int NibbleShift = 144;
    private const int IndexShift = 4;
    private const long SecondsMax = (1L << 36) - 1;

    /// <summary>The part that is the same for every record of a shard.</summary>
    public static BigInteger PrefixOf(long createdSeconds, int shardIndex) =>
        ((BigInteger)VersionNibble << (CreatedShift + 36))
        | ((BigInteger)createdSeconds << CreatedShift)
        | ((BigInteger)(shardIndex & 0xF) << NibbleShift);

    /// <summary>The part below the counter.</summary>
    public static BigInteger SuffixOf(long recordedSeconds, int shardIndex) =>
        ((BigInteger)recordedSeconds << RecordedShift) | ((BigInteger)(uint)shardIndex << IndexShift) | VersionNibble;

    public BigInteger Value =>
        PrefixOf(CreatedSeconds, ShardIndex)
        | ((BigInteger)Lsn << CounterShift)
        | SuffixOf(RecordedSeconds, ShardIndex);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>False for what this endpoint can never have written.</summary>
    public static bool TryParse(string text, out SequenceNumber number)
    {
        number = default;
        if (text.Length != Digits
            || !BigInteger.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || (int)(value >> (CreatedShift + 36)) != VersionNibble
            || (int)(value & 0xF) != VersionNibble)
        {
            return false;
        }

        var counter = (ulong)((value >> CounterShift) & ulong.MaxValue);
        var index = (uint)((value >> IndexShift) & uint.MaxValue);
        number = new SequenceNumber(
            (long)((value >> CreatedShift) & SecondsMax),
            (int)index,
            (long)counter,
            (long)((value >> RecordedShift) & SecondsMax));
        return counter <= long.MaxValue && index <= int.MaxValue && number.Value == value;
    }
}
