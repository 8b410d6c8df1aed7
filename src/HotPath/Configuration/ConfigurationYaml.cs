using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace HotPath.Configuration;

/// <summary>YAML text to nodes with marks. A key that stands twice, anchors and several documents are faults.</summary>
internal sealed class ConfigurationYaml
{
    private const int DepthMax = 16;

    private readonly string _file;
    private readonly List<ConfigurationFault> _faults;
    private readonly Parser _parser;

    private ConfigurationYaml(string file, string text, List<ConfigurationFault> faults)
    {
        _file = file;
        _faults = faults;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The root, or null when the text holds nothing or is no YAML (then a fault says so).</summary>
    public static ConfigurationNode? TryRead(string file, string text, List<ConfigurationFault> faults)
    {
        try
        {
            return new ConfigurationYaml(file, text, faults).Document();
        }
        catch (YamlException fault)
        {
            faults.Add(new ConfigurationFault(
                file, (int)fault.Start.Line, (int)fault.Start.Column, "This is not YAML: " + Sentence(fault), ""));
            return null;
        }
    }

    private ConfigurationNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            return null;
        }

        var root = Node(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
        {
            _faults.Add(Place(second).Fault("A second document begins here.", "Write one document per file."));
        }

        return root;
    }

    private ConfigurationNode Node(int depth)
    {
        if (depth > DepthMax)
        {
            throw new YamlException(_parser.Current!.Start, _parser.Current.End, "Nested deeper than 16.");
        }

        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return new ScalarNode(Place(scalar), scalar.Value, scalar.Style == ScalarStyle.Plain);
        }

        if (_parser.TryConsume<SequenceStart>(out var list))
        {
            var sequence = new SequenceNode(Place(list));
            while (!_parser.TryConsume<SequenceEnd>(out _))
            {
                sequence.Items.Add(Node(depth + 1));
            }

            return sequence;
        }

        if (_parser.TryConsume<MappingStart>(out var section))
        {
            return Mapping(section, depth);
        }

        var current = _parser.Current!;
        throw new YamlException(current.Start, current.End, "Anchors and aliases are not understood here.");
    }

    private MappingNode Mapping(MappingStart section, int depth)
    {
        var mapping = new MappingNode(Place(section));
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = _parser.Consume<Scalar>();
            var value = Node(depth + 1);
            if (mapping.Find(key.Value) is { } first)
            {
                _faults.Add(Place(key).Fault(
                    $"\"{key.Value}\" stands twice.", $"It was written first on line {first.Place.Line}: keep one."));
                continue;
            }

            mapping.Entries.Add(new ConfigurationEntry(key.Value, Place(key), isOverride: false, value));
        }

        return mapping;
    }

    private ConfigurationPlace Place(ParsingEvent parsed) =>
        new(_file, (int)parsed.Start.Line, (int)parsed.Start.Column);

    private static string Sentence(YamlException fault)
    {
        var text = fault.InnerException?.Message ?? fault.Message;
        return text.EndsWith('.') ? text : text + ".";
    }
}
