using System.Globalization;
using System.Text;
using HotPath.Engine.Rules;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace HotPath;

/// <summary>
/// The rules of an installation on disk: one file, or a directory whose files together are one document. Read by cold
/// threads; a fault says in which file it is.
/// </summary>
internal static class RuleFiles
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>Reads the document. False with every fault, each as <c>file:line:column: what: cure</c>.</summary>
    public static bool TryLoad(string path, out RuleDocument document, out IReadOnlyList<string> faults)
    {
        document = RuleDocument.Empty;
        try
        {
            return TryRead(path, out document, out faults);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults = [$"{path}: the rules cannot be read: {fault.Message}"];
            return false;
        }
    }

    /// <summary>Changes whenever a file of the rules changes, comes or goes; for whoever watches.</summary>
    public static string StampOf(string path)
    {
        var stamp = new StringBuilder();
        foreach (var file in FilesOf(path))
        {
            var written = File.GetLastWriteTimeUtc(file).Ticks;
            var information = new FileInfo(file);
            stamp.Append(CultureInfo.InvariantCulture, $"{file}|{written}|{(information.Exists ? information.Length : -1)}\n");
        }

        return stamp.ToString();
    }

    private static bool TryRead(string path, out RuleDocument document, out IReadOnlyList<string> faults)
    {
        document = RuleDocument.Empty;
        var files = FilesOf(path);
        if (files.Length == 0)
        {
            faults = [$"{path}: there are no rules here: give a file, or a directory with files ending in .yaml, .yml or .json"];
            return false;
        }

        var found = new List<string>();
        var parts = new List<(string File, RuleDocument Document)>();
        foreach (var file in files)
        {
            if (RuleDocument.TryParse(ReadBounded(file), out var part, out var faultsOfFile))
            {
                parts.Add((file, part));
            }

            found.AddRange(faultsOfFile.Select(fault => $"{file}:{fault.Line}:{fault.Column}: {fault.Message}"));
        }

        found.AddRange(RepeatedIds(parts));
        faults = found;
        if (found.Count > 0)
        {
            return false;
        }

        if (parts.Count == 1)
        {
            document = parts[0].Document;
            return true;
        }

        // Limits of the whole, such as the number of rules.
        var isWhole = RuleDocument.TryParse(Combine(parts.Select(part => part.Document)), out document, out var faultsTogether);
        faults = [.. faultsTogether.Select(fault => $"{path}: the files taken together: {fault.Message}")];
        return isWhole;
    }

    /// <summary>One byte more than is allowed at most, so that a file of any size costs no more than its refusal.</summary>
    private static byte[] ReadBounded(string file)
    {
        using var stream = File.OpenRead(file);
        var bytes = new byte[Math.Min(stream.Length, RuleLimits.DocumentBytesMax + 1)];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return count == bytes.Length ? bytes : bytes[..count];
    }

    private static IEnumerable<string> RepeatedIds(List<(string File, RuleDocument Document)> parts)
    {
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (file, document) in parts)
        {
            foreach (var rule in document.Rules)
            {
                if (!places.TryAdd(rule.Id, $"{file}:{rule.Line}"))
                {
                    yield return $"{file}:{rule.Line}:{rule.Column}: the rule id {rule.Id} stands twice: give each rule its own; the first is in {places[rule.Id]}";
                }
            }
        }
    }

    private static string[] FilesOf(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        return Directory.Exists(path)
            ? [.. Directory.EnumerateFiles(path)
                .Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>One document with the rules of all, in the order of the files' names. Scalars keep their text.</summary>
    private static string Combine(IEnumerable<RuleDocument> documents)
    {
        var rules = new YamlSequenceNode();
        foreach (var document in documents)
        {
            var stream = new YamlStream();
            stream.Load(new Parser(new StringReader(document.Text)));
            var root = (YamlMappingNode)stream.Documents[0].RootNode;
            if (root.Style == MappingStyle.Flow)
            {
                DropNulls(root);
            }

            foreach (var rule in (YamlSequenceNode)root.Children[new YamlScalarNode("rules")])
            {
                rules.Add(rule);
            }
        }

        var combined = new YamlMappingNode { { "version", "1" }, { "rules", rules } };
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        new YamlStream(new YamlDocument(combined)).Save(text, assignAnchors: false);
        return text.ToString();
    }

    // In JSON null says that there is nothing; in the joined document it would be a word like any other.
    private static void DropNulls(YamlNode node)
    {
        if (node is YamlSequenceNode list)
        {
            foreach (var item in list)
            {
                DropNulls(item);
            }
        }
        else if (node is YamlMappingNode table)
        {
            foreach (var (key, value) in table.Children.ToList())
            {
                DropNulls(value);
                if (value is YamlScalarNode { Style: ScalarStyle.Plain, Value: "null" })
                {
                    table.Children.Remove(key);
                }
            }
        }
    }
}
