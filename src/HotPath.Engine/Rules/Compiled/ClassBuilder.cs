using HotPath.Engine.Names;
using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>Compiles the rules that cover one sort of machine into a <see cref="MachineClass"/>. Cold; one thread.</summary>
internal sealed class ClassBuilder
{
    private readonly NameTables _names;
    private readonly List<ClassRule> _rules = [];
    private readonly List<ClassGroup> _groups = [];
    private readonly List<ClassCase> _cases = [];
    private readonly List<TagUse> _tags = [];
    private readonly Dictionary<string, int> _slotOfTag = new(StringComparer.Ordinal);
    private readonly List<int> _tagLists = [];
    private readonly List<ClassWindow> _windows = [];
    private readonly Dictionary<(string, long), int> _windowOf = [];
    private readonly ProgramWriter _programs;
    private readonly ChannelBuilder _channels;

    private ClassBuilder(NameTables names)
    {
        _names = names;
        _programs = new ProgramWriter(SlotOfTag, WindowOf, names);
        _channels = new ChannelBuilder(names);
    }

    /// <param name="rules">The document's compiled rules.</param>
    /// <param name="covering">Indexes of the rules that cover the class, in the order of the document.</param>
    /// <param name="index">The class's place.</param>
    public static MachineClass Build(CompiledRules rules, IReadOnlyList<int> covering, int index)
    {
        var builder = new ClassBuilder(rules.Names);
        builder.NumberTagsAndWindows(rules, covering);
        foreach (var documentIndex in covering)
        {
            builder.AddRule(rules.Document.Rules[documentIndex], documentIndex);
        }

        return builder.Finish(rules, index);
    }

    // Windows of one tag stand side by side, so tags and windows are numbered before anything is compiled.
    private void NumberTagsAndWindows(CompiledRules rules, IReadOnlyList<int> covering)
    {
        var windows = new HashSet<(string Tag, long Width)>();
        foreach (var node in covering
            .SelectMany(i => rules.Document.Rules[i].Groups)
            .SelectMany(g => g.Cases)
            .SelectMany(RuleWords.ExpressionsOf)
            .SelectMany(RuleWords.Walk))
        {
            if (RuleWords.TagOf(node) is { } tag && _slotOfTag.TryAdd(tag, _tags.Count))
            {
                _tags.Add(new TagUse(RuleWords.Tag(_names, tag)));
            }

            if (node is WindowValue window)
            {
                windows.Add((window.Tag, window.WidthMicros));
            }
        }

        foreach (var (tag, width) in windows.OrderBy(w => _slotOfTag[w.Tag]).ThenBy(w => w.Width))
        {
            _windowOf[(tag, width)] = _windows.Count;
            _tags[_slotOfTag[tag]].Windows.Add(_windows.Count);
            const int Buckets = RuleLimits.WindowBuckets;
            _windows.Add(new ClassWindow
            {
                Tag = _slotOfTag[tag],
                WidthMicros = width,
                BucketMicros = (width + Buckets - 1) / Buckets,
            });
        }
    }

    private int SlotOfTag(string tag) => _slotOfTag[tag];

    private int WindowOf(string tag, long widthMicros) => _windowOf[(tag, widthMicros)];

    private void AddRule(Rule rule, int documentIndex)
    {
        var staleAfterMicros = rule.StaleAfterMicros ?? ClassRule.NeverStale;
        var part = new ClassRule
        {
            Word = RuleWords.Word(_names, rule.Id),
            DocumentIndex = documentIndex,
            DefaultWord = RuleWords.Word(_names, rule.Default),
            GroupFirst = _groups.Count,
            GroupCount = rule.Groups.Count,
            CaseFirst = _cases.Count,
            StaleAfterMicros = staleAfterMicros,
            MicroStopMicros = rule.Downtime.MicroStopMicros,
            Tags = TagsOf(rule.Groups.SelectMany(group => group.Cases)),
        };
        foreach (var group in rule.Groups)
        {
            _groups.Add(new ClassGroup
            {
                Word = RuleWords.Word(_names, group.Name),
                Weight = group.Weight,
                ElseWord = RuleWords.Word(_names, group.Else),
                UnknownWord = RuleWords.Word(_names, group.Unknown),
                CaseFirst = _cases.Count,
                CaseCount = group.Cases.Count,
                Tags = TagsOf(group.Cases),
            });
            foreach (var ruleCase in group.Cases)
            {
                AddCase(ruleCase, staleAfterMicros);
            }
        }

        part.CaseCount = _cases.Count - part.CaseFirst;
        _rules.Add(part);
    }

