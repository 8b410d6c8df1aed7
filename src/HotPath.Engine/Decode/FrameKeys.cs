using System.Globalization;
using System.Security.Cryptography;

namespace HotPath.Engine.Decode;

/// <summary>
/// The senders' keys for frames with an HMAC. Filled before the first socket opens, then read-only; any thread may
/// verify, without allocating. Keys are never written anywhere.
/// </summary>
/// <remarks>
/// A key file has one sender a line: its id, decimal or 0x and hexadecimal, then its key, hexadecimal, of 16 bytes at
/// least. Empty lines and those that begin with # are passed over.
/// </remarks>
internal sealed class FrameKeys
{
    private const int KeyBytesMin = 16;

    private readonly Dictionary<ulong, byte[]> _bySender = [];

    public int Count => _bySender.Count;

    public void Add(ulong senderId, byte[] key)
    {
        Invariant.Holds(key.Length >= KeyBytesMin, "a key has 16 bytes at least");

        _bySender[senderId] = key;
    }

    /// <summary>Reads a key file. What is wrong names the line, never what stands in it.</summary>
    public static FrameKeys Parse(IEnumerable<string> lines)
    {
        var keys = new FrameKeys();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
            {
                continue;
            }

            if (words.Length != 2 || !TryId(words[0], out var senderId) || !TryKey(words[1], out var key))
            {
                throw new FormatException(
                    $"Line {number} of the key file is no sender and key: write `<sender id> <key, hexadecimal, 16 bytes at least>`.");
            }

            keys.Add(senderId, key);
        }

        return keys;
    }

    /// <summary>Whether the last 16 bytes of the datagram are the HMAC of all before them under the sender's key.</summary>
    public bool Verify(ReadOnlySpan<byte> datagram, in FrameHeader header)
    {
        if (!header.Has(FrameFlags.Hmac) || !_bySender.TryGetValue(header.SenderId, out var key))
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, datagram[..^FrameHeader.HmacBytes], expected);
        return CryptographicOperations.FixedTimeEquals(
            expected[..FrameHeader.HmacBytes], datagram[^FrameHeader.HmacBytes..]);
    }

    private static bool TryId(string word, out ulong senderId) =>
        word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out senderId)
            : ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out senderId);

    private static bool TryKey(string word, out byte[] key)
    {
        key = word.Length % 2 == 0 && word.All(char.IsAsciiHexDigit) ? Convert.FromHexString(word) : [];
        return key.Length >= KeyBytesMin;
    }
}
