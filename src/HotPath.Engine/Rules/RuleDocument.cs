using System.Text;
using HotPath.Engine.Rules.Yaml;

namespace HotPath.Engine.Rules;

/// <summary>A rule document that was taken whole: its text and its checked rules. Immutable; any thread.</summary>
internal sealed class RuleDocument
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

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
        document = Empty;
        try
        {
            if (utf8.Length <= RuleLimits.DocumentBytesMax)
            {
                return TryParse(StrictUtf8.GetString(utf8), out document, out faults);
            }

            faults = [new RuleFault(1, 1, $"the document is longer than {RuleLimits.DocumentBytesMax:N0} bytes")];
        }
        catch (DecoderFallbackException exception)
        {
            faults = [new RuleFault(1, 1, $"not UTF-8: the byte at {exception.Index} cannot stand there")];
        }

        return false;
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
