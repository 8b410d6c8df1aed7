using System.Text.Json;
using HotPath.TestKit;

namespace HotPath.Interop.Tests;

/// <summary>A recording beside the project, with the rows that must come of it.</summary>
internal sealed record Recording(string Name, string TimestampUnit)
{
    private string Directory => Path.Combine(Repository.Shared, "real", Name);

    public string RulesPath => Path.Combine(Directory, "rules.json");

    public string ReadingsPath => Path.Combine(Directory, "readings.ndjson");

    public IReadOnlyList<string> Lines => File.ReadAllLines(ReadingsPath);

    /// <summary>The members of a downtime row of the oracle and of replay, and the columns of the table, in one order.</summary>
    public static readonly string[] DowntimeMembers =
        ["rule", "equipment", "at", "start", "end", "status", "category", "micro", "state", "reason", "revision"];

    public static readonly string[] DowntimeColumns =
        ["rule_id", "equipment_id", "at", "start_time", "end_time", "status", "category", "micro", "state", "reason", "revision"];

    public static readonly string[] TransitionMembers = ["rule", "equipment", "from", "to", "at", "since", "group", "cause"];

    public static readonly string[] TransitionColumns =
        ["rule_id", "equipment_id", "from_state", "to_state", "at", "since", "group_name", "cause"];

    /// <summary>The downtime rows expected without out-of-orderness, one text each, sorted.</summary>
    public IReadOnlyList<string> ExpectedDowntimes() => TextsOf(
        File.ReadLines(Path.Combine(Directory, "expected-out-of-orderness-0s.ndjson"))
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line)),
        "downtime",
        DowntimeMembers);

    /// <summary>Rows of the table downtimes in the same text form.</summary>
    public static IReadOnlyList<string> DowntimesOf(IEnumerable<JsonElement> rows) => TextsOf(rows, null, DowntimeColumns);

    /// <summary>Some members of the rows of a type, or of all rows, one text each, sorted.</summary>
    public static IReadOnlyList<string> TextsOf(IEnumerable<JsonElement> rows, string? type, string[] members) =>
    [
        .. rows
            .Where(row => type is null || row.GetProperty("type").GetString() == type)
            .Select(row => string.Join('|', Cells(row, members)))
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Cells(JsonElement row, params string[] members) =>
        members.Select(member => row.TryGetProperty(member, out var value) ? Cell(value) : "null");

    /// <summary>Times as microseconds, whether they come as such or as ISO text.</summary>
    private static string Cell(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: 27 } text && DateTimeOffset.TryParse(
            text, System.Globalization.CultureInfo.InvariantCulture, out var time)
            ? ((time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond).ToString(System.Globalization.CultureInfo.InvariantCulture)
            : value.ToString() is { Length: > 0 } other ? other : "null";
}
