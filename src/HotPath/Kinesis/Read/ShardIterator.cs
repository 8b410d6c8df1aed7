using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HotPath.Outputs;

namespace HotPath.Kinesis.Read;

/// <summary>Where a reader goes on, as it stands in a shard iterator.</summary>
/// <param name="MadeMillis">An iterator lives 5 minutes.</param>
internal sealed record ShardIterator(long MadeMillis, string StreamName, int ShardIndex, ReadFrom From);

/// <summary>
/// Writes and reads shard iterators: opaque to their bearers, and of no use when changed. Any thread. The key comes from
/// the journal's instance, so that an iterator lives on through a restart.
/// </summary>
/// <remarks>
/// Of the service's length and first bytes, which clients have been seen to look at:
/// <code>
/// base64( 00 00 00 00 00 00 00 01 | AES-256-CBC( made, 14 digits / stream / shard, 20 / position, 56 / check, 36 ) )
/// position = lsn.place.notBeforeMillis, then spaces            check = 18 bytes of HMAC-SHA256 over all before, hex
/// </code>
/// </remarks>
internal sealed class ShardIterators
{
    private const int PositionChars = 56;
    private const int CheckBytes = 18;
    private const int VersionBytes = 8;
    private const int BytesMin = 152;
    private const int BytesMax = 280;

    private readonly byte[] _key;

    public ShardIterators(Guid instance)
    {
        _key = SHA256.HashData([.. "shard iterators of "u8, .. instance.ToByteArray()]);
    }

    public string Write(ShardIterator iterator)
    {
        var position = string.Create(
            CultureInfo.InvariantCulture,
            $"{iterator.From.Position.Lsn}.{iterator.From.Position.Place}.{iterator.From.NotBeforeMillis}");
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{iterator.MadeMillis:D14}/{iterator.StreamName}/{Streams.StreamShard.IdOf(iterator.ShardIndex)}/{position.PadRight(PositionChars)}/");
        using var aes = NewAes();
        var sealedText = aes.EncryptCbc(Encoding.UTF8.GetBytes(text + CheckOf(text)), new byte[aes.BlockSize / 8]);
        var bytes = new byte[VersionBytes + sealedText.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, 1);
        sealedText.CopyTo(bytes, VersionBytes);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>False for what this endpoint has not written.</summary>
    public bool TryRead(string text, out ShardIterator iterator)
    {
        iterator = null!;
        var bytes = new byte[(text.Length * 3 / 4) + 3];
        if (!Convert.TryFromBase64String(text, bytes, out var count)
            || count is < BytesMin or > BytesMax
            || BinaryPrimitives.ReadInt64BigEndian(bytes) != 1)
        {
            return false;
        }

        string plain;
        try
        {
            using var aes = NewAes();
            plain = Encoding.UTF8.GetString(aes.DecryptCbc(bytes.AsSpan(VersionBytes, count - VersionBytes), new byte[aes.BlockSize / 8]));
        }
        catch (CryptographicException)
        {
            return false;
        }

        var checkAt = plain.Length - (CheckBytes * 2);
        return checkAt > 0 && IsSame(plain[checkAt..], CheckOf(plain[..checkAt])) && TryParse(plain.Split('/'), out iterator);
    }

    private static bool TryParse(string[] parts, out ShardIterator iterator)
    {
        iterator = null!;
        if (parts.Length != 5
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var made)
            || !Streams.StreamShard.TryParseId(parts[2], out var shard))
        {
            return false;
        }

        // The check held, so that these are numbers as they were written.
        var numbers = Array.ConvertAll(parts[3].TrimEnd().Split('.'), part => long.Parse(part, CultureInfo.InvariantCulture));
        iterator = new ShardIterator(made, parts[1], shard, new ReadFrom(new RowPosition(numbers[0], numbers[1]), numbers[2]));
        return true;
    }

    private static bool IsSame(string given, string wanted) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));

    private string CheckOf(string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)).AsSpan(0, CheckBytes));

    private Aes NewAes()
    {
        var aes = Aes.Create();
        aes.Key = _key;
        return aes;
    }
}
