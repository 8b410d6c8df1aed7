using System.Numerics;
using System.Runtime.CompilerServices;

namespace HotPath.Kinesis.Streams;

/// <summary>A sequence number in limbs of nine decimal digits, the lowest first.</summary>
[InlineArray(Count)]
internal struct SequenceLimbs
{
    /// <summary>Six limbs of nine digits and one of two are 56.</summary>
    public const int Count = 7;

    public const uint Range = 1_000_000_000;

    private uint _limb0;

    public static SequenceLimbs Of(BigInteger value)
    {
        var limbs = default(SequenceLimbs);
        for (var at = 0; at < Count; at++)
        {
            value = BigInteger.DivRem(value, Range, out var digits);
            limbs[at] = (uint)digits;
        }

        return limbs;
    }
}
