namespace HotPath.Delta.Parquet.Encodings;

/// <summary>BIT_PACKED, the deprecated encoding of levels: the highest bits first, no header, no runs.</summary>
internal static class BitPackedLevels
{
    public static int Bytes(int count, int width) => (int)(((long)count * width + 7) >> 3);

    public static void Decode(ReadOnlySpan<byte> packed, int width, Span<byte> levels)
    {
        var bit = 0L;
        for (var i = 0; i < levels.Length; i++)
        {
            var level = 0;
            for (var b = 0; b < width; b++, bit++)
            {
                level = level << 1 | packed[(int)(bit >> 3)] >> (7 - (int)(bit & 7)) & 1;
            }

            levels[i] = (byte)level;
        }
    }
}
