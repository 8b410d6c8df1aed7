using System.Globalization;

namespace HotPath.Engine.Rules.Yaml;

/// <summary>
/// Takes the keys of one table, and collects what is wrong with them: an unknown key with the nearest valid one, a key
/// that stands twice, a missing one, a value of the wrong sort.
/// </summary>
internal sealed class TableReader
{
    private readonly Dictionary<string, MarkedNode> _values = new(StringComparer.Ordinal);
    private readonly MarkedNode _table;
    private readonly string _what;
    private readonly FaultList _faults;

    /// <param name="node">What stands where the table must stand.</param>
    /// <param name="what">What the table says, for messages: <c>a rule</c>.</param>
    /// <param name="keys">The valid keys.</param>
    /// <param name="faults">Where faults go.</param>
    public TableReader(MarkedNode node, string what, ReadOnlySpan<string> keys, FaultList faults)
    {
        _table = node;
        _what = what;
        _faults = faults;
        if (node is not MarkedTable table)
        {
            faults.Add(node, $"{what} is a table of keys, not {node.Sort}", $"write some of {string.Join(", ", keys)}");
            IsBroken = true;
            return;
        }

        foreach (var (key, value) in table.Entries)
        {
            Take(key, value, keys);
        }
    }

    /// <summary>Not a table at all: nothing more is to be said about it.</summary>
    public bool IsBroken { get; }

    public MarkedNode? Find(string key) => _values.GetValueOrDefault(key);

    public MarkedNode? Require(string key, string example)
    {
        if (_values.TryGetValue(key, out var value))
        {
            return value;
        }

        if (!IsBroken)
        {
            _faults.Add(_table, $"{_what} needs the key {key}", $"write {example}");
        }

        return null;
    }

    /// <summary>A text that is not empty; null and a fault when it is something else.</summary>
    public MarkedText? Text(MarkedNode? node, string what)
    {
        if (node is null)
        {
            return null;
        }

        if (node is not MarkedText text)
        {
            _faults.Add(node, $"{what} is a text, not {node.Sort}", "write it on one line, in quotes if it has special characters");
            return null;
        }

        if (string.IsNullOrWhiteSpace(text.Value))
        {
            _faults.Add(node, $"{what} is empty", "give it a value; a key that is not needed may be left out");
            return null;
        }

        return text;
    }

    /// <summary>A text that goes into a directory of names.</summary>
    public string? Name(MarkedNode? node, string what)
    {
        var text = Text(node, what);
        if (text is not null && System.Text.Encoding.UTF8.GetByteCount(text.Value) > EngineLimits.NameBytesMax)
        {
            _faults.Add(text, $"{what} is longer than {EngineLimits.NameBytesMax} bytes of UTF-8", "write a shorter one");
            return null;
        }

        return text?.Value;
    }

    public long? DurationMicros(MarkedNode? node, string what)
    {
        if (Text(node, what) is not { } text)
        {
            return null;
        }

        if (Duration.TryParse(text.Value, out var micros))
        {
            return micros;
        }

        _faults.Add(text, $"{what} cannot be {FaultList.Shown(text.Value)}", $"{Duration.HowToWrite} (at most 300 years){DurationAdvice(text.Value)}");
        return null;
    }

    // Somebody who writes a condition here has taken one key for another.
    private static string DurationAdvice(string written) =>
        written.AsSpan().IndexOfAny("<>=") >= 0 ? "; a condition stands in when or until" : "";

    public int? Integer(MarkedNode? node, string what)
    {
        if (Text(node, what) is not { } text)
        {
            return null;
        }

        if (int.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        _faults.Add(text, $"{what} cannot be {FaultList.Shown(text.Value)}", "write a whole number such as 10");
        return null;
    }

    /// <summary>The items of a list within its limits; empty and a fault when it is something else.</summary>
    public List<MarkedNode> Items(MarkedNode? node, string what, int countMax, string example, bool mayBeEmpty = false)
    {
        if (node is null)
        {
            return [];
        }

        if (node is not MarkedList list)
        {
            _faults.Add(node, $"{what} is a list, not {node.Sort}", $"write {example}");
            return [];
        }

        if (list.Items.Count == 0 && !mayBeEmpty)
        {
            _faults.Add(node, $"{what} is empty", $"write {example}");
        }

        if (list.Items.Count > countMax)
        {
            _faults.Add(list.Items[countMax], $"{what} has {list.Items.Count:N0} items", $"at most {countMax:N0} are allowed; split it up");
            return list.Items[..countMax];
        }

        return list.Items;
    }

    private void Take(MarkedText key, MarkedNode value, ReadOnlySpan<string> keys)
    {
        if (!keys.Contains(key.Value))
        {
            if (key.Value == "<<")
            {
                _faults.Add(key, "keys are not merged by <<", "write them out, or use an alias for a whole value");
                return;
            }

            var nearest = NearestWord.Find(key.Value, keys);
            _faults.Add(key, $"{_what} has no key {FaultList.Shown(key.Value)}", nearest is null
                ? $"its keys are {string.Join(", ", keys)}"
                : $"did you mean {nearest}? Its keys are {string.Join(", ", keys)}");
        }
        else if (!_values.TryAdd(key.Value, value))
        {
            _faults.Add(key, $"the key {key.Value} stands twice in {_what}", $"keep one; the first is in line {_values[key.Value].Line}");
        }
        else if (_faults.IsJson && value is MarkedText { IsPlain: true, Value: "null" })
        {
            // In JSON null says that there is nothing; in YAML it is a word like any other.
            _values.Remove(key.Value);
        }
    }
}
