using System.Globalization;
using System.Text.Json;
using HotPath.Delta;
using HotPath.Delta.Columns;
using HotPath.Engine.Ledger;
using HotPath.Engine.Rules;
using HotPath.Serve.Http;

namespace HotPath.Standstills;

/// <summary>
/// Downtimes of a window, and the machines whose rules tell them, from the tables. It keeps an entry for every downtime
/// that began before the window's end, because files are in no order of time. Cold, one thread.
/// </summary>
/// <param name="location">Where the tables are.</param>
/// <param name="options">How they are reached.</param>
internal sealed class TableStandstills(string location, DeltaTableOptions options)
{
    /// <summary>The newest revision of each downtime that touches the window.</summary>
    public async Task<IReadOnlyList<Standstill>> ReadAsync(
        long fromMicros, long toMicros, Func<string, bool>? equipment, CancellationToken cancellation)
    {
        string[] columns =
        [
            "downtime_id", "revision", "category", "micro", "rule_id", "equipment_id", "state", "reason", "start_time", "end_time",
        ];
        var newest = new Dictionary<string, (int Revision, Standstill? Row)>(StringComparer.Ordinal);
        await foreach (var row in RowsAsync("downtimes", columns, Before("start_time", toMicros), cancellation))
        {
            if (equipment?.Invoke(Text(row, "equipment_id")!) == false)
            {
                continue;
            }

            var (id, revision) = (Text(row, "downtime_id")!, row.GetProperty("revision").GetInt32());
            if (!newest.TryGetValue(id, out var known) || revision > known.Revision)
            {
                var standstill = Of(row);

                // What was over before is kept by its id alone: an earlier revision, in which it is open, may come behind.
                newest[id] = (revision, standstill.Touches(fromMicros, toMicros) ? standstill : null);
            }
        }

        return [.. newest.Values.Where(known => known.Row is not null).Select(known => known.Row!.Value)];
    }

    /// <summary>
    /// Machines with the rules that had moved on them by the window's end and drive downtime in the document of then.
    /// </summary>
    public async Task<IReadOnlyList<(string EquipmentId, string RuleId)>> DrivenAsync(
        long toMicros, Func<string, bool>? equipment, CancellationToken cancellation)
    {
        var driving = await DrivingRulesAsync(toMicros, cancellation);
        var newest = new Dictionary<(string EquipmentId, string RuleId), (long Lsn, bool IsCovered)>();
        string[] columns = ["lsn", "rule_id", "equipment_id", "to_state", "at"];
        await foreach (var row in RowsAsync("transitions", columns, Before("at", toMicros), cancellation))
        {
            var machine = (Text(row, "equipment_id")!, Text(row, "rule_id")!);
            var lsn = row.GetProperty("lsn").GetInt64();
            if (driving.Contains(machine.Item2) && equipment?.Invoke(machine.Item1) != false && Micros(row.GetProperty("at")) < toMicros
                && (!newest.TryGetValue(machine, out var known) || lsn >= known.Lsn))
            {
                newest[machine] = (lsn, Text(row, "to_state") is not null);
            }
        }

        return [.. newest.Where(machine => machine.Value.IsCovered).Select(machine => machine.Key)];
    }

    public async Task<long> TransitionCountAsync(
        long fromMicros, long toMicros, Func<string, bool>? equipment, CancellationToken cancellation)
    {
        var count = 0L;
        var range = new ColumnRange("at", ColumnValue.OfInteger(fromMicros), ColumnValue.OfInteger(toMicros));
        await foreach (var row in RowsAsync("transitions", ["at", "equipment_id"], [range], cancellation))
        {
            var at = Micros(row.GetProperty("at"));
            count += at >= fromMicros && at < toMicros && equipment?.Invoke(Text(row, "equipment_id")!) != false ? 1 : 0;
        }

        return count;
    }

    /// <summary>
    /// Of the last document before the window's end; of the first ever where none was, because readings may be older than the
    /// service.
    /// </summary>
    private async Task<HashSet<string>> DrivingRulesAsync(long toMicros, CancellationToken cancellation)
    {
        var versions = new SortedList<long, (bool IsBefore, string Document)>();
        await foreach (var row in RowsAsync("rules", ["version", "applied_at", "document"], [], cancellation))
        {
            versions[row.GetProperty("version").GetInt64()] = (Micros(row.GetProperty("applied_at")) < toMicros, Text(row, "document")!);
        }

        var document = versions.Values.LastOrDefault(version => version.IsBefore, versions.Values.FirstOrDefault()).Document;
        return document is not null && RuleDocument.TryParse(document, out var rules, out _)
            ? [.. rules.Rules.Where(rule => rule.Downtime.Categories.Count > 0).Select(rule => rule.Id)]
            : [];
    }

    private IAsyncEnumerable<JsonElement> RowsAsync(
        string table, string[] columns, IReadOnlyList<ColumnRange> ranges, CancellationToken cancellation) =>
        TableJsonRows.ReadAsync($"{location.TrimEnd('/')}/{table}", options, columns, cancellation, ranges);

    private static ColumnRange[] Before(string column, long toMicros) =>
        [new ColumnRange(column, null, ColumnValue.OfInteger(toMicros))];

    private static Standstill Of(JsonElement row) => new(
        Text(row, "equipment_id")!,
        Text(row, "rule_id")!,
        Text(row, "category") switch
        {
            "down" => DowntimeCategory.Down,
            "planned" => DowntimeCategory.Planned,
            _ => DowntimeCategory.Unknown,
        },
        row.GetProperty("micro").ValueKind == JsonValueKind.True,
        Text(row, "state")!,
        Text(row, "reason"),
        Micros(row.GetProperty("start_time")),
        row.GetProperty("end_time") is { ValueKind: JsonValueKind.String } end ? Micros(end) : null);

    private static string? Text(JsonElement row, string name) =>
        row.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static long Micros(JsonElement time) =>
        QueryReader.Micros(DateTimeOffset.Parse(time.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
}
