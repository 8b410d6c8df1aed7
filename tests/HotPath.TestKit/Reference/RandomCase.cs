using System.Text.Json;
using System.Text.Json.Nodes;
using HotPath.Engine;

namespace HotPath.TestKit.Reference;

/// <summary>Makes rules and lines of a seed: few names, near times, much disorder, so that what is rare happens often.</summary>
internal sealed class RandomCase
{
    private static readonly string[] Equipment = ["m1", "m2", "x9", "pr\u00e9s"];
    private static readonly string[] Globs = ["*", "m*", "m1", "?9", "x*", "pr?s", "z"];
    private static readonly string[] States = ["RUN", "STOP", "DOWN", "WARN", "BREAK", "NO", "LOST"];
    private static readonly string[] Reasons = ["jam", "shift", "changeover"];
    private static readonly string[] Words = ["RUN", "STOP", "FAULT", "CLEAN"];
    private static readonly string[] Durations = ["0s", "1s", "3s", "1500ms", "10s", "1m"];
    private static readonly string[] Functions =
        ["avg", "min", "max", "sum", "count", "stddev", "delta", "increase", "zscore"];

    private readonly Random _random;
    private JsonNode _document = new JsonObject();

    private RandomCase(int seed) => _random = new Random(seed);

    public static RecordedCase Make(int seed, bool isOrdered = false)
    {
        var maker = new RandomCase(seed);
        var options = isOrdered
            ? new TimeOptions { OutOfOrdernessMicros = 1_000_000_000_000 }
            : maker.Options();
        return new RecordedCase(
            $"seed {seed}",
            options,
            1_000,
            (maker._document = JsonSerializer.SerializeToNode(maker.Document())!).ToJsonString(),
            [.. maker.Lines(withControl: !isOrdered).Select(line => JsonSerializer.SerializeToElement(line))],
            []);
    }

    private TimeOptions Options() => new()
    {
        OutOfOrdernessMicros = Pick([0L, 0, 500_000, 3_000_000]),
        IdleTimeoutMicros = Pick<long?>([null, 3_000_000, 20_000_000]),
        MaxFutureMicros = Chance(30) ? 600_000_000 : null,
    };

    private object Document() => new
    {
        version = 1,
        rules = Enumerable.Range(0, 1 + _random.Next(4))
            .Select(index => $"rule-{(Chance(50) ? index : index + 4)}")
            .Select(Rule)
            .ToList(),
    };

    private Dictionary<string, object> Rule(string id)
    {
        var rule = new Dictionary<string, object>
        {
            ["id"] = id,
            ["equipment"] = Chance(60) ? ["*"] : new[] { Pick(Globs), Pick(Globs) },
            ["groups"] = Enumerable.Range(0, 1 + _random.Next(3)).Select(Group).ToList(),
            ["downtime"] = Downtime(),
        };
        Maybe(rule, 40, "default", () => Pick(States));
        Maybe(rule, 40, "staleAfter", () => Pick(["5s", "30s", "2m", "0s"]));
        return rule;
    }

    private Dictionary<string, object> Downtime()
    {
        var states = States.OrderBy(_ => _random.Next()).ToArray();
        var downtime = new Dictionary<string, object>
        {
            ["down"] = states[..2],
            ["planned"] = states[2..3],
            ["unknown"] = Chance(50) ? states[3..4] : ["UNKNOWN"],
        };
        Maybe(downtime, 70, "microStop", () => Pick(Durations));
        return downtime;
    }

