namespace HotPath.Engine.Rules.Compiled;

/// <summary>
/// What a machine keeps when it goes from one class to another: for each part of the new class the one of the old that
/// it goes on from, or -1. Immutable; made once for a pair of classes, cold.
/// </summary>
internal sealed class ClassChange
{
    public ClassChange(MachineClass old, MachineClass next)
    {
        var oldRuleOf = IndexBy(old.RuleParts, rule => rule.Word);
        RuleFrom = [.. next.RuleParts.Select(rule => oldRuleOf.GetValueOrDefault(rule.Word, -1))];
        OldRuleStays = new bool[old.RuleParts.Length];
        foreach (var from in RuleFrom.Where(from => from >= 0))
        {
            OldRuleStays[from] = true;
        }

        CaseFrom = new int[next.Cases.Length];
        Array.Fill(CaseFrom, -1);
        for (var rule = 0; rule < RuleFrom.Length; rule++)
        {
            if (RuleFrom[rule] >= 0)
            {
                MatchCases(old, RuleFrom[rule], next, rule);
            }
        }

        TagFrom = [.. next.Tags.Select(tag => old.SlotOf(tag.TagIndex))];
        var oldWindowOf = IndexBy(old.Windows, window => (old.Tags[window.Tag].TagIndex, window.WidthMicros));
        WindowFrom =
        [
            .. next.Windows.Select(window =>
                oldWindowOf.GetValueOrDefault((next.Tags[window.Tag].TagIndex, window.WidthMicros), -1)),
        ];
        ChangedRules = [.. Enumerable.Range(0, RuleFrom.Length).Where(rule => IsChanged(old, RuleFrom[rule], next, rule))];
        IsInPlace = HaveSameParts(old, next);
    }

    public int[] RuleFrom { get; }

    public bool[] OldRuleStays { get; }

    /// <summary>Cases whose clock goes on: same group name, same place in it, same conditions and durations.</summary>
    public int[] CaseFrom { get; }

    public int[] TagFrom { get; }

    public int[] WindowFrom { get; }

    /// <summary>Rules of the new class that are new or mean something else than before.</summary>
    public int[] ChangedRules { get; }

    /// <summary>
    /// Every part of the new class has the place of the one that it goes on from, so that a machine's arrays stay where
    /// they are, and only what belongs to changed rules is begun anew: a threshold, a weight, a hold was changed.
    /// </summary>
    public bool IsInPlace { get; }

    private bool HaveSameParts(MachineClass old, MachineClass next) =>
        IsIdentity(RuleFrom, old.RuleParts.Length)
        && IsIdentity(TagFrom, old.Tags.Length)
        && IsIdentity(WindowFrom, old.Windows.Length)
        && old.Cases.Length == next.Cases.Length
        && old.RuleParts.Zip(next.RuleParts).All(pair =>
            (pair.First.CaseFirst, pair.First.CaseCount) == (pair.Second.CaseFirst, pair.Second.CaseCount))
        && CaseFrom.Select((from, index) => from < 0 || from == index).All(stays => stays)
        && old.Limits.Zip(next.Limits).All(pair =>
            (pair.First.Tag, pair.First.WidthMicros) == (pair.Second.Tag, pair.Second.WidthMicros))
        && old.Limits.Length == next.Limits.Length;

    private static bool IsIdentity(int[] from, int oldCount) =>
        from.Length == oldCount && from.Select((place, index) => place == index).All(same => same);

    private static bool IsChanged(MachineClass old, int oldRule, MachineClass next, int nextRule) =>
        oldRule < 0
        || !next.Rules.Document.Rules[next.RuleParts[nextRule].DocumentIndex].MeansTheSameAs(
            old.Rules.Document.Rules[old.RuleParts[oldRule].DocumentIndex]);

    private void MatchCases(MachineClass old, int oldRule, MachineClass next, int nextRule)
    {
        var (oldPart, nextPart) = (old.RuleParts[oldRule], next.RuleParts[nextRule]);
        var (oldSaid, nextSaid) =
            (old.Rules.Document.Rules[oldPart.DocumentIndex], next.Rules.Document.Rules[nextPart.DocumentIndex]);
        for (var group = 0; group < nextPart.GroupCount; group++)
        {
            var oldGroup = IndexOf(oldSaid.Groups, nextSaid.Groups[group].Name);
            if (oldGroup >= 0)
            {
                MatchCases(
                    old.Groups[oldPart.GroupFirst + oldGroup],
                    oldSaid.Groups[oldGroup],
                    next.Groups[nextPart.GroupFirst + group],
                    nextSaid.Groups[group]);
            }
        }
    }

    private void MatchCases(ClassGroup oldPart, RuleGroup old, ClassGroup nextPart, RuleGroup next)
    {
        for (var index = 0; index < Math.Min(old.Cases.Count, next.Cases.Count); index++)
        {
            if (next.Cases[index].KeepsClockOf(old.Cases[index]))
            {
                CaseFrom[nextPart.CaseFirst + index] = oldPart.CaseFirst + index;
            }
        }
    }

    private static int IndexOf(IReadOnlyList<RuleGroup> groups, string name)
    {
        for (var index = 0; index < groups.Count; index++)
        {
            if (groups[index].Name == name)
            {
                return index;
            }
        }

        return -1;
    }

    private static Dictionary<TKey, int> IndexBy<TItem, TKey>(TItem[] items, Func<TItem, TKey> key)
        where TKey : notnull
    {
        var indexes = new Dictionary<TKey, int>(items.Length);
        for (var index = 0; index < items.Length; index++)
        {
            indexes[key(items[index])] = index;
        }

        return indexes;
    }
}
