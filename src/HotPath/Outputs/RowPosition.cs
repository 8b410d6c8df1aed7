namespace HotPath.Outputs;

/// <summary>
/// Where a row stands in the ledger: the LSN that caused it, and its place among all rows of that LSN. The ledger is a
/// function of the journal, so a position means the same row for ever.
/// </summary>
internal readonly record struct RowPosition(long Lsn, long Place) : IComparable<RowPosition>
{
    /// <summary>Before everything.</summary>
    public static RowPosition First { get; } = new(0, 0);

    public RowPosition Next => this with { Place = Place + 1 };

    public static bool operator <(RowPosition left, RowPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(RowPosition left, RowPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(RowPosition left, RowPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RowPosition left, RowPosition right) => left.CompareTo(right) >= 0;

    public int CompareTo(RowPosition other) =>
        Lsn != other.Lsn ? Lsn.CompareTo(other.Lsn) : Place.CompareTo(other.Place);
}