    private Dictionary<string, object> Group(int index)
    {
        var group = new Dictionary<string, object>
        {
            ["name"] = Chance(80) ? $"g{index}" : $"h{index}",
            ["weight"] = _random.Next(3) * 10,
            ["cases"] = Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Case()).ToList(),
        };
        Maybe(group, 40, "else", () => Pick(States));
        Maybe(group, 40, "unknown", () => Pick(States));
        return group;
    }

    private Dictionary<string, object> Case()
    {
        var made = new Dictionary<string, object> { ["state"] = Pick(States), ["when"] = Condition(2) };
        Maybe(made, 25, "until", () => Condition(1));
        Maybe(made, 40, "for", () => Pick(Durations));
        Maybe(made, 30, "clear", () => Pick(Durations));
        Maybe(made, 50, "reason", () => Pick(Reasons));
        return made;
    }

    private string Condition(int depth) => _random.Next(depth > 0 ? 16 : 11) switch
    {
        0 => $"t {Comparison()} {Threshold()}",
        1 => $"p {Comparison()} {Threshold()}",
        2 => $"{Threshold()} {Comparison()} t",
        3 => $"m == {Word()}",
        4 => $"m != {Word()}",
        5 => $"m in [{Word()}, {Word()}]",
        6 => Pick(["ok", "ok == true", "`ok` != false", "t in [20, 50]", "m in [\"RUN\", 5]", "t == m"]),
        7 => $"stale({Pick(["t", "m", "ok"])}, {Pick(["3s", "10s", "1m"])})",
        8 => $"{Pick(Functions)}({Pick(["t", "p"])}, {Pick(["30s", "2m", "59s", "7ms"])}) {Comparison()} {Threshold()}",
        9 => $"t {Pick(["+", "-", "*", "/"])} p {Comparison()} {Threshold()}",
        10 => $"-t * 2 {Comparison()} 0 - {Threshold()}",
        11 => $"not ({Condition(depth - 1)})",
        12 or 13 => $"({Condition(depth - 1)}) and {Condition(0)}",
        _ => $"{Condition(0)} or ({Condition(depth - 1)})",
    };

    private string Comparison() => Pick(["<", "<=", ">", ">=", "==", "!="]);

    private string Threshold() => Pick(["0", "20", "50", "80", "0.5", "3", "50", "1e2"]);

    private string Word() => $"\"{Pick(Words)}\"";

    private IEnumerable<Dictionary<string, object?>> Lines(bool withControl)
    {
        var count = 20 + _random.Next(150);
        var hasArrival = withControl && Chance(60);
        var now = 1_700_000_000_000L;
        var arrival = now + _random.Next(2000);
        var earlier = new List<Dictionary<string, object?>>();
        for (var index = 0; index < count; index++)
        {
            now += Pick([0, 0, 50, 100, 1000, 1000, 2500, 9000, 40_000]);
            arrival += Pick([0, 10, 500, 1000, 4000, 25_000]);
            var line = withControl && Chance(5) ? Control()
                : earlier.Count > 0 && Chance(6) ? new Dictionary<string, object?>(Pick(earlier))
                : Reading(now, index);
            if (hasArrival && Chance(95))
            {
                line["receivedAt"] = arrival;
            }

            if (!line.ContainsKey("control"))
            {
                earlier.Add(line);
            }

            yield return line;
        }
    }

    private Dictionary<string, object?> Control() => _random.Next(6) switch
    {
        5 => TimeLine.Write(Options()),
        0 or 1 => new() { ["control"] = "tick" },
        2 => new() { ["control"] = "start" },
        _ => new() { ["control"] = "rules", ["rules"] = NextDocument() },
    };

    // Mostly the document before with something changed, so that clocks, states and downtimes are kept; at times another.
    private JsonNode NextDocument()
    {
        if (Chance(25))
        {
            return _document = JsonSerializer.SerializeToNode(Document())!;
        }

        var next = _document.DeepClone();
        var rules = next["rules"]!.AsArray();
        for (var changes = _random.Next(3); changes > 0; changes--)
        {
            ChangeOne(rules);
        }

        return _document = next;
    }

    private void ChangeOne(JsonArray rules)
    {
        var rule = rules.Count > 0 ? rules[_random.Next(rules.Count)]!.AsObject() : null;
        var group = rule?["groups"]!.AsArray() is { Count: > 0 } groups ? groups[_random.Next(groups.Count)]!.AsObject() : null;
        var one = group?["cases"]!.AsArray() is { Count: > 0 } cases ? cases[_random.Next(cases.Count)]!.AsObject() : null;
        switch (_random.Next(12))
        {
            case 0 when rule is not null:
                rules.Remove(rule);
                break;
            case 1 when rule is not null:
                // Order says nothing of itself.
                rules.Remove(rule);
                rules.Insert(_random.Next(rules.Count + 1), rule);
                break;
            case 2 when group is not null:
                var places = rule!["groups"]!.AsArray();
                places.Remove(group);
                places.Insert(_random.Next(places.Count + 1), group);
                break;
            case 3 when rule is not null:
                rule["equipment"] = JsonSerializer.SerializeToNode(new[] { Pick(Globs), Pick(Globs) });
                break;
            case 4 when rule is not null:
                rule["downtime"] = JsonSerializer.SerializeToNode(Downtime());
                break;
            case 5 when rule is not null:
                rule["staleAfter"] = Pick(["5s", "30s", "2m"]);
                break;
            case 6 when group is not null:
                group["weight"] = _random.Next(3) * 10;
                break;
            case 7 when one is not null:
                one["for"] = Pick(Durations);
                break;
            case 8 when one is not null:
                one["when"] = Condition(1);
                break;
            case 9 when one is not null:
                group!["cases"]!.AsArray().Remove(one.Parent is JsonArray { Count: > 1 } ? one : null);
                break;
            case 10 when one is not null:
                one["state"] = Pick(States);
                break;
            case 11:
                var id = $"rule-{_random.Next(8)}";
                if (rules.All(known => known!["id"]!.GetValue<string>() != id))
                {
                    rules.Add(JsonSerializer.SerializeToNode(Rule(id)));
                }

                break;
        }
    }

    private Dictionary<string, object?> Reading(long now, int index)
    {
        var meta = new Dictionary<string, object?>();
        Maybe(meta, 90, "sourceId", () => Pick(["g1", "g1", "g2", "\u00fcber", "g3"]));
        Maybe(meta, 60, "sequenceNumber", () => Chance(80) ? index : _random.Next(3));
        var behind = Chance(75) ? 0 : Pick([50, 500, 1000, 3000, 30_000]);
        var ahead = Chance(98) ? 0 : 900_000;
        var tag = Pick(["t", "p", "m", "ok", "other", "t", "n\u00e4chst"]);
        return new Dictionary<string, object?>
        {
            ["timestamp"] = now - behind + ahead,
            ["equipmentId"] = Pick(Equipment),
            ["tag"] = tag,
            ["value"] = Value(tag),
            ["quality"] = Chance(85) ? "Ok" : Pick<object?>(["Bad", "uncertain", null, 0, 1073741824, 2150694912L, " good "]),
            ["meta"] = meta,
        };
    }

    private object? Value(string tag) => _random.Next(40) switch
    {
        0 => null,
        1 => Pick<object>(["RUN", 5, false]),
        _ => tag switch
        {
            "m" => Pick(Words),
            "ok" => Chance(50),
            _ => Pick<object>([0, 20, 50, 80, _random.Next(100), Math.Round(_random.NextDouble() * 100, 3), -0.0, 1e308]),
        },
    };

    private void Maybe<T>(Dictionary<string, T> table, int percent, string key, Func<T> value)
    {
        if (Chance(percent))
        {
            table[key] = value();
        }
    }

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];
}
