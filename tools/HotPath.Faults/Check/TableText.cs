using System.Text.Json;
using HotPath.Delta;

namespace HotPath.Faults.Check;

/// <summary>Rows of a Delta table as JSON objects. Cold.</summary>
internal static class TableText
{
    public static async Task<List<JsonElement>> ReadAsync(string location, string name, params string[] columns)
    {
        using var table = await DeltaTable.OpenAsync($"{location.TrimEnd('/')}/{name}");
        var options = new ReadOptions { Columns = columns.Length > 0 ? columns : null };
        using var output = new MemoryStream();
        using (var rows = new NdjsonRows(output, await table.ColumnsOfAsync(options)))
        {
            await foreach (var batch in table.ReadAsync(options))
            {
                rows.Write(batch);
            }
        }

        return Parse(output);
    }

    /// <summary>One object a line.</summary>
    public static List<JsonElement> Parse(MemoryStream lines)
    {
        lines.Position = 0;
        using var reader = new StreamReader(lines);
        var rows = new List<JsonElement>();
        while (reader.ReadLine() is { } line)
        {
            rows.Add(JsonSerializer.Deserialize<JsonElement>(line));
        }

        return rows;
    }

    /// <summary>Some members of rows, one text each, sorted: to be compared as multisets.</summary>
    public static List<string> TextsOf(IEnumerable<JsonElement> rows, params string[] members) =>
    [
        .. rows
            .Select(row => string.Join('|', members.Select(member => row.TryGetProperty(member, out var value) ? Cell(value) : "null")))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The first difference of two sorted lists, in words; null when there is none.</summary>
    public static string? DifferenceOf(string what, IReadOnlyList<string> expected, IReadOnlyList<string> came)
    {
        var at = expected.Zip(came).TakeWhile(pair => pair.First == pair.Second).Count();
        return at == expected.Count && at == came.Count
            ? null
            : $"{what}: {expected.Count} rows expected, {came.Count} came; first difference: "
                + $"expected {expected.ElementAtOrDefault(at) ?? "nothing"}, came {came.ElementAtOrDefault(at) ?? "nothing"}";
    }

    /// <summary>Times as microseconds, whether they come as such or as ISO text.</summary>
    private static string Cell(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: 27 } text
            && DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var time))
        {
            return Number((time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        }

        return value.ValueKind == JsonValueKind.Null || value.ToString().Length == 0 ? "null" : value.ToString();
    }

    private static string Number(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
