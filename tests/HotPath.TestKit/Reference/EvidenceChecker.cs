using System.Text.Json;

namespace HotPath.TestKit.Reference;

/// <summary>
/// Reaches the verdict of a transition from what `hotpath explain --json` prints of it, and nothing else: no rules, no
/// readings, no code of the engine. Says what does not hold together.
/// </summary>
internal static class EvidenceChecker
{
    /// <param name="printed">One line of `explain --json`.</param>
    /// <returns>Empty when the printed evidence leads to the printed verdict.</returns>
    public static IReadOnlyList<string> Contradictions(JsonElement printed)
    {
        var found = new List<string>();
        var evidence = printed.GetProperty("evidence");
        void Holds(bool isSo, string what)
        {
            if (!isSo)
            {
                found.Add(what);
            }
        }

        var at = printed.GetProperty("at").GetInt64();
        Holds(Text(evidence, "rule") == Text(printed, "rule"), "the evidence is of another rule");
        Holds(evidence.GetProperty("ruleVersion").GetInt64() == printed.GetProperty("ruleVersion").GetInt64(), "the evidence is of another version");
        if (Text(printed, "to") is not { } to)
        {
            return found;
        }

        var cases = evidence.GetProperty("cases").EnumerateArray().Select(one => new CaseClock(one)).ToList();
        var world = new World(evidence, at);
        Holds(evidence.GetProperty("tags").EnumerateArray().All(tag => !tag.TryGetProperty("at", out var seen) || seen.GetInt64() <= at), "a tag was seen later than the transition");
        Holds(Text(printed, "cause") == "rules" || evidence.GetProperty("watermark").GetInt64() >= at, "the watermark had not come so far");

        // Each group reports its first satisfied case; the heaviest that reports wins, the first of equals.
        (string Name, long Weight, string Report)? best = null;
        foreach (var group in evidence.GetProperty("groups").EnumerateArray())
        {
            var (name, report) = (Text(group, "group")!, Text(group, "report"));
            var first = cases.Find(one => one.Group == name && one.IsSatisfied);
            Holds(first is null || first.State == report, $"group {name} reports {report}, and its first satisfied case is {first?.State}");
            var weight = group.GetProperty("weight").GetInt64();
            if (report is not null && (best is null || weight > best.Value.Weight))
            {
                best = (name, weight, report);
            }
        }

        Holds(best?.Name == Text(evidence, "group"), $"group {best?.Name} wins, and {Text(evidence, "group")} is said to");
        Holds(Text(evidence, "group") == Text(printed, "group"), "the row names another group");
        Holds(best is null || best.Value.Report == to, $"{best?.Report} is reported, and the transition goes to {to}");

        if (evidence.TryGetProperty("case", out var place))
        {
            CheckWinner(printed, evidence, cases.Where(one => one.Group == best?.Name).ElementAt(place.GetInt32()), world, Holds);
        }
        else
        {
            CheckOthers(best?.Name, cases, world, Holds);
        }

        return found;
    }

    private static void CheckWinner(
        JsonElement printed, JsonElement evidence, CaseClock winner, World world, Action<bool, string> holds)
    {
        var at = printed.GetProperty("at").GetInt64();
        var hold = Text(evidence, "for") is { } held ? ReferenceExpression.Micros(held) : 0;
        var clear = Text(evidence, "clear") is { } cleared ? ReferenceExpression.Micros(cleared) : 0;
        holds(winner.State == Text(evidence, "state"), "the winning case is of another state");
        holds(winner.IsSatisfied, "the winning case is not satisfied");
        CheckMet(winner, Text(evidence, "when")!, Text(evidence, "until"), world, holds);
        holds(winner.Since <= at, "the case's clock runs ahead");
        holds(!winner.IsMet || clear > 0 || at - winner.Since >= hold, "the hold is not over");
        holds(winner.IsMet || at - winner.Since < clear, "the off-delay is over");
        var since = printed.GetProperty("since").GetInt64();
        holds(since <= at && (since == at || since >= winner.Since), "since reaches back over more than the case's own hold");
    }

