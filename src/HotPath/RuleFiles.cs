using System.Globalization;
using System.Text;
using HotPath.Engine.Rules;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HotPath;

/// <summary>
/// The rules of an installation on disk: one file, or a directory whose files together are one document. Read by cold
/// threads; a fault says in which file it is.
/// </summary>
internal static class RuleFiles
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>Reads the document. False with every fault, each as <c>file:line:column: what</c>.</summary>
    public static bool TryLoad(string path, out RuleDocument document, out IReadOnlyList<string> faults)
    {
        document = RuleDocument.Empty;
        var files = FilesOf(path);
        if (files.Length == 0)
        {
            faults = [$"{path}: there are no rules here. Give a file, or a directory with files ending in .yaml, .yml or .json."];
            return false;
        }

        var found = new List<string>();
        var documents = new List<RuleDocument>();
        foreach (var file in files)
        {
            if (RuleDocument.TryParse(File.ReadAllBytes(file), out var part, out var faultsOfFile))
            {
                documents.Add(part);
            }

            found.AddRange(faultsOfFile.Select(fault => $"{file}:{fault.Line}:{fault.Column}: {fault.Message}"));
        }

        faults = found;
        if (found.Count > 0)
        {
            return false;
        }

        if (documents.Count == 1)
        {
            document = documents[0];
            return true;
        }

        // What only shows when the files stand together, such as an id that two of them have.
        var isWhole = RuleDocument.TryParse(Combine(documents), out document, out var faultsTogether);
        faults = [.. faultsTogether.Select(fault => $"{path}: the files taken together: {fault}")];
        return isWhole;
    }

    /// <summary>Changes whenever a file of the rules changes, comes or goes; for whoever watches.</summary>
    public static string StampOf(string path)
    {
        var stamp = new StringBuilder();
        foreach (var file in FilesOf(path))
        {
            var written = File.GetLastWriteTimeUtc(file).Ticks;
            stamp.Append(CultureInfo.InvariantCulture, $"{file}|{written}|{new FileInfo(file).Length}\n");
        }

        return stamp.ToString();
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
}
