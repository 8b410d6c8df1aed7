namespace HotPath.Kinesis.Wire;

/// <summary>
/// Times in requests: seconds with fraction, but some clients send milliseconds (CBOR of the Java SDKs) or even
/// microseconds (Java without CBOR); they are told apart by size.
/// </summary>
internal static class Timestamps
{
    /// <summary>The year 5138 in seconds, 1973 in milliseconds.</summary>
    public const double SecondsMax = 1e11;

    /// <summary>The year 5138 in milliseconds, 1973 in microseconds.</summary>
    public const double MillisMax = 1e14;

    public static long ToMicros(double value) => value switch
    {
        > MillisMax => (long)value,
        > SecondsMax => (long)(value * 1_000),
        _ => (long)(value * 1_000_000),
    };
}
