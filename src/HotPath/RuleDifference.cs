using System.Globalization;
using System.Text;
using HotPath.Engine.Rules;

namespace HotPath;

/// <summary>What a document changes, by rule ids. What only stands elsewhere, or in other words of YAML, is no change.</summary>
internal sealed record RuleDifference(
    IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Changed, int UnchangedCount)
{
    public static RuleDifference Between(RuleDocument old, RuleDocument next)
    {
        var oldById = old.Rules.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
        var nextIds = next.Rules.Select(rule => rule.Id).ToHashSet(StringComparer.Ordinal);
        var changed = next.Rules
            .Where(rule => oldById.TryGetValue(rule.Id, out var before) && Said(before) != Said(rule))
            .Select(rule => rule.Id)
            .ToList();
        return new RuleDifference(
            [.. next.Rules.Select(rule => rule.Id).Where(id => !oldById.ContainsKey(id))],
            [.. old.Rules.Select(rule => rule.Id).Where(id => !nextIds.Contains(id))],
            changed,
            next.Rules.Count(rule => oldById.ContainsKey(rule.Id)) - changed.Count);
    }

    // Everything that a rule says, in one text that says it in one way only: no part holds a line feed unescaped.
    private static string Said(Rule rule)
    {
        var said = new StringBuilder();
        Line(said, rule.Title, rule.Default, rule.StaleAfterMicros, rule.Downtime.MicroStopMicros);
        Line(said, [.. rule.Equipment.Select(glob => glob.Text)]);
        foreach (var group in rule.Groups)
        {
            Line(said, group.Name, group.Weight, group.Else, group.Unknown, group.Cases.Count);
            foreach (var one in group.Cases)
            {
                Line(said, one.State, one.When.Text, one.Until?.Text, one.HoldMicros, one.ClearMicros, one.Reason);
            }
        }

        foreach (var (state, category) in rule.Downtime.Categories.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Line(said, state, category);
        }

        return said.ToString();
    }

    private static void Line(StringBuilder said, params ReadOnlySpan<object?> parts)
    {
        foreach (var part in parts)
        {
            var text = Convert.ToString(part, CultureInfo.InvariantCulture);
            said.Append(CultureInfo.InvariantCulture, $"{(part is null ? "-" : text!.Length)}:{text}|");
        }

        said.Append('\n');
    }
}
