using System.Text;
using HotPath.Engine.Ledger;
using HotPath.Engine.Rules.Expressions;
using HotPath.Engine.Rules.Yaml;

namespace HotPath.Engine.Rules;

/// <summary>Reads marked nodes as a rule document and collects every fault. One document, one reader, one thread.</summary>
internal sealed class RuleReader(bool isJson)
{
    private static readonly string[] DocumentKeys = ["version", "rules"];

    private static readonly string[] RuleKeys =
        ["id", "title", "equipment", "default", "staleAfter", "groups", "downtime", "actions"];

    private static readonly string[] GroupKeys = ["name", "weight", "cases", "else", "unknown"];
    private static readonly string[] CaseKeys = ["state", "when", "until", "for", "clear", "reason"];
    private static readonly string[] DowntimeKeys = ["down", "planned", "unknown", "microStop"];

    private readonly FaultList _faults = new(isJson);
    private readonly Dictionary<string, int> _lineOfId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReadText> _conditions = new(StringComparer.Ordinal);
    private long _expressionWords;

    public IReadOnlyList<RuleFault> Faults => _faults.InOrder();

    public IReadOnlyList<Rule> Read(MarkedNode root)
    {
        var table = new TableReader(root, "the document", DocumentKeys, _faults);
        var version = table.Text(table.Require("version", "version: 1"), "version");
        if (version is not null && version.Value != "1")
        {
            _faults.Add(version, $"version cannot be {FaultList.Shown(version.Value)}", "write version: 1, the only format there is");
        }

        var items = table.Items(
            table.Require("rules", "rules: [...]"), "rules", RuleLimits.RuleCountMax, "- id: my-rule", mayBeEmpty: true);
        var rules = new List<Rule>(items.Count);
        foreach (var item in items)
        {
            if (ReadRule(item) is { } rule)
            {
                rules.Add(rule);
            }
        }

        return rules;
    }

    private Rule? ReadRule(MarkedNode node)
    {
        var table = new TableReader(node, "a rule", RuleKeys, _faults);
        if (table.IsBroken)
        {
            return null;
        }

        var id = ReadId(table);
        var title = table.Text(table.Find("title"), "title");
        if (title?.Value.Length > RuleLimits.TitleCharsMax)
        {
            _faults.Add(title, $"title is longer than {RuleLimits.TitleCharsMax:N0} characters", "write a shorter one");
        }

        var globs = ReadGlobs(table);
        var standard = table.Name(table.Find("default"), "default") ?? "UNKNOWN";
        var staleAfterMicros = table.DurationMicros(table.Find("staleAfter"), "staleAfter");
        var groups = ReadGroups(table);
        var downtime = table.Find("downtime") is { } said ? ReadDowntime(said) : DowntimeStates.None;
        if (table.Find("actions") is { } actions and not MarkedList)
        {
            _faults.Add(actions, $"actions is a list, not {actions.Sort}", "write actions: []");
        }

        return new Rule(id, title?.Value, globs, standard, staleAfterMicros, groups, downtime)
        {
            Line = node.Line,
            Column = node.Column,
        };
    }

    private string ReadId(TableReader table)
    {
        var id = table.Text(table.Require("id", "id: filler-state"), "id");
        if (id is null)
        {
            return "";
        }

        if (id.Value.Length > 64 || id.Value.AsSpan().ContainsAnyExcept(IdChars))
        {
            _faults.Add(id, $"{FaultList.Shown(id.Value)} is no rule id", "write 1 to 64 letters A-Z a-z, digits, dots, underscores or hyphens");
        }
        else if (!_lineOfId.TryAdd(id.Value, id.Line))
        {
            _faults.Add(id, $"the rule id {id.Value} stands twice", $"give each rule its own; the first is in line {_lineOfId[id.Value]}");
        }

        return id.Value;
    }

    private static readonly System.Buffers.SearchValues<char> IdChars =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private const string GlobCure = "write one such as filler-* (* is any run of characters, ? is one)";

    private List<Glob> ReadGlobs(TableReader table)
    {
        if (table.Find("equipment") is not { } node)
        {
            return [new Glob("*")];
        }

        var globs = new List<Glob>();
        foreach (var item in table.Items(node, "equipment", RuleLimits.GlobCountMax, "equipment: [\"filler-*\"]"))
        {
            if (item is not MarkedText { Value.Length: > 0 } text)
            {
                _faults.Add(item, "a glob is a text that is not empty", GlobCure);
            }
            else if (Encoding.UTF8.GetByteCount(text.Value) > EngineLimits.NameBytesMax)
            {
                _faults.Add(item, $"a glob is longer than {EngineLimits.NameBytesMax} bytes of UTF-8", "no equipmentId is as long; write a shorter one");
            }
            else if (text.Value.AsSpan().ContainsAnyInRange('\0', '\u001F'))
            {
                _faults.Add(item, "a glob has a control character", GlobCure);
            }
            else
            {
                globs.Add(new Glob(text.Value));
            }
        }

        return globs;
    }

