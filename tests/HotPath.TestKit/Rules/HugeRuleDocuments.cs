using System.Globalization;
using System.Text;

namespace HotPath.TestKit.Rules;

/// <summary>Rule documents that want to cost much: too large for files, so they are made.</summary>
public static class HugeRuleDocuments
{
    private const string OneCase = "version: 1\nrules: [{ id: line, groups: [{ name: g, cases: [{ state: UP, when: ";

    /// <summary>Each under the name of what it tries.</summary>
    public static IReadOnlyDictionary<string, Func<byte[]>> All { get; } = new SortedDictionary<string, Func<byte[]>>(StringComparer.Ordinal)
    {
        ["huge-quoted-text"] = () => Utf8("version: 1\nrules:\n  - id: \"" + new string('x', 10_000_000) + "\"\n"),
        ["huge-plain-text"] = () => Utf8("version: 1\nrules:\n  - id: " + new string('x', 10_000_000) + "\n"),
        ["huge-block-text"] = () => Utf8("version: 1\nrules:\n  - id: |\n" + Repeated("      x\n", 1_500_000)),
        ["huge-comment"] = () => Utf8("version: 1\n" + Repeated("# x\n", 2_500_000) + "rules: []\n"),
        ["huge-blanks"] = () => Utf8("version: 1\nrules:" + new string(' ', 10_000_000) + "[]\n"),
        ["huge-document"] = () => Utf8("version: 1\nrules: []\n" + new string('\n', 17_000_000)),
        ["deep-brackets"] = () => Utf8("version: 1\nrules: " + new string('[', 1_000_000)),
        ["deep-braces"] = () => Utf8(Repeated("{a: ", 100_000)),
        ["deep-indents"] = () => Utf8("version: 1\nrules:\n" + string.Concat(Enumerable.Range(1, 1_000).Select(depth => new string(' ', depth) + "a:\n"))),
        ["alias-bomb"] = () => Utf8("version: 1\nrules:\n  - &a [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 12).Select(
            step => $"  - &{(char)('a' + step)} [{string.Join(", ", Enumerable.Repeat($"*{(char)('a' + step - 1)}", 10))}]\n"))),
        ["alias-bomb-of-expressions"] = () => Utf8(
            "version: 1\nrules:\n" + string.Concat(Enumerable.Range(0, 2_000).Select(rule => string.Create(
                CultureInfo.InvariantCulture,
                $"  - {{ id: r{rule}, groups: [{{ name: g, cases: {(rule == 0 ? "&c [{ state: UP, when: " + Repeated("a or ", 1_500) + "a }]" : "*c")} }}] }}\n")))),
        ["long-expression"] = () => Utf8(OneCase + Repeated("a or ", 12_000) + "a }] }] }]\n"),
        ["deep-expression"] = () => Utf8(OneCase + Repeated("not ", 15_000) + "a }] }] }]\n"),
        ["many-rules"] = () => Utf8("version: 1\nrules:\n" + string.Concat(Enumerable.Range(0, 10_001).Select(
            rule => string.Create(CultureInfo.InvariantCulture, $"  - {{ id: r{rule}, groups: [{{ name: g, cases: [{{ state: UP, when: a }}] }}] }}\n")))),
        ["many-items"] = () => Utf8("version: 1\nrules:\n" + Repeated("  - a\n", 2_000_000)),
        ["many-keys"] = () => Utf8("version: 1\n" + string.Concat(Enumerable.Range(0, 500_000).Select(key => string.Create(CultureInfo.InvariantCulture, $"key{key}: 1\n")))),
        ["many-faults"] = () => Utf8("version: 1\nrules:\n" + Repeated("  - { idd: x, grups: [], staleAfter: soon }\n", 9_000)),
        ["many-anchors"] = () => Utf8("version: 1\nrules:\n" + string.Concat(Enumerable.Range(0, 9_000).Select(
            rule => string.Create(CultureInfo.InvariantCulture, $"  - &a{rule} {{ id: &b{rule} x }}\n")))),
    };

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Repeated(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();
}
