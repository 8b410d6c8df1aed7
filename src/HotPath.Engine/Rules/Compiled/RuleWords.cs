using System.Text;
using HotPath.Engine.Names;
using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>Interns what a rule document names: words, tags, string literals. Cold; any thread.</summary>
internal static class RuleWords
{
    /// <summary>Interns everything that the rules name, or says which directory is full.</summary>
    public static bool TryIntern(IReadOnlyList<Rule> rules, NameTables names, long nowMicros, out NameSort full)
    {
        full = default;
        foreach (var rule in rules)
        {
            foreach (var word in WordsOf(rule))
            {
                if (!TryIntern(names.Words, word, nowMicros))
                {
                    full = NameSort.Word;
                    return false;
                }
            }

            foreach (var node in rule.Groups.SelectMany(g => g.Cases).SelectMany(ExpressionsOf).SelectMany(Walk))
            {
                if (TagOf(node) is { } tag && !TryIntern(names.Tags, tag, nowMicros))
                {
                    full = NameSort.Tag;
                    return false;
                }

                if (node is StringLiteral literal && !TryIntern(names.Symbols, literal.Value, nowMicros))
                {
                    full = NameSort.Symbol;
                    return false;
                }
            }
        }

        return true;
    }

    public static int Word(NameTables names, string? word) => word is null ? -1 : Find(names.Words, word);

    public static int Tag(NameTables names, string tag) => Find(names.Tags, tag);

    public static int Symbol(NameTables names, string text) => Find(names.Symbols, text);

    /// <summary>The expression and everything within it, as it is read from left to right.</summary>
    public static IEnumerable<Expression> Walk(Expression expression)
    {
        var open = new Stack<Expression>([expression]);
        while (open.TryPop(out var node))
        {
            yield return node;
            foreach (var part in PartsOf(node).Reverse())
            {
                open.Push(part);
            }
        }
    }

    public static IEnumerable<Expression> ExpressionsOf(RuleCase ruleCase) =>
        ruleCase.Until is null ? [ruleCase.When.Expression] : [ruleCase.When.Expression, ruleCase.Until.Expression];

    /// <summary>The tag that a node reads, if it reads one.</summary>
    public static string? TagOf(Expression node) => node switch
    {
        TagValue value => value.Tag,
        StaleTest stale => stale.Tag,
        WindowValue window => window.Tag,
        _ => null,
    };

    private static IEnumerable<Expression> PartsOf(Expression node) => node switch
    {
        Unary unary => [unary.Operand],
        Binary binary => [binary.Left, binary.Right],
        Membership membership => [membership.Left, .. membership.Items],
        _ => [],
    };

    private static IEnumerable<string> WordsOf(Rule rule)
    {
        yield return rule.Id;
        yield return rule.Default;
        foreach (var group in rule.Groups)
        {
            yield return group.Name;
            string?[] states = [group.Else, group.Unknown, .. group.Cases.SelectMany(c => (string?[])[c.State, c.Reason])];
            foreach (var word in states)
            {
                if (word is not null)
                {
                    yield return word;
                }
            }
        }

        foreach (var state in rule.Downtime.Categories.Keys)
        {
            yield return state;
        }
    }

    private static bool TryIntern(NameDirectory directory, string text, long nowMicros) =>
        directory.TryIntern(Encoding.UTF8.GetBytes(text), nowMicros, out _) is InternOutcome.Known or InternOutcome.Added;

    private static int Find(NameDirectory directory, string text)
    {
        Invariant.Holds(directory.TryFind(Encoding.UTF8.GetBytes(text), out var index), "what a rule names was interned before");
        return index;
    }
}
