namespace HotPath.Delta.Log;

/// <summary>
/// Keeps partition values that recur from file to file once: a table of many files has few partitions. Owned by one thread.
/// </summary>
internal sealed class TextPool
{
    // A table with more partitions than this gains nothing by remembering them all.
    private const int MapsMax = 1 << 16;

    private static readonly IReadOnlyDictionary<string, string?> Empty = new Dictionary<string, string?>();

    private readonly Dictionary<string, IReadOnlyDictionary<string, string?>> _maps = new(StringComparer.Ordinal);

    /// <summary>An equal map, the same object for equal ones. The map must not change from then on.</summary>
    public IReadOnlyDictionary<string, string?> Map(IReadOnlyDictionary<string, string?>? map)
    {
        if (map is null || map.Count == 0)
        {
            return Empty;
        }

        var key = string.Join('\u0001', map.Select(static pair => pair.Value is null ? pair.Key : $"{pair.Key}\u0002{pair.Value}"));
        if (_maps.TryGetValue(key, out var known) && AreEqual(known, map))
        {
            return known;
        }

        if (_maps.Count < MapsMax)
        {
            _maps[key] = map;
        }

        return map;
    }

    // The key is made for looking up; what decides is the values, which may hold its separators.
    private static bool AreEqual(IReadOnlyDictionary<string, string?> one, IReadOnlyDictionary<string, string?> other) =>
        one.Count == other.Count
        && one.All(pair => other.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
