using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HotPath.Cli.RuleTests;

/// <summary>Runs one rule test through the engine and sets what was expected beside what came.</summary>
internal static class RuleTestRun
{
    private const int ColumnCharsMax = 48;

    private static readonly HashSet<string> Times = ["at", "since", "start", "end"];

    /// <summary>Nothing when every row came as expected, else the differences side by side.</summary>
    public static IReadOnlyList<string> Differences(RuleTest test, string name)
    {
        using var errors = new StringWriter { NewLine = "\n" };
        using var replay = new RecordingReplay(test.Time, RecordingReplay.UnitOf(test.Unit), name, errors);
        if (!replay.TryAddRules(test.Rules, name))
        {
            return errors.ToString().TrimEnd().Split('\n');
        }

        replay.Read(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', test.Lines))));
        if (replay.RefusedCount > 0)
        {
            return errors.ToString().TrimEnd().Split('\n');
        }

        return Compare(test, Rows(replay));
    }

    private static List<JsonObject> Rows(RecordingReplay replay)
    {
        using var bytes = new MemoryStream();
        replay.Write(bytes);
        return Encoding.UTF8.GetString(bytes.ToArray())
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .SkipLast(1)
            .Select(line => JsonNode.Parse(line)!.AsObject())
            .ToList();
    }

    private static List<string> Compare(RuleTest test, List<JsonObject> rows)
    {
        var differences = new List<string>();
        for (var index = 0; index < Math.Max(test.Expected.Count, rows.Count); index++)
        {
            var expected = test.Expected.ElementAtOrDefault(index);
            var came = rows.ElementAtOrDefault(index);
            var keys = expected is null ? came!.Select(pair => pair.Key) : expected.Select(pair => pair.Key);
            var beside = keys
                .Select(key => (Key: key, Expected: expected is null ? "(no row)" : Text(expected[key]), Came: came is null ? "(no row)" : Shown(came, key, test.Unit)))
                .Where(pair => pair.Expected != pair.Came)
                .ToList();
            if (beside.Count == 0)
            {
                continue;
            }

            differences.Add(string.Create(CultureInfo.InvariantCulture, $"  row {index + 1}{Of(came ?? expected!)}"));
            differences.Add(Line("", "expected", "came"));
            differences.AddRange(beside.Select(pair => Line(pair.Key, pair.Expected, pair.Came)));
        }

        return differences;
    }

    private static string Of(JsonObject row) => $": {Text(row["type"])} of {Text(row["equipment"])} under {Text(row["rule"])}";

    private static string Line(string key, string expected, string came) =>
        $"    {key,-10} {Cut(expected),-ColumnCharsMax} | {Cut(came)}".TrimEnd();

    private static string Cut(string text) => text.Length <= ColumnCharsMax ? text : text[..(ColumnCharsMax - 3)] + "...";

    // Rows have microseconds; a test speaks in the unit of its readings.
    private static string Shown(JsonObject row, string key, string unit)
    {
        if (!row.ContainsKey(key))
        {
            return "(no such key)";
        }

        if (!Times.Contains(key) || row[key] is null)
        {
            return Text(row[key]);
        }

        var micros = row[key]!.GetValue<long>();
        var unitMicros = unit switch { "s" => 1_000_000, "ms" => 1_000, _ => 1 };
        return micros % unitMicros == 0
            ? (micros / unitMicros).ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{micros}us");
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue text when text.GetValueKind() == JsonValueKind.String => text.GetValue<string>(),
        _ => value.ToJsonString(),
    };
}
