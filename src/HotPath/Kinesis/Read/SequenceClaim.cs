using System.Globalization;
using System.Numerics;

namespace HotPath.Kinesis.Read;

/// <summary>
/// What a sequence number that a reader gives claims to be, of whatever age: the service has had several layouts, and
/// tells those apart that are none at all, of another shard, or of another stream.
/// <code>
/// version 0: 1 | created, 9 hex | 00 | 16 hex | shard, 4 hex
/// version 1: 2 | created, 9 hex | shard, 1 hex | 00 | recorded, 9 hex | 14 hex | 2 hex | shard, 8 hex | 1
/// version 2: see SequenceNumber
/// </code>
/// </summary>
internal readonly record struct SequenceClaim(int Version, long CreatedSeconds, long ShardIndex, long Lsn, long Suffix)
{
    /// <summary>0 in version 0, which has none.</summary>
    public long RecordedSeconds => Version == 0 ? 0 : Suffix;

    /// <summary>The year 2477: later is no date of a shard.</summary>
    private const long CreatedSecondsMax = 16_025_175_000;

    private static readonly BigInteger s_smallest = BigInteger.One << 124;
    private static readonly BigInteger s_oldMax = BigInteger.One << 129;
    private static readonly BigInteger s_newMin = BigInteger.One << 185;
    private static readonly BigInteger s_newMax = (BigInteger.One << 185) + (BigInteger.One << 184);

    public static bool TryParse(string text, out SequenceClaim claim)
    {
        claim = default;
        var value = BigInteger.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        value = value < s_smallest ? value + s_smallest : value;
        if (value < s_oldMax)
        {
            claim = new SequenceClaim(0, Bits(value, 88, 36), Bits(value, 0, 16), 0, 0);
            return claim.CreatedSeconds < CreatedSecondsMax;
        }

        var version = (int)(value & 0xF);
        if (value <= s_newMin || value >= s_newMax || version is not (1 or 2))
        {
            return false;
        }

        // An index with its highest bit set is read as a negative one.
        var shard = Bits(value, 4, 32);
        shard = shard >= 1L << 31 ? -shard : shard;
        claim = new SequenceClaim(version, Bits(value, 148, 36), shard, Bits(value, 80, 63), Bits(value, version == 1 ? 100 : 36, 36));
        return version == 1 || (Bits(value, 143, 1) == 0 && claim.CreatedSeconds < CreatedSecondsMax);
    }

    public string ShardId => ShardIndex < 0 ? $"shardId--{-ShardIndex:D11}" : Streams.StreamShard.IdOf((int)ShardIndex);

    private static long Bits(BigInteger value, int from, int count) => (long)((value >> from) & ((BigInteger.One << count) - 1));
}