    private void AddCase(RuleCase ruleCase, long staleAfterMicros)
    {
        var index = _cases.Count;
        _cases.Add(new ClassCase
        {
            StateWord = RuleWords.Word(_names, ruleCase.State),
            ReasonWord = RuleWords.Word(_names, ruleCase.Reason),
            Rule = _rules.Count,
            When = _programs.Write(ruleCase.When.Expression, staleAfterMicros),
            Until = ruleCase.Until is null ? -1 : _programs.Write(ruleCase.Until.Expression, staleAfterMicros),
            HoldMicros = ruleCase.HoldMicros,
            ClearMicros = ruleCase.ClearMicros,
            Tags = TagsOf([ruleCase]),
        });
        var reads = CaseReads.Of(ruleCase);
        foreach (var comparison in reads.Comparisons)
        {
            var slot = _slotOfTag[comparison.Tag];
            _channels.Add(slot, staleAfterMicros, index, comparison);
            _tags[slot].AddLimit(staleAfterMicros);
        }

        foreach (var node in reads.Others)
        {
            var tag = RuleWords.TagOf(node)!;
            var use = _tags[_slotOfTag[tag]];
            use.GeneralCases.Add(index);
            use.AddLimit(node is StaleTest stale ? stale.WidthMicros : staleAfterMicros);
            if (node is WindowValue window)
            {
                use.WindowCases.Add(index);
                use.CasesOfWindow(_windowOf[(tag, window.WidthMicros)]).Add(index);
            }
        }
    }

    private Run TagsOf(IEnumerable<RuleCase> cases)
    {
        var slots = new SortedSet<int>(cases
            .SelectMany(RuleWords.ExpressionsOf)
            .SelectMany(RuleWords.Walk)
            .Select(RuleWords.TagOf)
            .OfType<string>()
            .Select(SlotOfTag));
        return Append(_tagLists, slots);
    }

    private MachineClass Finish(CompiledRules rules, int index)
    {
        var lists = new List<int>();
        var limits = new List<ClassLimit>();
        var tags = new ClassTag[_tags.Count];
        var windows = _windows.ToArray();
        for (var slot = 0; slot < tags.Length; slot++)
        {
            var use = _tags[slot];
            var limitFirst = limits.Count;
            limits.AddRange(use.Limits.Select(width => new ClassLimit { Tag = slot, WidthMicros = width }));
            tags[slot] = new ClassTag
            {
                TagIndex = use.TagIndex,
                GeneralCases = Append(lists, use.GeneralCases),
                WindowCases = Append(lists, use.WindowCases),
                Windows = use.Windows.Count == 0 ? default : new Run(use.Windows[0], use.Windows.Count),
                Limits = new Run(limitFirst, limits.Count - limitFirst),
                Channels = _channels.Build(slot, lists),
                LimitMicrosMin = use.Limits.Count == 0 ? ClassRule.NeverStale : use.Limits.Min,
            };
            foreach (var window in use.Windows)
            {
                windows[window].Cases = Append(lists, use.CasesOfWindow(window));
            }
        }

        return new MachineClass
        {
            Rules = rules,
            Index = index,
            RuleParts = [.. _rules],
            Groups = [.. _groups],
            Cases = [.. _cases],
            Tags = tags,
            Windows = windows,
            Limits = [.. limits],
            Channels = _channels.Channels,
            ThresholdValues = _channels.Values,
            ThresholdCases = _channels.Cases,
            CaseLists = [.. lists],
            TagLists = [.. _tagLists],
            Instructions = _programs.Instructions,
            StackDepthMax = _programs.DepthMax,
            Slots = new TagSlots(tags),
        };
    }

    private static Run Append(List<int> lists, SortedSet<int> cases)
    {
        var run = new Run(lists.Count, cases.Count);
        lists.AddRange(cases);
        return run;
    }

    /// <summary>What the rules of the class do with one tag.</summary>
    private sealed class TagUse(int tagIndex)
    {
        private readonly Dictionary<int, SortedSet<int>> _casesOfWindow = [];

        public int TagIndex { get; } = tagIndex;

        public SortedSet<int> GeneralCases { get; } = [];

        public SortedSet<int> WindowCases { get; } = [];

        public List<int> Windows { get; } = [];

        public SortedSet<long> Limits { get; } = [];

        public void AddLimit(long micros)
        {
            if (micros != ClassRule.NeverStale)
            {
                Limits.Add(micros);
            }
        }

        public SortedSet<int> CasesOfWindow(int window)
        {
            if (!_casesOfWindow.TryGetValue(window, out var cases))
            {
                _casesOfWindow[window] = cases = [];
            }

            return cases;
        }
    }
}
