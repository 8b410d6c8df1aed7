namespace HotPath.Delta.Columns;

/// <summary>
/// A column of a flat table. <paramref name="FieldId"/> is written into Parquet schemas when a table maps columns by id.
/// </summary>
public sealed record Column(string Name, ColumnType Type, bool Nullable = true, int? FieldId = null);
