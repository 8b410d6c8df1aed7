namespace HotPath.Delta.Parquet;

/// <summary>CRC-32 of IEEE 802.3, as gzip has it: polynomial 0xEDB88320, eight bytes at a time by tables.</summary>
internal static class Crc32
{
    private static readonly uint[][] Tables = MakeTables();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc ^= BitConverter.ToUInt32(bytes);
            crc = Tables[7][(byte)crc] ^ Tables[6][(byte)(crc >> 8)] ^ Tables[5][(byte)(crc >> 16)] ^ Tables[4][crc >> 24]
                ^ Tables[3][bytes[4]] ^ Tables[2][bytes[5]] ^ Tables[1][bytes[6]] ^ Tables[0][bytes[7]];
        }

        foreach (var value in bytes)
        {
            crc = crc >> 8 ^ Tables[0][(byte)(crc ^ value)];
        }

        return ~crc;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[8][];
        for (var t = 0; t < tables.Length; t++)
        {
            tables[t] = new uint[256];
        }

        for (var i = 0U; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
            }

            tables[0][i] = crc;
        }

        for (var t = 1; t < tables.Length; t++)
        {
            for (var i = 0; i < 256; i++)
            {
                tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][(byte)tables[t - 1][i]];
            }
        }

        return tables;
    }
}
