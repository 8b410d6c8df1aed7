using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using HotPath.Engine;
using HotPath.Engine.Rules;
using HotPath.Engine.Rules.Yaml;

namespace HotPath.Cli.RuleTests;

/// <summary>One file of rule tests, read: rules, readings in the order of their arrival, and the rows that must come.</summary>
/// <remarks>
/// <code>
/// rules: line.yaml                 # a file beside this one, or a rule document in place
/// outOfOrderness: 0s               # optional, as idleTimeout and maxFuture are
/// timestampUnit: ms                # of readings and of times in expected rows: us, ms or s
/// readings:
///   - { timestamp: 1000, equipmentId: filler-1, tag: speed, value: 0 }
///   - { control: tick, receivedAt: 5000 }
/// expected:                        # every row of transitions and downtimes, in replay's order; keys that are left out are not compared
///   - { type: transition, equipment: filler-1, from: UNKNOWN, to: STOPPED, at: 1000 }
/// </code>
/// </remarks>
internal sealed record RuleTest(
    RuleDocument Rules, TimeOptions Time, string Unit, IReadOnlyList<string> Lines, IReadOnlyList<JsonObject> Expected)
{
    private static readonly string[] Keys =
        ["rules", "outOfOrderness", "idleTimeout", "maxFuture", "timestampUnit", "readings", "expected"];

    /// <summary>Reads a file; false with every fault, each as <c>file:line:column: what: cure</c>.</summary>
    public static bool TryRead(string path, out RuleTest test, out IReadOnlyList<string> faults)
    {
        test = null!;
        var found = new FaultList(isJson: false);
        var others = new List<string>();
        var utf8 = File.ReadAllBytes(path);
        if (UnreadableText.FaultOf(utf8) is { } unreadable)
        {
            found.Add(unreadable);
        }
        else if (!MarkedDocument.TryRead(Encoding.UTF8.GetString(utf8).TrimStart('\uFEFF'), out var root, out var fault))
        {
            found.Add(fault!);
        }
        else
        {
            test = Read(new TableReader(root, "a rule test", Keys, found), path, others);
        }

        faults = [.. found.InOrder().Select(fault => $"{path}:{fault.Line}:{fault.Column}: {fault.Message}"), .. others];
        return faults.Count == 0;
    }

    private static RuleTest Read(TableReader table, string path, List<string> others)
    {
        var unit = table.Text(table.Find("timestampUnit"), "timestampUnit")?.Value ?? "ms";
        if (unit is not ("us" or "ms" or "s"))
        {
            others.Add($"{path}: timestampUnit cannot be \"{unit}\": write us, ms or s");
        }

        var time = new TimeOptions
        {
            OutOfOrdernessMicros = table.DurationMicros(table.Find("outOfOrderness"), "outOfOrderness") ?? 0,
            IdleTimeoutMicros = table.DurationMicros(table.Find("idleTimeout"), "idleTimeout"),
            MaxFutureMicros = table.DurationMicros(table.Find("maxFuture"), "maxFuture"),
        };
        var rules = ReadRules(table.Require("rules", "rules: line.yaml"), path, others);
        var readings = table.Items(
            table.Require("readings", "readings: [{ timestamp: 1000, equipmentId: m1, tag: speed, value: 0 }]"), "readings", RuleLimits.ListItemsMax, "- timestamp: 1000", mayBeEmpty: true);
        var expected = table.Items(
            table.Require("expected", "expected: [{ type: transition, to: STOPPED }]"), "expected", RuleLimits.ListItemsMax, "- type: transition", mayBeEmpty: true);
        return new RuleTest(
            rules,
            time,
            unit,
            [.. readings.Select(reading => Json(reading)!.ToJsonString())],
            [.. expected.Select(Json).OfType<JsonObject>()]);
    }

    private static RuleDocument ReadRules(MarkedNode? node, string path, List<string> others)
    {
        IReadOnlyList<string> faults = [];
        var rules = RuleDocument.Empty;
        if (node is MarkedText file)
        {
            RuleFiles.TryLoad(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file.Value), out rules, out faults);
        }
        else if (node is not null && !RuleDocument.TryParse(Said(node).ToJsonString(), out rules, out var inPlace))
        {
            // Places are those of another text, so only the words are told.
            faults = [.. inPlace.Select(fault => $"{path}:{node.Line}: in these rules: {fault.Message}")];
        }

        others.AddRange(faults);
        return rules;
    }

    // A rule document is never coerced: every scalar is a text.
    private static JsonNode Said(MarkedNode node) => node switch
    {
        MarkedList list => new JsonArray([.. list.Items.Select(Said)]),
        MarkedTable table => new JsonObject(table.Entries.DistinctBy(entry => entry.Key.Value).Select(
            entry => KeyValuePair.Create<string, JsonNode?>(entry.Key.Value, Said(entry.Value)))),
        _ => JsonValue.Create(((MarkedText)node).Value),
    };

    // Readings are JSON: a plain scalar that JSON knows is what it is there.
    private static JsonNode? Json(MarkedNode node) => node switch
    {
        MarkedList list => new JsonArray([.. list.Items.Select(Json)]),
        MarkedTable table => new JsonObject(table.Entries.DistinctBy(entry => entry.Key.Value).Select(
            entry => KeyValuePair.Create(entry.Key.Value, entry.Key.Value == "rules" ? Said(entry.Value) : Json(entry.Value)))),
        MarkedText { IsPlain: true } text => Plain(text.Value),
        _ => JsonValue.Create(((MarkedText)node).Value),
    };

    private static JsonValue? Plain(string text)
    {
        if (text is "null" or "true" or "false")
        {
            return text == "null" ? null : JsonValue.Create(text == "true");
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return JsonValue.Create(whole);
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);
    }
}
