namespace HotPath.Delta.Columns;

/// <summary>
/// What is known of one column of a written file: enough for the stats of a Delta add action. The bounds are over the
/// values that are present and no NaN, are exact, and are null where there is none (all null, all NaN).
/// Strings and binary have their full bounds, in the order of unsigned bytes.
/// </summary>
public sealed record ColumnSummary(Column Column, long NullCount, long NanCount, ColumnValue? Min, ColumnValue? Max);
