using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HotPath.Cli.Explain;

/// <summary>Prints why a machine was in a state: for people, or as one JSON object a rule.</summary>
internal static class ExplainText
{
    public static void WriteJson(ExplainedTransition transition, TextWriter output) => output.WriteLine(new JsonObject
    {
        ["rule"] = transition.Rule,
        ["ruleVersion"] = transition.RuleVersion,
        ["equipment"] = transition.Equipment,
        ["from"] = transition.From,
        ["to"] = transition.To,
        ["at"] = transition.AtMicros,
        ["since"] = transition.SinceMicros,
        ["group"] = transition.Group,
        ["cause"] = transition.Cause,
        ["reason"] = transition.Reason,
        ["evidence"] = JsonNode.Parse(transition.Evidence.GetRawText()),
    }.ToJsonString());

    public static void Write(ExplainedTransition transition, TextWriter output)
    {
        var evidence = transition.Evidence;
        output.WriteLine($"{transition.Equipment}, rule {transition.Rule}: {transition.To ?? "(the rule is gone)"} since {Time(transition.SinceMicros)}");
        output.WriteLine($"  from {transition.From} at {Time(transition.AtMicros)} by a {Cause(transition.Cause)}; rules version {transition.RuleVersion}, LSN {transition.Lsn}{(transition.Reason is { } reason ? $"; reason: {reason}" : "")}");
        WriteWinner(evidence, output);
        foreach (var tag in Items(evidence, "tags"))
        {
            output.WriteLine($"  {tag.GetProperty("tag").GetString()} = {Seen(tag)}");
        }

        foreach (var window in Items(evidence, "windows"))
        {
            output.WriteLine($"  {window.GetProperty("function").GetString()}({window.GetProperty("tag").GetString()}, {window.GetProperty("width").GetString()}) = {Value(window.GetProperty("value"))}");
        }

        foreach (var one in Items(evidence, "cases"))
        {
            var said = one.TryGetProperty("text", out var text) ? $" ({text.GetString()})" : "";
            output.WriteLine($"  case {one.GetProperty("group").GetString()}/{one.GetProperty("state").GetString()}: when{said} is {Value(one.GetProperty("when"))}, {Clock(one)}");
        }

        foreach (var group in Items(evidence, "groups"))
        {
            output.WriteLine($"  group {group.GetProperty("group").GetString()} (weight {group.GetProperty("weight").GetRawText()}) reports {group.GetProperty("report").GetString() ?? "nothing"}");
        }

        if (evidence.TryGetProperty("watermark", out var watermark))
        {
            var holder = evidence.GetProperty("heldBy").GetString();
            output.WriteLine($"  watermark {Time(watermark.GetInt64())}, {(holder is null ? "moved by the arrival clock: every source was silent" : $"held by \"{holder}\"")}");
        }
    }

    private static void WriteWinner(JsonElement evidence, TextWriter output)
    {
        if (!evidence.TryGetProperty("group", out var group))
        {
            output.WriteLine("  no group reported, so it is the rule's default");
            return;
        }

        if (!evidence.TryGetProperty("case", out var place))
        {
            output.WriteLine($"  group {group.GetString()} reported it: none of its cases was satisfied");
            return;
        }

        output.WriteLine($"  group {group.GetString()}, case {place.GetInt32() + 1} ({evidence.GetProperty("state").GetString()}) won:");
        foreach (var key in (string[])["when", "until", "for", "clear"])
        {
            if (evidence.TryGetProperty(key, out var text))
            {
                output.WriteLine($"    {key}: {text.GetString()}");
            }
        }
    }

    private static string Seen(JsonElement tag)
    {
        if (!tag.TryGetProperty("quality", out var quality))
        {
            return "never seen";
        }

        var stale = tag.TryGetProperty("stale", out _) ? ", stale" : "";
        return $"{Value(tag.GetProperty("value"))} ({quality.GetString()}{stale}, {Time(tag.GetProperty("at").GetInt64())}, from \"{tag.GetProperty("source").GetString()}\")";
    }

    private static string Clock(JsonElement one)
    {
        var isMet = one.GetProperty("met").GetBoolean();
        var since = one.GetProperty("since").GetInt64();

        // A clock that never turned has no time.
        var met = isMet ? "met" : "not met";
        return $"{met}{(since > -(1L << 62) ? $" since {Time(since)}" : "")}, {(one.GetProperty("satisfied").GetBoolean() ? "satisfied" : "not satisfied")}";
    }

    private static IEnumerable<JsonElement> Items(JsonElement evidence, string list) =>
        evidence.TryGetProperty(list, out var items) ? items.EnumerateArray() : [];

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "unknown",
        JsonValueKind.String => $"\"{value.GetString()}\"",
        _ => value.GetRawText(),
    };

    private static string Cause(string cause) => cause == "rules" ? "change of the rules" : cause;

    private static string Time(long micros)
    {
        const string Form = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
        var isInCalendar = micros is > -62_135_596_800_000_000 and < 253_402_300_800_000_000;
        return isInCalendar ? DateTime.UnixEpoch.AddMicroseconds(micros).ToString(Form, CultureInfo.InvariantCulture) : $"{micros} us";
    }
}
