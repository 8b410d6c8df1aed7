using System.Globalization;
using System.Text.Json;
using HotPath.Faults.Load;

namespace HotPath.Faults.Check;

/// <summary>What the tables of a service hold, and whether it is what it must be. Findings are sentences. Cold.</summary>
internal sealed class StoredRows
{
    private static readonly string[] DowntimeMembers =
        ["rule", "equipment", "at", "start", "end", "status", "category", "micro", "state", "reason", "revision"];

    private static readonly string[] DowntimeColumns =
        ["rule_id", "equipment_id", "at", "start_time", "end_time", "status", "category", "micro", "state", "reason", "revision"];

    private static readonly string[] TransitionMembers = ["rule", "equipment", "from", "to", "at", "since", "group", "cause"];

    private static readonly string[] TransitionColumns =
        ["rule_id", "equipment_id", "from_state", "to_state", "at", "since", "group_name", "cause"];

    private readonly List<JsonElement> _readings;
    private readonly List<JsonElement> _transitions;
    private readonly List<JsonElement> _downtimes;
    private readonly int _rejectedCount;
    private readonly int _ruleCount;
    private readonly Dictionary<string, List<JsonElement>> _dimensions;

    private StoredRows(string tables)
    {
        Tables = tables;
        _readings = Read("readings");
        _transitions = Read("transitions");
        _downtimes = Read("downtimes");
        _rejectedCount = Read("rejected").Count;
        _ruleCount = Read("rules").Count;
        _dimensions = new[] { "equipment", "tags", "sources" }.ToDictionary(name => name, Read);
    }

    public string Tables { get; }

    public int ReadingCount => _readings.Count;

    public int TransitionCount => _transitions.Count;

    public static Task<StoredRows> ReadAsync(string tables) => Task.Run(() => new StoredRows(tables));

    /// <summary>Every reading of the first so many calls is there exactly once, as it was sent, and no other of the client's.</summary>
    /// <param name="callsAtMost">Later ones may be there, whole calls only, and none beyond this one.</param>
    public IEnumerable<string> CompareWithSent(PutClient client, int seed, long callsAtMost) =>
        client.Machines.SelectMany(machine => CompareWithSent(
            machine, seed, PutClient.SequencesOf(client.CallsAcknowledged), PutClient.SequencesOf(callsAtMost)));

    /// <summary>How many of a client's acknowledged readings are not there.</summary>
    public long CountMissing(PutClient client)
    {
        var wanted = PutClient.SequencesOf(client.CallsAcknowledged);
        return client.Machines.Sum(machine => wanted - SequencesOf(machine).Where(row => row < wanted).Distinct().Count());
    }

    /// <summary>Transitions and downtimes of some machines are the same in both, but for LSNs.</summary>
    public IEnumerable<string> CompareEvents(StoredRows undisturbed, IReadOnlyList<string> machines)
    {
        bool IsOf(JsonElement row) => machines.Contains(row.GetProperty("equipment_id").GetString()!);
        string[] transitionColumns = [.. TransitionColumns, "reason", "rule_version"];
        string[] downtimeColumns = [.. DowntimeColumns, "downtime_id"];
        return Findings(
            TableText.DifferenceOf(
                "transitions beside an undisturbed run",
                TableText.TextsOf(undisturbed._transitions.Where(IsOf), transitionColumns),
                TableText.TextsOf(_transitions.Where(IsOf), transitionColumns)),
            TableText.DifferenceOf(
                "downtimes beside an undisturbed run",
                TableText.TextsOf(undisturbed._downtimes.Where(IsOf), downtimeColumns),
                TableText.TextsOf(_downtimes.Where(IsOf), downtimeColumns)));
    }

