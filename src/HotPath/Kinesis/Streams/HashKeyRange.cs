using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace HotPath.Kinesis.Streams;

/// <summary>The hash keys of a shard, both ends included. A hash key is the MD5 of a partition key as a number.</summary>
internal readonly record struct HashKeyRange(UInt128 Start, UInt128 End)
{
    public string StartText => Start.ToString(CultureInfo.InvariantCulture);

    public string EndText => End.ToString(CultureInfo.InvariantCulture);

    public bool Contains(UInt128 hashKey) => hashKey >= Start && hashKey <= End;

    public bool Overlaps(HashKeyRange other) => End >= other.Start && Start <= other.End;

    /// <summary>
    /// Cuts all hash keys into ranges of floor(2^128 / count); the last takes what is left over. 2^128 itself does not fit
    /// into 128 bits, so it is divided as (2^128 - 1) and put right where the division leaves count - 1.
    /// </summary>
    public static HashKeyRange[] Divide(int count)
    {
        var divisor = (UInt128)(uint)count;
        var (quotient, remainder) = UInt128.DivRem(UInt128.MaxValue, divisor);
        var width = remainder == divisor - 1 ? quotient + 1 : quotient;

        var ranges = new HashKeyRange[count];
        for (var index = 0; index < count; index++)
        {
            var start = width * (uint)index;
            ranges[index] = new HashKeyRange(start, index == count - 1 ? UInt128.MaxValue : start + width - 1);
        }

        return ranges;
    }

    public static UInt128 KeyOf(ReadOnlySpan<byte> partitionKey)
    {
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(partitionKey, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    public static bool TryParseKey(ReadOnlySpan<byte> text, out UInt128 hashKey) =>
        UInt128.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out hashKey);
}
