using System.Buffers.Binary;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>Other engines' timestamps in microseconds.</summary>
internal static class TimestampUnits
{
    private const long JulianDayOfEpoch = 2_440_588;
    private const long MicrosPerDay = 86_400_000_000;

    /// <summary>Floored, so that time never runs backwards over the epoch.</summary>
    public static long MicrosOfNanos(long nanos) => nanos >= 0 ? nanos / 1000 : (nanos - 999) / 1000;

    /// <summary>
    /// INT96: nanoseconds of the day in 8 bytes, Julian day in 4. Wraps around where a timestamp is beyond microseconds of
    /// 64 bits, as Spark does.
    /// </summary>
    public static long MicrosOfInt96(ReadOnlySpan<byte> bytes)
    {
        var nanos = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        long day = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        return unchecked((day - JulianDayOfEpoch) * MicrosPerDay + MicrosOfNanos(nanos));
    }
}
