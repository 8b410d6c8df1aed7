namespace HotPath.Delta.Parquet.Reading;

/// <summary>Big-endian two's complement of any length, as decimals in byte arrays have it.</summary>
internal static class DecimalBytes
{
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Int128 unscaled)
    {
        var sign = bytes.IsEmpty || bytes[0] < 0x80 ? (byte)0 : byte.MaxValue;
        while (bytes.Length > 16 && bytes[0] == sign)
        {
            bytes = bytes[1..];
        }

        var value = sign == 0 ? UInt128.Zero : UInt128.MaxValue;
        foreach (var next in bytes)
        {
            value = value << 8 | next;
        }

        unscaled = (Int128)value;
        return bytes.Length < 16 || (bytes.Length == 16 && bytes[0] < 0x80 == (sign == 0));
    }
}
