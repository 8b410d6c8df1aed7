using System.Text;
using HotPath.Engine.Rules.Yaml;

namespace HotPath.Engine.Rules;

/// <summary>A rule document that was taken whole: its text and its checked rules. Immutable; any thread.</summary>
internal sealed class RuleDocument
{
    private RuleDocument(string text, IReadOnlyList<Rule> rules)
    {
        Text = text;
        Rules = rules;
    }

    public string Text { get; }

    public IReadOnlyList<Rule> Rules { get; }

    /// <summary>No rules: what is in force before the first document.</summary>
    public static RuleDocument Empty { get; } = new("version: 1\nrules: []\n", []);

    public static bool TryParse(
        ReadOnlySpan<byte> utf8, out RuleDocument document, out IReadOnlyList<RuleFault> faults)
    {
        if (UnreadableText.FaultOf(utf8) is { } unreadable)
        {
            document = Empty;
            faults = [unreadable];
            return false;
        }

        // Editors of one system put a byte order mark before every text; it says nothing.
        var text = utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        return TryParse(Encoding.UTF8.GetString(text), out document, out faults);
    }

    /// <summary>The document, or every fault in it in the order of its lines.</summary>
    public static bool TryParse(string text, out RuleDocument document, out IReadOnlyList<RuleFault> faults)
    {
        document = Empty;
        if (!MarkedDocument.TryRead(text, out var root, out var unreadable))
        {
            faults = [unreadable!];
            return false;
        }

        var reader = new RuleReader(isJson: text.AsSpan().TrimStart().StartsWith("{", StringComparison.Ordinal));
        var rules = reader.Read(root);
        faults = reader.Faults;
        if (faults.Count > 0)
        {
            return false;
        }

        document = new RuleDocument(text, rules);
        return true;
    }
}
