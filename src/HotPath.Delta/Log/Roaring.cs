using System.Buffers.Binary;
using System.Numerics;

namespace HotPath.Delta.Log;

/// <summary>
/// Reads the portable form of 32-bit Roaring bitmaps, little-endian throughout:
/// <code>
/// cookie   12346, then the container count as int32;
///          or 12347 in the low half and count - 1 in the high half, then a bit per container: is it runs?
/// headers  per container: key (high 16 bits) u16, cardinality - 1 u16
/// offsets  per container u32; absent with cookie 12347 and fewer than 4 containers
/// bodies   runs: count u16, then (start u16, length - 1 u16); up to 4096 values: u16 each; else 8192 bytes of bits
/// </code>
/// </summary>
internal static class Roaring
{
    private const int CookieWithoutRuns = 12346;
    private const int CookieWithRuns = 12347;
    private const int OffsetsContainersMin = 4;
    private const int ArrayValuesMax = 4096;
    private const int BitmapBytes = 8192;

    /// <summary>Appends the values and returns what follows the bitmap.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bytes end early.</exception>
    public static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> bytes, long high, List<long> values)
    {
        var cookie = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        bytes = bytes[4..];
        var hasRuns = (cookie & 0xFFFF) == CookieWithRuns;
        if (!hasRuns && cookie != CookieWithoutRuns)
        {
            throw new DeltaException("A deletion vector holds no Roaring bitmap where one should be.");
        }

        var count = hasRuns ? (cookie >>> 16) + 1 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (count is < 0 or > 1 << 16)
        {
            throw new DeltaException("A deletion vector holds a Roaring bitmap with an impossible number of containers.");
        }

        bytes = hasRuns ? bytes : bytes[4..];
        var runFlags = hasRuns ? bytes[..((count + 7) / 8)] : default;
        bytes = bytes[runFlags.Length..];
        var headers = bytes[..(count * 4)];
        bytes = bytes[headers.Length..];
        if (!hasRuns || count >= OffsetsContainersMin)
        {
            bytes = bytes[(count * 4)..];
        }

        for (var container = 0; container < count; container++)
        {
            var start = high | ((long)BinaryPrimitives.ReadUInt16LittleEndian(headers[(container * 4)..]) << 16);
            var cardinality = BinaryPrimitives.ReadUInt16LittleEndian(headers[((container * 4) + 2)..]) + 1;
            var isRuns = hasRuns && (runFlags[container / 8] >> (container % 8) & 1) != 0;
            bytes = isRuns
                ? ReadRuns(bytes, start, values)
                : cardinality <= ArrayValuesMax
                    ? ReadArray(bytes, start, cardinality, values)
                    : ReadBits(bytes, start, values);
        }

        return bytes;
    }

    private static ReadOnlySpan<byte> ReadRuns(ReadOnlySpan<byte> bytes, long start, List<long> values)
    {
        var runs = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        bytes = bytes[2..];
        for (var run = 0; run < runs; run++)
        {
            var first = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) + 1;
            bytes = bytes[4..];
            for (var value = 0; value < length; value++)
            {
                values.Add(start + first + value);
            }
        }

        return bytes;
    }

    private static ReadOnlySpan<byte> ReadArray(ReadOnlySpan<byte> bytes, long start, int count, List<long> values)
    {
        for (var index = 0; index < count; index++)
        {
            values.Add(start + BinaryPrimitives.ReadUInt16LittleEndian(bytes[(index * 2)..]));
        }

        return bytes[(count * 2)..];
    }

    private static ReadOnlySpan<byte> ReadBits(ReadOnlySpan<byte> bytes, long start, List<long> values)
    {
        for (var word = 0; word < BitmapBytes / 8; word++)
        {
            var bits = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(word * 8)..]);
            for (; bits != 0; bits &= bits - 1)
            {
                values.Add(start + (word * 64) + BitOperations.TrailingZeroCount(bits));
            }
        }

        return bytes[BitmapBytes..];
    }
}
