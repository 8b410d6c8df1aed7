using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace HotPath.Delta.Log;

/// <summary>
/// The checksum of a JSON object as the Delta protocol defines it for <c>_last_checkpoint</c>: every leaf becomes
/// <c>path=value</c>, the path being quoted keys and bare array indexes joined by '+'; sorted by bytes, joined by ',', MD5 in
/// lower-case hexadecimal. The key <c>checksum</c> at the top is left out. Strings are percent-encoded but for
/// <c>A-Z a-z 0-9 - . _ ~</c>.
/// </summary>
internal static class JsonChecksum
{
    public const string Key = "checksum";

    public static string Of(JsonElement root) =>
        Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(Canonical(root))));

    public static string Canonical(JsonElement root)
    {
        var leaves = new List<(string Path, string Value)>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name != Key)
            {
                Collect(property.Value, Quote(property.Name), leaves);
            }
        }

        // All characters are ASCII here, so the ordinal order is the order of the bytes.
        leaves.Sort(static (one, other) => string.CompareOrdinal(one.Path, other.Path));
        return string.Join(',', leaves.Select(static leaf => leaf.Path + "=" + leaf.Value));
    }

    private static void Collect(JsonElement value, string path, List<(string Path, string Value)> leaves)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    Collect(property.Value, path + "+" + Quote(property.Name), leaves);
                }

                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    Collect(item, path + "+" + index.ToString(CultureInfo.InvariantCulture), leaves);
                    index++;
                }

                break;
            case JsonValueKind.String:
                leaves.Add((path, Quote(value.GetString()!)));
                break;
            default:
                leaves.Add((path, value.GetRawText()));
                break;
        }
    }

    // Uri.EscapeDataString leaves exactly the unreserved characters of RFC 3986, and writes upper-case digits.
    private static string Quote(string text) => "\"" + Uri.EscapeDataString(text) + "\"";
}
