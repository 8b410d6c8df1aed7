using YamlDotNet.Core;

namespace HotPath.Engine.Rules.Yaml;

/// <summary>Says what a fault of YAML's form means to somebody who writes rules.</summary>
internal static class YamlCure
{
    // Pieces of the parser's messages, and what helps. The first that fits counts.
    private static readonly (string Piece, string Cure)[] Cures =
    [
        ("found invalid mapping", "put a text with \": \" in quotes, and indent keys of one table alike"),
        ("mapping values are not allowed", "put a text with \": \" in quotes, and indent keys of one table alike"),
        ("did not find expected key", "indent keys of one table alike, and close quotes and brackets before this place"),
        ("did not find expected '-' indicator", "indent keys of one table alike, and items of one list alike"),
        ("did not find expected ',' or ']'", "close the list with ], with commas between its items"),
        ("did not find expected ',' or '}'", "close the table with }, with commas between its keys"),
        ("could not find expected ':'", "write key: value, with a blank behind the colon"),
        ("found wrong indentation", "close the quotes, or indent what goes on within them"),
        ("invalid Unicode", HowToEscape),
        ("unexpected end of stream", "close the quotes"),
        ("unknown escape character", "write \\\\ for a backslash, or put the text in single quotes"),
        ("found character that cannot start any token", "put the text in quotes"),
        ("block sequence entries are not allowed", "begin a list on a line of its own, below its key"),
    ];

    private const string HowToEscape = "write the character itself, or a pair such as \\ud83d\\ude00";

    public static RuleFault FaultOf(YamlException exception, string text)
    {
        var said = exception.Message;
        if (said.Contains(" tab ", StringComparison.Ordinal) && TabFrom(text, (int)exception.Start.Index) is { } tab)
        {
            return tab;
        }

        var cure = Array.Find(Cures, entry => said.Contains(entry.Piece, StringComparison.OrdinalIgnoreCase)).Cure;
        return new RuleFault(
            Math.Max(1, (int)exception.Start.Line),
            Math.Max(1, (int)exception.Start.Column),
            $"not YAML: {said.TrimEnd('.')}",
            cure ?? "close quotes and brackets before this place; a text with special characters stands in quotes");
    }

    /// <summary>The parser gave up by a fault of its own, of which it tells nothing; what it read last stands before it.</summary>
    public static RuleFault FaultBehind(Mark end) => new(
        Math.Max(1, (int)end.Line),
        Math.Max(1, (int)end.Column),
        "not YAML: something behind this place cannot be read",
        "close quotes and brackets, and write keys as key: value");

    // The parser's mark is that of what the tab stands in.
    private static RuleFault? TabFrom(string text, int index)
    {
        var at = text.IndexOf('\t', Math.Clamp(index, 0, text.Length));
        return at < 0 ? null : new RuleFault(
            text.AsSpan(0, at).Count('\n') + 1,
            at - text.LastIndexOf('\n', at),
            "not YAML: a tab stands where only blanks may stand",
            "indent with blanks");
    }
}
