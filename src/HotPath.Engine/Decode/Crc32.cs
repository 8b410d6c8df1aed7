using System.Runtime.InteropServices;

namespace HotPath.Engine.Decode;

/// <summary>CRC-32 of gzip (IEEE 802.3, reflected), eight bytes a step by eight tables. Stateless; any thread may call it.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB8_8320;
    private const int Lanes = 8;

    private static readonly uint[] Tables = MakeTables();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var tables = Tables;
        var crc = uint.MaxValue;
        foreach (var eight in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            var mixed = eight ^ crc;
            crc = 0;
            for (var lane = 0; lane < Lanes; lane++)
            {
                crc ^= tables[((Lanes - 1 - lane) * 256) + (int)(byte)(mixed >> (8 * lane))];
            }
        }

        foreach (var value in bytes[(bytes.Length & ~(Lanes - 1))..])
        {
            crc = tables[(byte)crc ^ value] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[Lanes * 256];
        for (uint value = 0; value < 256; value++)
        {
            var crc = value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            }

            tables[value] = crc;
        }

        for (var index = 256; index < tables.Length; index++)
        {
            var before = tables[index - 256];
            tables[index] = tables[(byte)before] ^ (before >> 8);
        }

        return tables;
    }
}