    // No case won: each one that could have says its text, and none was satisfied.
    private static void CheckOthers(string? group, List<CaseClock> cases, World world, Action<bool, string> holds)
    {
        foreach (var one in cases.Where(one => group is null || one.Group == group))
        {
            holds(!one.IsSatisfied, "a satisfied case did not win");
            holds(one.Text is not null, "a case that could have won does not say its text");
            if (one.Text is not null)
            {
                CheckMet(one, one.Text, one.Until, world, holds);
            }
        }
    }

    private static void CheckMet(CaseClock one, string when, string? until, World world, Action<bool, string> holds)
    {
        var verdict = ReferenceExpression.Read(when).Value(world) as bool?;
        holds(verdict == one.When, $"{when} is {verdict?.ToString() ?? "unknown"} with these values, and {one.When?.ToString() ?? "unknown"} is said");
        var end = until is null ? null : ReferenceExpression.Read(until).Value(world) as bool?;
        var mayBeMet = verdict == true || (until is not null && end == false);
        holds(!one.IsMet || mayBeMet, "it is met, and neither is its condition true nor does anything hold it");
        holds(one.IsMet || verdict != true, "its condition is true, and it is not met");
    }

    private static string? Text(JsonElement table, string key) =>
        table.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed class CaseClock(JsonElement said)
    {
        public string Group { get; } = said.GetProperty("group").GetString()!;

        public string State { get; } = said.GetProperty("state").GetString()!;

        public bool? When { get; } = said.GetProperty("when").ValueKind == JsonValueKind.Null ? null : said.GetProperty("when").GetBoolean();

        public bool IsMet { get; } = said.GetProperty("met").GetBoolean();

        public bool IsSatisfied { get; } = said.GetProperty("satisfied").GetBoolean();

        public long Since { get; } = said.GetProperty("since").GetInt64();

        public string? Text { get; } = EvidenceChecker.Text(said, "text");

        public string? Until { get; } = EvidenceChecker.Text(said, "until");
    }

    /// <summary>The values as they are printed. <c>stale()</c> is told from the time when a tag was seen.</summary>
    private sealed class World : IReferenceTags
    {
        private readonly Dictionary<string, JsonElement> _tags;
        private readonly List<JsonElement> _windows;
        private readonly long _at;

        public World(JsonElement evidence, long at)
        {
            _at = at;
            _tags = evidence.GetProperty("tags").EnumerateArray().ToDictionary(tag => tag.GetProperty("tag").GetString()!);
            _windows = evidence.TryGetProperty("windows", out var windows) ? [.. windows.EnumerateArray()] : [];
        }

        public object? ValueOf(string tag)
        {
            var seen = _tags[tag];
            if (!seen.TryGetProperty("quality", out var quality) || quality.GetString() == "bad" || seen.TryGetProperty("stale", out _))
            {
                return null;
            }

            var value = seen.GetProperty("value");
            if (value.ValueKind == JsonValueKind.Number)
            {
                return value.GetDouble();
            }

            if (value.ValueKind == JsonValueKind.String)
            {
                return value.GetString();
            }

            return value.ValueKind == JsonValueKind.Null ? null : value.GetBoolean();
        }

        public object? IsStale(string tag, long widthMicros)
        {
            if (!_tags[tag].TryGetProperty("at", out var seen))
            {
                return null;
            }

            return _at - seen.GetInt64() >= widthMicros;
        }

        public object? WindowOf(string function, string tag, long widthMicros)
        {
            var window = _windows.Find(one =>
                one.GetProperty("function").GetString() == function
                && one.GetProperty("tag").GetString() == tag
                && ReferenceExpression.Micros(one.GetProperty("width").GetString()!) == widthMicros);
            var value = window.GetProperty("value");
            return value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();
        }
    }
}
