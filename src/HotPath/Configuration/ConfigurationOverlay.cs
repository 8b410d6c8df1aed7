using System.Globalization;

namespace HotPath.Configuration;

/// <summary>
/// Lays values from environment and command line over the file's nodes. A path that does not exist yet is made; what
/// its keys mean is judged later, with the rest.
/// </summary>
internal static class ConfigurationOverlay
{
    public const string EnvironmentPrefix = "HOTPATH__";

    /// <summary><c>HOTPATH__Http__Listen</c>, <c>HOTPATH__Udp__0__Allow__1</c>: ordered by name, so that lists grow in order.</summary>
    public static void Environment(
        MappingNode root, IReadOnlyDictionary<string, string> variables, List<ConfigurationFault> faults)
    {
        var ours = variables
            .Where(variable => variable.Key.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(variable => variable.Key, NumericOrder);
        foreach (var (name, value) in ours)
        {
            var place = new ConfigurationPlace("environment " + name, 0, 0);
            Set(root, name[EnvironmentPrefix.Length..].Split("__"), value, place, faults);
        }
    }

    public static void CommandLine(
        MappingNode root, IReadOnlyList<ConfigurationOverride> overrides, List<ConfigurationFault> faults)
    {
        foreach (var (path, value) in overrides)
        {
            Set(root, path.Split('.'), value, new ConfigurationPlace("command line " + path, 0, 0), faults);
        }
    }

    private static readonly StringComparer NumericOrder =
        StringComparer.Create(CultureInfo.InvariantCulture, CompareOptions.NumericOrdering | CompareOptions.IgnoreCase);

    private static void Set(
        MappingNode root, string[] keys, string value, ConfigurationPlace place, List<ConfigurationFault> faults)
    {
        if (keys.Any(string.IsNullOrEmpty))
        {
            faults.Add(place.Fault("A key is empty.", "Write section and key, like HOTPATH__Http__Listen or http.listen."));
            return;
        }

        ConfigurationNode at = root;
        for (var depth = 0; depth < keys.Length; depth++)
        {
            var next = depth + 1 < keys.Length ? Container(keys[depth + 1], place) : Value(value, place, faults);
            var isLast = depth + 1 == keys.Length;
            if (at is SequenceNode list)
            {
                if (!SetItem(list, keys[depth], next, isLast, place, faults))
                {
                    return;
                }

                at = list.Items[int.Parse(keys[depth], CultureInfo.InvariantCulture)];
                continue;
            }

            at = SetEntry((MappingNode)at, keys[depth], next, isLast, place);
        }
    }

    private static ConfigurationNode SetEntry(
        MappingNode section, string key, ConfigurationNode value, bool isLast, ConfigurationPlace place)
    {
        var entry = section.Entries.Find(known => string.Equals(known.Key, key, StringComparison.OrdinalIgnoreCase));
        if (entry is null)
        {
            entry = new ConfigurationEntry(key, place, isOverride: true, value);
            section.Entries.Add(entry);
        }
        else if (isLast || entry.Value.GetType() != value.GetType())
        {
            entry.Value = value;
        }

        return entry.Value;
    }

    private static bool SetItem(
        SequenceNode list, string key, ConfigurationNode value, bool isLast, ConfigurationPlace place,
        List<ConfigurationFault> faults)
    {
        if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index > list.Items.Count)
        {
            faults.Add(place.Fault(
                $"\"{key}\" is no place in a list of {list.Items.Count}.",
                $"Places count from 0; {list.Items.Count} adds one at the end."));
            return false;
        }

        if (index == list.Items.Count)
        {
            list.Items.Add(value);
        }
        else if (isLast || list.Items[index].GetType() != value.GetType())
        {
            list.Items[index] = value;
        }

        return true;
    }

    private static ConfigurationNode Container(string nextKey, ConfigurationPlace place) =>
        nextKey.All(char.IsAsciiDigit) ? new SequenceNode(place) : new MappingNode(place);

    /// <summary>A value that begins like a YAML flow list or section is one: <c>HOTPATH__Udp=[]</c>.</summary>
    private static ConfigurationNode Value(string value, ConfigurationPlace place, List<ConfigurationFault> faults) =>
        IsFlow(value)
            ? Relocated(ConfigurationYaml.TryRead(place.File, value, faults), place)
            : new ScalarNode(place, value, isPlain: true);

    // An IPv6 listener like [fe80::1]:8080 begins with a bracket too, but does not end with one.
    private static bool IsFlow(string value) =>
        (value.StartsWith('[') && value.EndsWith(']')) || value.StartsWith('{');

    /// <summary>Lines and columns inside a variable help nobody: its name is the place.</summary>
    private static ConfigurationNode Relocated(ConfigurationNode? node, ConfigurationPlace place)
    {
        switch (node)
        {
            case SequenceNode list:
                var items = new SequenceNode(place);
                items.Items.AddRange(list.Items.Select(item => Relocated(item, place)));
                return items;
            case MappingNode section:
                var mapping = new MappingNode(place);
                mapping.Entries.AddRange(section.Entries.Select(
                    entry => new ConfigurationEntry(entry.Key, place, isOverride: true, Relocated(entry.Value, place))));
                return mapping;
            case ScalarNode scalar:
                return new ScalarNode(place, scalar.Text, isPlain: scalar.IsNull);
            default:
                return new ScalarNode(place, "", isPlain: true);
        }
    }
}
