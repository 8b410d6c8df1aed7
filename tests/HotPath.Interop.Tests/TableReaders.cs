using System.Text.Json;

namespace HotPath.Interop.Tests;

/// <summary>The tables of a location, read by HotPath and by other people's engines.</summary>
internal static class TableReaders
{
    public static readonly string[] Tables =
        ["readings", "transitions", "downtimes", "rejected", "equipment", "tags", "sources", "rules"];

    /// <summary>Rows as <c>hotpath table read</c> prints them.</summary>
    public static async Task<List<JsonElement>> ReadAsync(string tables, string name)
    {
        var output = await ChildProcess.RunAsync(
            "dotnet", [HotPathProcess.Program, "table", "read", Path.Combine(tables, name), "--json"]);
        return Parse(output);
    }

    /// <summary>Every table is the same, row for row, to HotPath, chdb and DuckDB.</summary>
    public static async Task AssertEveryEngineAgreesAsync(string tables)
    {
        foreach (var name in Tables)
        {
            var ours = Sorted(await ReadAsync(tables, name));
            foreach (var engine in new[] { "chdb", "duckdb" })
            {
                var theirs = Sorted(Parse(await ChildProcess.NodeAsync("read-delta.mjs", engine, Path.Combine(tables, name))));
                Assert.True(
                    ours.SequenceEqual(theirs),
                    $"{name}: {ours.Count} rows here, {theirs.Count} in {engine}; first difference: " +
                    $"{ours.Except(theirs).FirstOrDefault()} / {theirs.Except(ours).FirstOrDefault()}");
            }
        }
    }

    /// <summary>A row without the columns that depend on when it was received.</summary>
    public static string WithoutArrival(JsonElement row) => Text(row, "lsn", "received_at", "first_seen", "applied_at");

    public static List<string> Sorted(IEnumerable<JsonElement> rows) => [.. rows.Select(row => Text(row)).Order(StringComparer.Ordinal)];

    public static List<JsonElement> Parse(string lines) =>
        [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    /// <summary>Numbers as doubles where they are no whole numbers: engines spell them differently.</summary>
    private static string Text(JsonElement row, params string[] without) => string.Join('|', row.EnumerateObject()
        .Where(member => !without.Contains(member.Name))
        .OrderBy(member => member.Name, StringComparer.Ordinal)
        .Select(member => $"{member.Name}={Value(member.Value)}"));

    private static string Value(JsonElement value) => value.ValueKind == JsonValueKind.Number && !value.TryGetInt64(out _)
        ? value.GetDouble().ToString("R", System.Globalization.CultureInfo.InvariantCulture)
        : value.ToString();

    /// <summary>Waits until a table has so many rows, and gives them.</summary>
    public static async Task<IReadOnlyList<JsonElement>> RowsUntilAsync(HotPathProcess service, string table, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            await service.WaitUntilQuietAsync();
            var rows = await ReadAsync(service.Tables, table);
            if (rows.Count >= count)
            {
                return rows;
            }

            Assert.False(patience.IsCancellationRequested, $"{rows.Count} of {count} rows of {table}.");
            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
