using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.Delta;
using HotPath.Delta.Columns;

namespace HotPath.Demo;

/// <summary>
/// Compares what the generator says must come out with what the tables hold, row by row in one text form. Cold.
/// </summary>
internal static class TruthCheck
{
    private const int RowsShownMax = 5;

    /// <param name="rules">Only rows of these are compared: others are in force that the truth knows nothing of.</param>
    public static async Task<TruthComparison> CompareAsync(
        string truthPath, string tables, string? whyNot, IReadOnlySet<string>? rules = null)
    {
        // How often each row is expected, less how often it was found.
        var open = new Dictionary<string, int>(StringComparer.Ordinal);
        var expected = await ReadTruthAsync(truthPath, open);
        var found = new Counts();
        await ReadTransitionsAsync(tables, open, rules, found);
        await ReadDowntimesAsync(tables, open, rules, found);
        return new TruthComparison
        {
            TransitionsExpected = expected.Transitions,
            TransitionsFound = found.Transitions,
            DowntimesExpected = expected.Downtimes,
            DowntimesFound = found.Downtimes,
            Missing = [.. open.Where(row => row.Value > 0).Select(row => row.Key).Take(RowsShownMax)],
            Unexpected = [.. open.Where(row => row.Value < 0).Select(row => row.Key).Take(RowsShownMax)],
            NotComparable = whyNot,
        };
    }

    /// <summary>Rows of every table under a location, as their logs count them.</summary>
    public static async Task<IReadOnlyList<(string Table, long Rows)>> CountRowsAsync(string tables)
    {
        var counts = new List<(string Table, long Rows)>();
        foreach (var directory in Directory.EnumerateDirectories(tables).Order(StringComparer.Ordinal))
        {
            using var table = await DeltaTable.OpenAsync(directory);
            var rows = 0L;
            foreach (var file in table.Snapshot.Files)
            {
                using var stats = JsonDocument.Parse(file.Stats!);
                rows += stats.RootElement.GetProperty("numRecords").GetInt64();
            }

            counts.Add((Path.GetFileName(directory), rows));
        }

        return counts;
    }

    private static async Task<Counts> ReadTruthAsync(string path, Dictionary<string, int> open)
    {
        var counts = new Counts();
        await foreach (var line in File.ReadLinesAsync(path))
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            var type = row.GetProperty("type").GetString();
            if (type == "transition")
            {
                counts.Transitions++;
                Count(open, +1, type, row, "rule", "equipment", "from", "to", "at", "since", "group", "cause");
            }
            else if (type == "downtime")
            {
                counts.Downtimes += row.GetProperty("end").ValueKind == JsonValueKind.Null ? 0 : 1;
                Count(
                    open, +1, type, row,
                    "rule", "equipment", "at", "start", "end", "status", "category", "micro", "state", "reason", "revision");
            }
        }

        return counts;
    }

    private static async Task ReadTransitionsAsync(
        string tables, Dictionary<string, int> open, IReadOnlySet<string>? rules, Counts found)
    {
        string[] columns = ["rule_id", "equipment_id", "from_state", "to_state", "at", "since", "group_name", "cause"];
        found.Transitions += await ReadAsync(tables, "transitions", columns, open, rules);
    }

    private static async Task ReadDowntimesAsync(
        string tables, Dictionary<string, int> open, IReadOnlySet<string>? rules, Counts found)
    {
        string[] columns =
        [
            "rule_id", "equipment_id", "at", "start_time", "end_time", "status", "category", "micro", "state", "reason", "revision",
        ];
        await ReadAsync(tables, "downtimes", columns, open, rules);
        found.Downtimes += await CountClosedAsync(tables);
    }

    /// <param name="columns">The rule first.</param>
    private static async Task<long> ReadAsync(
        string tables, string name, string[] columns, Dictionary<string, int> open, IReadOnlySet<string>? rules)
    {
        var type = name[..^1];
        var rows = 0L;
        using var table = await DeltaTable.OpenAsync(Path.Combine(tables, name));
        await foreach (var batch in table.ReadAsync(new ReadOptions { Columns = columns }))
        {
            for (var row = 0; row < batch.RowCount; row++)
            {
                if (rules is null || rules.Contains(Cell(batch.Vectors[0], row)))
                {
                    Add(open, -1, Text(type, batch.Vectors.Select(vector => Cell(vector, row))));
                    rows++;
                }
            }
        }

        return rows;
    }

    private static async Task<long> CountClosedAsync(string tables)
    {
        var closed = 0L;
        using var table = await DeltaTable.OpenAsync(Path.Combine(tables, "downtimes"));
        await foreach (var batch in table.ReadAsync(new ReadOptions { Columns = ["end_time"] }))
        {
            closed += Enumerable.Range(0, batch.RowCount).Count(batch.Vectors[0].IsPresent);
        }

        return closed;
    }

    private static void Count(Dictionary<string, int> open, int by, string type, JsonElement row, params string[] members) =>
        Add(open, by, Text(type, members.Select(member => Cell(row.GetProperty(member)))));

    private static void Add(Dictionary<string, int> open, int by, string text)
    {
        var count = open.GetValueOrDefault(text) + by;
        if (count == 0)
        {
            open.Remove(text);
        }
        else
        {
            open[text] = count;
        }
    }

    private static string Text(string type, IEnumerable<string> cells) => type + " " + string.Join('|', cells);

    private static string Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "-",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };

    private static string Cell(ColumnVector vector, int row) => !vector.IsPresent(row) ? "-" : vector.Form switch
    {
        ColumnForm.Longs => vector.LongValues[row].ToString(CultureInfo.InvariantCulture),
        ColumnForm.Integers => vector.IntegerValues[row].ToString(CultureInfo.InvariantCulture),
        ColumnForm.Booleans => vector.BooleanValues[row] ? "true" : "false",
        _ => Encoding.UTF8.GetString(vector.BytesAt(row)),
    };

    private sealed class Counts
    {
        public long Transitions { get; set; }

        public long Downtimes { get; set; }
    }
}
