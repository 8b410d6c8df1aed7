using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace HotPath.Configuration;

/// <summary>
/// Reads typed values out of one section. A key that is not there gives its default, a bad value gives a fault and its
/// default, and what nobody asked for is unknown: so the code that reads is the schema.
/// </summary>
internal sealed class ConfigurationSection
{
    private readonly MappingNode? _node;
    private readonly string _path;
    private readonly List<ConfigurationFault> _faults;
    private readonly List<string> _known = [];

    public ConfigurationSection(ConfigurationNode? node, string path, List<ConfigurationFault> faults)
    {
        _path = path;
        _faults = faults;
        _node = node as MappingNode;
        if (node is not null and not MappingNode and not ScalarNode { IsNull: true })
        {
            faults.Add(node.Place.Fault($"{Name} is {node.Sort}, but must be a section.", "Write its keys below it."));
        }
    }

    private string Name => _path.Length == 0 ? "The configuration" : _path;

    public string Text(string key, string fallback) =>
        Find(key) is not { } node ? fallback
        : node is ScalarNode { IsNull: false, Text.Length: > 0 } scalar ? scalar.Text
        : Refuse(key, node, "a text", fallback);

    public string? TextOrNull(string key, string? fallback) =>
        Find(key) switch
        {
            null => fallback,
            ScalarNode { IsNull: true } => null,
            ScalarNode scalar => scalar.Text,
            var node => Refuse(key, node, "a text or null", fallback),
        };

    /// <summary>A path to a file that must be there.</summary>
    public string? FileOrNull(string key)
    {
        var path = TextOrNull(key, null);
        if (path is not null && !File.Exists(path))
        {
            Fault(key, $"{Path(key)}: there is no file \"{path}\".", "Paths count from the working directory.");
        }

        return path;
    }

    public bool Flag(string key, bool fallback) =>
        Parsed(key, fallback, "true or false", (string text, out bool flag) =>
            (flag = text is "true") || text is "false");

    public int Whole(string key, int fallback, int min, int max) => (int)Whole(key, (long)fallback, min, max);

    public long Whole(string key, long fallback, long min, long max) =>
        Parsed(key, fallback, Range(min, max), (string text, out long number) =>
            long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            && number >= min && number <= max);