    /// <summary>All tables are what the journal gives when it is replayed.</summary>
    public IEnumerable<string> CompareWithJournal(JournalTruth truth)
    {
        List<string> expected = [.. truth.Readings.Order(StringComparer.Ordinal)];
        List<string> came = [.. _readings.Select(TextOf).Order(StringComparer.Ordinal)];
        return Findings(
            truth.FirstLsn > 0 ? $"the journal begins at LSN {truth.FirstLsn}: it cannot tell everything" : null,
            truth.Damages.Count > 0 ? $"the journal is damaged from LSN {truth.Damages[0].FirstLsn} to {truth.Damages[0].LastLsn}" : null,
            TableText.DifferenceOf("readings beside the journal", expected, came),
            TableText.DifferenceOf(
                "transitions beside the journal",
                TableText.TextsOf(truth.Rows.Where(row => TypeOf(row) == "transition"), TransitionMembers),
                TableText.TextsOf(_transitions, TransitionColumns)),
            TableText.DifferenceOf(
                "downtimes beside the journal",
                TableText.TextsOf(truth.Rows.Where(row => TypeOf(row) == "downtime"), DowntimeMembers),
                TableText.TextsOf(_downtimes, DowntimeColumns)),
            truth.RejectedCount + truth.FutureCount == _rejectedCount
                ? null
                : $"rejected: {truth.RejectedCount} in the journal, {truth.FutureCount} future, {_rejectedCount} in the table",
            truth.RuleCount == _ruleCount ? null : $"rules: {truth.RuleCount} in the journal, {_ruleCount} in the table")
            .Concat(_dimensions.SelectMany(dimension => CheckDimension(dimension.Key, dimension.Value)));
    }

    private static IEnumerable<string> Findings(params string?[] findings) => findings.OfType<string>();

    private static string TypeOf(JsonElement row) => row.GetProperty("type").GetString()!;

    /// <summary>Indexes from 0, each once, each name once.</summary>
    private static IEnumerable<string> CheckDimension(string name, List<JsonElement> rows)
    {
        var indexes = rows.Select(row => row.GetProperty("index").GetInt32()).Order();
        if (!indexes.SequenceEqual(Enumerable.Range(0, rows.Count)))
        {
            yield return $"{name}: the indexes are not 0 to {rows.Count - 1}, each once";
        }

        if (rows.Select(row => row.GetProperty("id").GetString()).Distinct().Count() != rows.Count)
        {
            yield return $"{name}: a name stands twice";
        }
    }

    private IEnumerable<string> CompareWithSent(string machine, int seed, long wanted, long most)
    {
        var rows = _readings.Where(row => row.GetProperty("equipment_id").GetString() == machine).ToList();
        var seen = new HashSet<long>();
        foreach (var row in rows)
        {
            var sequence = row.GetProperty("sequence_number").GetInt64();
            if (!seen.Add(sequence))
            {
                yield return $"reading {sequence} of {machine} is there twice";
            }

            var sent = Plant.Reading(seed, machine, sequence);
            var isAsSent = row.GetProperty("tag").GetString() == sent.Tag
                && MicrosOf(row.GetProperty("event_time")) == sent.TimestampMs * 1_000
                && (sent.Text is null
                    ? row.GetProperty("number").GetDouble() == sent.Number
                    : row.GetProperty("text").GetString() == sent.Text);
            if (!isAsSent || sequence >= most)
            {
                yield return $"reading {sequence} of {machine} was not sent like this: {row}";
            }
        }

        var missing = wanted - seen.Count(sequence => sequence < wanted);
        if (missing > 0)
        {
            yield return $"{missing} acknowledged readings of {machine} are missing, of {wanted}";
        }
    }

    private IEnumerable<long> SequencesOf(string machine) => _readings
        .Where(row => row.GetProperty("equipment_id").GetString() == machine)
        .Select(row => row.GetProperty("sequence_number").GetInt64());

    private static string TextOf(JsonElement row)
    {
        string Text(string name) => row.GetProperty(name).GetString()!;
        var value = row.GetProperty("number") is { ValueKind: JsonValueKind.Number } number
            ? number.GetDouble().ToString("R", CultureInfo.InvariantCulture)
            : row.GetProperty("text").GetString() ?? "null";
        var text = JournalTruth.TextOf(
            row.GetProperty("lsn").GetInt64(), Text("equipment_id"), Text("tag"), Text("source_id"),
            row.GetProperty("sequence_number").GetInt64(), MicrosOf(row.GetProperty("event_time")), value);
        return $"{text}|{row.GetProperty("late").GetBoolean()}";
    }

    private static long MicrosOf(JsonElement time) =>
        (time.GetDateTimeOffset() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private List<JsonElement> Read(string name) => TableText.ReadAsync(Tables, name).GetAwaiter().GetResult();
}
