using System.Text.Json;
using System.Text.RegularExpressions;

namespace HotPath.TestKit.Reference;

/// <summary>A rule of a valid JSON document, for the reference model.</summary>
internal sealed class ReferenceRule
{
    public ReferenceRule(JsonElement rule)
    {
        Id = Text(rule, "id")!;
        Globs = rule.TryGetProperty("equipment", out var globs) ? [.. globs.EnumerateArray().Select(g => g.GetString()!)] : ["*"];
        Default = Text(rule, "default") ?? "UNKNOWN";
        StaleAfter = Text(rule, "staleAfter") is { } stale ? ReferenceExpression.Micros(stale) : null;
        Groups = [.. rule.GetProperty("groups").EnumerateArray().Select(g => new ReferenceGroup(g))];
        if (rule.TryGetProperty("downtime", out var downtime))
        {
            foreach (var category in new[] { "down", "planned", "unknown" })
            {
                if (downtime.TryGetProperty(category, out var states))
                {
                    states.EnumerateArray().ToList().ForEach(state => Categories[state.GetString()!] = category);
                }
            }

            MicroStop = Text(downtime, "microStop") is { } micro ? ReferenceExpression.Micros(micro) : 0;
        }
    }

    public string Id { get; }

    public string[] Globs { get; }

    public string Default { get; }

    public long? StaleAfter { get; }

    public List<ReferenceGroup> Groups { get; }

    public Dictionary<string, string> Categories { get; } = [];

    public long MicroStop { get; }

    public IEnumerable<(string Function, string Tag, long Width)> Uses =>
        Groups.SelectMany(g => g.Cases).SelectMany(c => c.Until is null ? c.When.Uses : c.When.Uses.Concat(c.Until.Uses));

    public static List<ReferenceRule> ReadDocument(JsonElement document) =>
        [.. document.GetProperty("rules").EnumerateArray().Select(rule => new ReferenceRule(rule))];

    public bool Covers(string equipment) => Globs.Any(glob => Regex.IsMatch(
        equipment,
        "^" + Regex.Escape(glob).Replace("\\*", "(?s:.*)", StringComparison.Ordinal).Replace("\\?", "(?s:.)", StringComparison.Ordinal) + "$"));

    public static string? Text(JsonElement table, string key) =>
        table.TryGetProperty(key, out var value) ? value.GetString() : null;
}

internal sealed class ReferenceGroup(JsonElement group)
{
    public string Name { get; } = group.GetProperty("name").GetString()!;

    public int Weight { get; } = group.TryGetProperty("weight", out var weight) ? weight.GetInt32() : 0;

    public string? Else { get; } = ReferenceRule.Text(group, "else");

    public string? Unknown { get; } = ReferenceRule.Text(group, "unknown");

    public List<ReferenceCase> Cases { get; } =
        [.. group.GetProperty("cases").EnumerateArray().Select(c => new ReferenceCase(c))];
}

internal sealed class ReferenceCase(JsonElement said)
{
    public string State { get; } = said.GetProperty("state").GetString()!;

    public string? Reason { get; } = ReferenceRule.Text(said, "reason");

    public ReferenceExpression When { get; } = ReferenceExpression.Read(said.GetProperty("when").GetString()!);

    public ReferenceExpression? Until { get; } =
        ReferenceRule.Text(said, "until") is { } until ? ReferenceExpression.Read(until) : null;

    public long For { get; } = ReferenceExpression.Micros(ReferenceRule.Text(said, "for") ?? "0s");

    public long Clear { get; } = ReferenceExpression.Micros(ReferenceRule.Text(said, "clear") ?? "0s");

    public string TextOfConditions { get; } =
        said.GetProperty("when").GetString() + "\n" + ReferenceRule.Text(said, "until");
}