    public long Bytes(string key, long fallback, long min, long max) =>
        Parsed(key, fallback, Range(min, max) + " bytes, like 134217728 or 128MiB", (string text, out long bytes) =>
            ConfigurationValues.TryBytes(text, out bytes) && bytes >= min && bytes <= max);

    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan min = default) =>
        Parsed(key, fallback, DurationWords(min), (string text, out TimeSpan duration) =>
            ConfigurationValues.TryDuration(text, out duration) && duration >= min);

    public TimeSpan? DurationOrNull(string key, TimeSpan? fallback) =>
        Find(key) is ScalarNode { IsNull: true } ? null : Parsed(key, fallback, DurationWords(default) + ", or null",
            (string text, out TimeSpan? duration) =>
            {
                var good = ConfigurationValues.TryDuration(text, out var read);
                duration = read;
                return good;
            });

    public IPEndPoint Address(string key, IPEndPoint fallback) =>
        Parsed(key, fallback, "an address and port, like 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080",
            (string text, out IPEndPoint address) => ConfigurationValues.TryAddress(text, out address));

    public IPAddress? AddressOrNull(string key) =>
        Find(key) is ScalarNode { IsNull: true } ? null
        : Parsed<IPAddress?>(key, null, "an IP address, or null", (string text, out IPAddress? address) => IPAddress.TryParse(text, out address));

    public T Word<T>(string key, T fallback, IReadOnlyDictionary<string, T> words) =>
        Find(key) is not { } node ? fallback
        : TryWord(Path(key), node, words, out var value) ? value : fallback;

    public T Parsed<T>(string key, T fallback, string allowed, TryParse<T> parse) =>
        Find(key) is not { } node ? fallback
        : node is ScalarNode { IsNull: false } scalar && parse(scalar.Text, out var value) ? value
        : Refuse(key, node, allowed, fallback);

    /// <summary>A list whose items are read by <paramref name="read"/>, which is given each item's path.</summary>
    public ImmutableArray<T> List<T>(string key, ImmutableArray<T> fallback, Func<ConfigurationNode, string, T?> read)
    {
        if (Find(key) is not { } node)
        {
            return fallback;
        }

        if (node is not SequenceNode list)
        {
            return Refuse(key, node, "a list; an empty one is []", fallback);
        }

        var items = ImmutableArray.CreateBuilder<T>(list.Items.Count);
        for (var index = 0; index < list.Items.Count; index++)
        {
            var item = read(list.Items[index], string.Create(CultureInfo.InvariantCulture, $"{Path(key)}[{index}]"));
            if (item is not null)
            {
                items.Add(item);
            }
        }

        return items.DrainToImmutable();
    }

    /// <summary>A list of single values.</summary>
    public ImmutableArray<T> Values<T>(string key, ImmutableArray<T> fallback, string allowed, TryParse<T> parse)
        where T : struct =>
        [.. List<T?>(key, [.. fallback.Select(item => (T?)item)], (node, path) =>
        {
            if (node is ScalarNode { IsNull: false } scalar && parse(scalar.Text, out var value))
            {
                return value;
            }

            _faults.Add(BadValue(path, node, allowed));
            return null;
        }).Select(item => item!.Value)];

    public ImmutableArray<string> Texts(string key, ImmutableArray<string> fallback) =>
        List<string>(key, fallback, (node, path) =>
        {
            if (node is ScalarNode { IsNull: false } scalar)
            {
                return scalar.Text;
            }

            _faults.Add(BadValue(path, node, "a text"));
            return null;
        });

    public bool TryWord<T>(string path, ConfigurationNode node, IReadOnlyDictionary<string, T> words, out T value)
    {
        value = default!;
        if (node is ScalarNode { IsNull: false } scalar && words.TryGetValue(scalar.Text, out value!))
        {
            return true;
        }

        var near = node is ScalarNode written ? NearestKey.Find(written.Text, words.Keys) : null;
        var fault = BadValue(path, node, string.Join(", ", words.Keys));
        _faults.Add(near is null ? fault : fault with { Cure = $"Did you mean \"{near}\"? " + fault.Cure });
        return false;
    }

    /// <summary>A section below. Null in the file is an absent one.</summary>
    public ConfigurationSection Section(string key) => new(Find(key), Path(key), _faults);

    /// <summary>An item of a list that is a section of its own.</summary>
    public ConfigurationSection Item(ConfigurationNode node, string path) => new(node, path, _faults);

    public bool IsNull(string key) => Find(key) is ScalarNode { IsNull: true };

    public bool IsSet(string key) => Find(key) is not null;

    /// <summary>A fault at a key's value; at its section's begin when it is not written.</summary>
    public void Fault(string key, string problem, string cure) =>
        _faults.Add((Find(key)?.Place ?? _node?.Place ?? new ConfigurationPlace("defaults", 0, 0)).Fault(problem, cure));

    /// <summary>To be called when everything was read: what is left is unknown.</summary>
    public void RefuseUnknown()
    {
        foreach (var entry in _node?.Entries ?? [])
        {
            if (_known.Any(known => ReferenceEquals(_node!.Find(known), entry)))
            {
                continue;
            }

            var near = NearestKey.Find(entry.Key, _known);
            var where = _path.Length == 0 ? "" : $" in {_path}";
            _faults.Add(entry.Place.Fault(
                $"\"{entry.Key}\" is no key{where}.",
                (near is null ? "" : $"Did you mean \"{near}\"? ") + $"Allowed: {string.Join(", ", _known)}."));
        }
    }

    public string Path(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    private ConfigurationNode? Find(string key)
    {
        if (!_known.Contains(key))
        {
            _known.Add(key);
        }

        return _node?.Find(key)?.Value;
    }

    private T Refuse<T>(string key, ConfigurationNode node, string allowed, T fallback)
    {
        _faults.Add(BadValue(Path(key), node, allowed));
        return fallback;
    }

    private static ConfigurationFault BadValue(string path, ConfigurationNode node, string allowed) =>
        node.Place.Fault(
            node is ScalarNode { IsNull: false } scalar && !MayHoldSecret(scalar.Text) ? $"{path} cannot be \"{scalar.Text}\"." : $"{path} cannot be {node.Sort}.",
            $"Allowed: {allowed}.");

    /// <summary>A URL with user and password: refused, and not repeated in a message that ends in a log.</summary>
    private static bool MayHoldSecret(string text) =>
        text.Contains("://", StringComparison.Ordinal) && text.Contains('@', StringComparison.Ordinal);

    private static string Range(long min, long max) =>
        string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}");

    private static string DurationWords(TimeSpan min) =>
        "one number and one unit of us, ms, s, m, h, d, like 30s"
        + (min > TimeSpan.Zero ? ", at least " + ConfigurationValues.Text(min) : "");
}

internal delegate bool TryParse<T>(string text, out T value);