    private List<RuleGroup> ReadGroups(TableReader rule)
    {
        var groups = new List<RuleGroup>();
        var lineOfName = new Dictionary<string, int>(StringComparer.Ordinal);
        var node = rule.Require("groups", "groups: [{ name: operation, cases: [...] }]");
        foreach (var item in rule.Items(node, "groups", RuleLimits.GroupCountMax, "- name: operation"))
        {
            var table = new TableReader(item, "a group", GroupKeys, _faults);
            if (table.IsBroken)
            {
                continue;
            }

            var named = table.Require("name", "name: operation");
            var name = table.Name(named, "name") ?? "";
            if (name.Length > 0 && !lineOfName.TryAdd(name, named!.Line))
            {
                _faults.Add(named, $"the group {name} stands twice in this rule", $"give each its own name; the first is in line {lineOfName[name]}");
            }

            groups.Add(new RuleGroup(
                name,
                table.Integer(table.Find("weight"), "weight") ?? 0,
                table.Name(table.Find("else"), "else"),
                table.Name(table.Find("unknown"), "unknown"),
                ReadCases(table)));
        }

        return groups;
    }

    private List<RuleCase> ReadCases(TableReader group)
    {
        var cases = new List<RuleCase>();
        var node = group.Require("cases", "cases: [{ state: ACTIVE, when: ... }]");
        foreach (var item in group.Items(node, "cases", RuleLimits.CaseCountMax, "- state: ACTIVE"))
        {
            var table = new TableReader(item, "a case", CaseKeys, _faults);
            var state = table.Name(table.Require("state", "state: ACTIVE"), "state");
            var when = ReadCondition(table, table.Require("when", "when: temperature > 80"), "when");
            var until = ReadCondition(table, table.Find("until"), "until");
            var holdMicros = table.DurationMicros(table.Find("for"), "for") ?? 0;
            var clearMicros = table.DurationMicros(table.Find("clear"), "clear") ?? 0;
            var reason = table.Name(table.Find("reason"), "reason");
            if (state is not null && when is not null)
            {
                cases.Add(new RuleCase(state, when, until, holdMicros, clearMicros, reason));
            }
        }

        return cases;
    }

    private Condition? ReadCondition(TableReader table, MarkedNode? node, string what)
    {
        if (table.Text(node, what) is not { } text || _expressionWords > RuleLimits.DocumentWordsMax)
        {
            return null;
        }

        // By aliases one text may stand in very many cases: it is read once, and counts each time.
        if (!_conditions.TryGetValue(text.Value, out var known))
        {
            var isRead = ExpressionParser.TryParse(text.Value, out var expression, out var wordCount, out var fault);
            known = new ReadText(isRead ? new Condition(text.Value, expression) : null, wordCount, fault);
            _conditions[text.Value] = known;
        }

        _expressionWords += known.WordCount;
        if (_expressionWords > RuleLimits.DocumentWordsMax)
        {
            _faults.Add(
                text,
                $"the expressions of the document have more than {RuleLimits.DocumentWordsMax:N0} words, aliases counted as what they stand for",
                "use fewer or shorter ones");
            return null;
        }

        if (known.Condition is not null)
        {
            return known.Condition;
        }

        _faults.Add(new RuleFault(
            text.Line,
            text.ColumnOf(known.Fault!.At),
            $"{what}: {known.Fault.Problem}",
            known.Fault.Cure,
            CaretLines(text.Value, known.Fault.At)));
        return null;
    }

    // The line of the expression where the fault shows, and a caret under the place; long lines are cut around it.
    private static string CaretLines(string text, int at)
    {
        const int CharsAround = 60;
        var lineStart = at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;
        var lineEnd = text.IndexOf('\n', at);
        lineEnd = lineEnd < 0 ? text.Length : lineEnd;
        var start = Math.Max(lineStart, at - CharsAround);
        var end = Math.Min(lineEnd, at + CharsAround);
        var shown = text[start..end].Replace('\t', ' ').Replace('\r', ' ');
        return $"    {shown}\n    {new string(' ', at - start)}^";
    }

    private DowntimeStates ReadDowntime(MarkedNode node)
    {
        var table = new TableReader(node, "downtime", DowntimeKeys, _faults);
        var categories = new Dictionary<string, DowntimeCategory>(StringComparer.Ordinal);
        ReadStates(table, "down", DowntimeCategory.Down, categories);
        ReadStates(table, "planned", DowntimeCategory.Planned, categories);
        ReadStates(table, "unknown", DowntimeCategory.Unknown, categories);
        var microStopMicros = table.DurationMicros(table.Find("microStop"), "microStop") ?? 0;
        return new DowntimeStates(categories, microStopMicros);
    }

    private void ReadStates(
        TableReader table, string key, DowntimeCategory category, Dictionary<string, DowntimeCategory> categories)
    {
        const int StateCountMax = RuleLimits.GroupCountMax * (RuleLimits.CaseCountMax + 2);
        foreach (var item in table.Items(table.Find(key), key, StateCountMax, $"{key}: [STOPPED]", mayBeEmpty: true))
        {
            if (table.Name(item, "a state") is { } state
                && !categories.TryAdd(state, category)
                && categories[state] != category)
            {
                var other = categories[state].ToString().ToLowerInvariant();
                _faults.Add(item, $"the state {state} stands in {other} already", "keep it in one list: a state is of one category at most");
            }
        }
    }

    /// <summary>What became of the text of an expression.</summary>
    private sealed record ReadText(Condition? Condition, int WordCount, ExpressionFault? Fault);
}
