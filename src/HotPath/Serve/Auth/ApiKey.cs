using System.Security.Cryptography;
using System.Text;

namespace HotPath.Serve.Auth;

/// <summary>
/// <c>hp_&lt;id&gt;_&lt;secret&gt;</c>: the id says which line of the key file, the secret is 32 random bytes in hex. Only the
/// SHA-256 of the whole text is stored: 256 random bits need no slow hash.
/// </summary>
internal static class ApiKey
{
    private const string Prefix = "hp_";

    /// <summary>A new key and what to write into the key file for it. The key itself is shown once and never stored.</summary>
    public static (string Key, string Line) New(string id, Role role)
    {
        var key = Prefix + id + "_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        return (key, $"  - {{ id: {id}, role: {role.ToString().ToLowerInvariant()}, sha256: {Convert.ToHexStringLower(Hash(key))} }}");
    }

    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>The id within a key, or false when the text is no key.</summary>
    public static bool TryId(string key, out string id)
    {
        id = "";
        var end = key.LastIndexOf('_');
        if (key.Length > 256 || !key.StartsWith(Prefix, StringComparison.Ordinal) || end <= Prefix.Length)
        {
            return false;
        }

        id = key[Prefix.Length..end];
        return IsId(id);
    }

    public static bool IsId(string id) =>
        id.Length is >= 1 and <= 64 && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.');
}
