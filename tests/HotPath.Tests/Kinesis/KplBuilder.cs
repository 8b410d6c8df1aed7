using System.Security.Cryptography;
using System.Text;

namespace HotPath.Tests.Kinesis;

/// <summary>KPL aggregates, byte by byte from their description; an explicit hash key only where one is given.</summary>
internal static class KplBuilder
{
    public static byte[] Aggregate(params (string Key, string? HashKey, string Data)[] records) =>
        Aggregate([.. records.Select(record => (record.Key, record.HashKey, Encoding.UTF8.GetBytes(record.Data)))]);

    public static byte[] Aggregate((string Key, string? HashKey, byte[] Data)[] records)
    {
        var message = new List<byte>();
        var hashKeys = records.Where(record => record.HashKey is not null).Select(record => record.HashKey!).ToList();
        foreach (var record in records)
        {
            message.AddRange(Field(1, Encoding.UTF8.GetBytes(record.Key)));
        }

        foreach (var hashKey in hashKeys)
        {
            message.AddRange(Field(2, Encoding.UTF8.GetBytes(hashKey)));
        }

        var nextHashKey = 0;
        for (var at = 0; at < records.Length; at++)
        {
            List<byte> inner = [0x08, (byte)at];
            if (records[at].HashKey is not null)
            {
                inner.AddRange([0x10, (byte)nextHashKey++]);
            }

            inner.AddRange(Field(3, records[at].Data));
            message.AddRange(Field(3, [.. inner]));
        }

        return [0xF3, 0x89, 0x9A, 0xC2, .. message, .. MD5.HashData(message.ToArray())];
    }

    private static byte[] Field(int number, byte[] content)
    {
        List<byte> bytes = [(byte)((number << 3) | 2)];
        var length = content.Length;
        for (; length > 127; length >>= 7)
        {
            bytes.Add((byte)(length | 0x80));
        }

        bytes.Add((byte)length);
        bytes.AddRange(content);
        return [.. bytes];
    }
}
