using System.Buffers;
using System.Text;

namespace HotPath.Delta.Log;

/// <summary>
/// The two encodings between a partition value and the path of a file in the log, one upon the other:
/// value <c>x:y%z</c>, directory <c>p=x%3Ay%25z</c>, path in the log <c>p=x%253Ay%2525z</c>.
/// A reader decodes the path of the log once and has the path in the store; values never come from paths.
/// </summary>
internal static class PathEncoding
{
    public const string NullDirectoryValue = "__HIVE_DEFAULT_PARTITION__";

    // The set of Hive's file utilities: what cannot stand in a directory name.
    private static readonly SearchValues<char> DirectoryReserved =
        SearchValues.Create(Controls() + "\"#%'*/:=?\\{[]^");

    // What cannot stand in the path of a URI. Characters beyond ASCII stay as they are.
    private static readonly SearchValues<char> UriReserved =
        SearchValues.Create(Controls() + " \"#%<>?[\\]^`{|}");

    /// <summary>The segment <c>column=value</c> of a directory; a null has a name of its own.</summary>
    public static string DirectorySegment(string column, string? value) =>
        Encode(column, DirectoryReserved) + "="
        + (string.IsNullOrEmpty(value) ? NullDirectoryValue : Encode(value, DirectoryReserved));

    /// <summary>The path of a file in the store as an add action spells it.</summary>
    public static string Encode(string storePath) => Encode(storePath, UriReserved);

    /// <summary>The path of an add action, decoded once. A '%' that starts no pair of hexadecimal digits stands for itself.</summary>
    public static string Decode(string logPath)
    {
        if (!logPath.Contains('%', StringComparison.Ordinal))
        {
            return logPath;
        }

        var encoded = Encoding.UTF8.GetBytes(logPath);
        var decoded = new byte[encoded.Length];
        var count = 0;
        for (var index = 0; index < encoded.Length; index++)
        {
            if (encoded[index] == '%'
                && index + 2 < encoded.Length
                && char.IsAsciiHexDigit((char)encoded[index + 1])
                && char.IsAsciiHexDigit((char)encoded[index + 2]))
            {
                decoded[count++] = (byte)((HexDigit(encoded[index + 1]) << 4) | HexDigit(encoded[index + 2]));
                index += 2;
            }
            else
            {
                decoded[count++] = encoded[index];
            }
        }

        return Encoding.UTF8.GetString(decoded, 0, count);
    }

    private static string Encode(string text, SearchValues<char> reserved)
    {
        if (text.AsSpan().IndexOfAny(reserved) < 0)
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            if (reserved.Contains(character))
            {
                encoded.Append('%').Append(((int)character).ToString("X2", null));
            }
            else
            {
                encoded.Append(character);
            }
        }

        return encoded.ToString();
    }

    private static int HexDigit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static string Controls()
    {
        var controls = new StringBuilder();
        for (var code = 0; code < 0x20; code++)
        {
            controls.Append((char)code);
        }

        return controls.Append((char)0x7F).ToString();
    }
}
