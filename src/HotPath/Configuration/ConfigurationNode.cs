namespace HotPath.Configuration;

/// <summary>A piece of configuration and where it stands, before anyone knows what it means.</summary>
internal abstract class ConfigurationNode(ConfigurationPlace place)
{
    public ConfigurationPlace Place { get; } = place;

    /// <summary>How messages call it.</summary>
    public abstract string Sort { get; }
}

/// <summary>Text as written: never coerced before a key asks for a number, a word or a duration.</summary>
internal sealed class ScalarNode(ConfigurationPlace place, string text, bool isPlain) : ConfigurationNode(place)
{
    public string Text { get; } = text;

    /// <summary><c>key:</c>, <c>key: null</c> and <c>key: ~</c>; a quoted "null" is text.</summary>
    public bool IsNull { get; } = isPlain && text is "" or "~" or "null";

    public override string Sort => IsNull ? "null" : "a single value";
}

internal sealed class SequenceNode(ConfigurationPlace place) : ConfigurationNode(place)
{
    public List<ConfigurationNode> Items { get; } = [];

    public override string Sort => "a list";
}

internal sealed class MappingNode(ConfigurationPlace place) : ConfigurationNode(place)
{
    public List<ConfigurationEntry> Entries { get; } = [];

    public override string Sort => "a section";

    public ConfigurationEntry? Find(string key)
    {
        foreach (var entry in Entries)
        {
            // Environment variables and flags are written in anybody's case; a file is written in ours.
            if (string.Equals(entry.Key, key, entry.IsOverride ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))
            {
                return entry;
            }
        }

        return null;
    }
}

internal sealed class ConfigurationEntry(string key, ConfigurationPlace place, bool isOverride, ConfigurationNode value)
{
    public string Key { get; } = key;

    public ConfigurationPlace Place { get; } = place;

    public bool IsOverride { get; } = isOverride;

    public ConfigurationNode Value { get; set; } = value;
}
