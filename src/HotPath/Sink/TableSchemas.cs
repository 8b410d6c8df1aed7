using HotPath.Delta.Columns;

namespace HotPath.Sink;

/// <summary>The tables that HotPath writes: their names and columns are a public contract (README, Tables).</summary>
internal static class TableSchemas
{
    public const string EventDate = "event_date";

    /// <summary>How rows are sorted where files are merged; columns that a table does not have are passed over.</summary>
    public static readonly string[] MergeOrder = ["equipment_id", "tag", "event_time", "at", "received_at"];

    public static readonly TableShape Readings = new(
        "readings",
        [
            Of("lsn", ColumnType.Long),
            Of("event_time", ColumnType.Timestamp),
            Of("received_at", ColumnType.Timestamp),
            Of("created_at", ColumnType.Timestamp),
            Of("equipment_id", ColumnType.String),
            Of("tag", ColumnType.String),
            Of("source_id", ColumnType.String),
            Of("number", ColumnType.Double),
            Of("text", ColumnType.String),
            Of("flag", ColumnType.Boolean),
            Of("quality", ColumnType.String),
            Of("sequence_number", ColumnType.Long),
            Of("flags", ColumnType.String),
            Of("model", ColumnType.Integer),
            Of("late", ColumnType.Boolean),
        ],
        IsPartitioned: true);

    public static readonly TableShape Transitions = new(
        "transitions",
        [
            Of("lsn", ColumnType.Long),
            Of("rule_id", ColumnType.String),
            Of("rule_version", ColumnType.Long),
            Of("equipment_id", ColumnType.String),
            Of("from_state", ColumnType.String),
            Of("to_state", ColumnType.String),
            Of("at", ColumnType.Timestamp),
            Of("since", ColumnType.Timestamp),
            Of("group_name", ColumnType.String),
            Of("cause", ColumnType.String),
            Of("reason", ColumnType.String),
            Of("evidence", ColumnType.String),
        ],
        IsPartitioned: true);

    public static readonly TableShape Downtimes = new(
        "downtimes",
        [
            Of("lsn", ColumnType.Long),
            Of("downtime_id", ColumnType.String),
            Of("revision", ColumnType.Integer),
            Of("status", ColumnType.String),
            Of("category", ColumnType.String),
            Of("micro", ColumnType.Boolean),
            Of("rule_id", ColumnType.String),
            Of("equipment_id", ColumnType.String),
            Of("state", ColumnType.String),
            Of("reason", ColumnType.String),
            Of("at", ColumnType.Timestamp),
            Of("start_time", ColumnType.Timestamp),
            Of("end_time", ColumnType.Timestamp),
            Of("duration_seconds", ColumnType.Double),
        ],
        IsPartitioned: true);

    public static readonly TableShape Rejected = new(
        "rejected",
        [
            Of("lsn", ColumnType.Long),
            Of("received_at", ColumnType.Timestamp),
            Of("source_id", ColumnType.String),
            Of("listener", ColumnType.String),
            Of("reason", ColumnType.String),
            Of("raw", ColumnType.Binary),
        ],
        IsPartitioned: true);

    public static readonly TableShape Equipment = Dimension("equipment");

    public static readonly TableShape Tags = Dimension("tags");

    public static readonly TableShape Sources = Dimension("sources");

    public static readonly TableShape Rules = new(
        "rules",
        [
            Of("version", ColumnType.Long),
            Of("applied_at", ColumnType.Timestamp),
            Of("lsn", ColumnType.Long),
            Of("document", ColumnType.String),
            Of("sha256", ColumnType.String),
        ],
        IsPartitioned: false);

    private static TableShape Dimension(string name) => new(
        name,
        [
            Of("index", ColumnType.Integer),
            Of("id", ColumnType.String),
            Of("first_seen", ColumnType.Timestamp),
        ],
        IsPartitioned: false);

    // Every column is nullable in Delta's schema, even where a value always stands: NOT NULL is an invariant that other
    // writers of the table would have to support (Delta protocol, column invariants).
    private static Column Of(string name, ColumnType type) => new(name, type);
}

/// <summary>A table's name and columns; the partition column event_date comes last and is not among them.</summary>
internal sealed record TableShape(string Name, IReadOnlyList<Column> Columns, bool IsPartitioned);
