namespace HotPath.Delta.Log;

/// <summary>Z85 of ZeroMQ (RFC 32): five characters for four bytes, big end first.</summary>
internal static class Base85
{
    private const string Alphabet =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length % 5 != 0)
        {
            return false;
        }

        var decoded = new byte[text.Length / 5 * 4];
        for (var block = 0; block < text.Length / 5; block++)
        {
            var value = 0UL;
            foreach (var character in text.Slice(block * 5, 5))
            {
                var digit = Alphabet.IndexOf(character, StringComparison.Ordinal);
                if (digit < 0)
                {
                    return false;
                }

                value = (value * 85) + (uint)digit;
            }

            if (value > uint.MaxValue)
            {
                return false;
            }

            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(decoded.AsSpan(block * 4), (uint)value);
        }

        bytes = decoded;
        return true;
    }
}
