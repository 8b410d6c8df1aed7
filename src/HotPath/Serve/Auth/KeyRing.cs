using System.Collections.Immutable;
using System.Security.Cryptography;
using HotPath.Configuration;
using ConfigurationSection = HotPath.Configuration.ConfigurationSection;

namespace HotPath.Serve.Auth;

/// <summary>
/// The keys that may call the API, by id, hashed. Immutable; any thread may ask. The file is YAML:
/// <c>keys: [{ id: line-3, role: operator, sha256: 64 hex digits }]</c>.
/// </summary>
internal sealed class KeyRing
{
    private static readonly Dictionary<string, Role> s_roles = new(StringComparer.Ordinal)
    {
        ["viewer"] = Role.Viewer,
        ["operator"] = Role.Operator,
        ["engineer"] = Role.Engineer,
        ["admin"] = Role.Admin,
    };

    // Compared against when the id is unknown, so that an unknown id costs what a known one costs.
    private static readonly byte[] s_nobody = new byte[SHA256.HashSizeInBytes];

    private readonly ImmutableDictionary<string, KeyLine> _keys;

    private KeyRing(IEnumerable<KeyLine> keys) =>
        _keys = keys.ToImmutableDictionary(key => key.Id, StringComparer.Ordinal);

    public static bool TryLoad(string path, out KeyRing ring, out ImmutableArray<ConfigurationFault> faults)
    {
        var found = new List<ConfigurationFault>();
        var keys = ImmutableArray<KeyLine>.Empty;
        try
        {
            var root = new ConfigurationSection(
                ConfigurationYaml.TryRead(path, File.ReadAllText(path), found), "", found);
            keys = root.List<KeyLine>("keys", [], (node, at) => Line(root.Item(node, at)));
            root.RefuseUnknown();
            if (keys.IsEmpty && found.Count == 0)
            {
                root.Fault("keys", "There is no key, so nobody could call.", "Write keys: [{ id, role, sha256 }].");
            }

            foreach (var twice in keys.GroupBy(key => key.Id, StringComparer.Ordinal).Where(group => group.Count() > 1))
            {
                root.Fault("keys", $"Two keys are called \"{twice.Key}\".", "Ids are unique.");
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            found.Add(new ConfigurationFault(path, 0, 0, "The key file cannot be read: " + fault.Message, ""));
        }

        faults = [.. found];
        ring = new KeyRing(faults.IsEmpty ? keys : []);
        return faults.IsEmpty;
    }

    /// <summary>The role of a key, or false. Takes as long for a wrong secret as for a right one.</summary>
    public bool TryRole(string key, out string id, out Role role)
    {
        role = default;
        var line = ApiKey.TryId(key, out id) ? _keys.GetValueOrDefault(id) : null;
        var good = CryptographicOperations.FixedTimeEquals(ApiKey.Hash(key), line?.Sha256 ?? s_nobody);
        if (line is null || !good)
        {
            return false;
        }

        role = line.Role;
        return true;
    }

    private static KeyLine? Line(ConfigurationSection section)
    {
        var id = section.Parsed("id", "", "1 to 64 of a to z, 0 to 9, dash and dot", (string text, out string value) =>
            ApiKey.IsId(value = text));
        var role = section.Word("role", Role.Viewer, s_roles);
        // A wrong hash is not repeated: somebody may have written the key itself.
        var hash = Convert.FromHexString("");
        if (section.TextOrNull("sha256", null) is { Length: 64 } hex && hex.All(char.IsAsciiHexDigit))
        {
            hash = Convert.FromHexString(hex);
        }
        else
        {
            section.Fault("sha256", $"{section.Path("sha256")} is no SHA-256.", "Write the 64 hex digits that were given with the key.");
        }

        foreach (var key in (string[])["id", "role"])
        {
            if (!section.IsSet(key))
            {
                section.Fault(key, $"{section.Path(key)} is missing.", "A key has id, role and sha256.");
            }
        }

        section.RefuseUnknown();
        return id.Length > 0 && hash.Length > 0 ? new KeyLine(id, role, hash) : null;
    }

    private sealed record KeyLine(string Id, Role Role, byte[] Sha256);
}
