using HotPath.Delta.Columns;

namespace HotPath.Delta;

/// <summary>
/// The values of one column that a reader wants: those from <see cref="Min"/> to <see cref="Max"/>, both included, and no
/// nulls. Text and binary go by the order of their bytes.
/// </summary>
/// <param name="Column">The column's name.</param>
/// <param name="Min">The least value wanted, in the form of the column's type; null for no least one.</param>
/// <param name="Max">The greatest value wanted; null for no greatest one.</param>
public sealed record ColumnRange(string Column, ColumnValue? Min, ColumnValue? Max)
{
    /// <summary>Whether values between two bounds may be wanted. A bound that is not known is null.</summary>
    internal bool MayHold(ColumnType type, ColumnValue? least, ColumnValue? greatest) =>
        !(Max is { } max && least is { } low && Compare(type, low, max) > 0)
        && !(Min is { } min && !WantsNan(type) && greatest is { } high && Compare(type, high, min) < 0);

    // Bounds leave NaN out, and NaN stands behind all numbers.
    private bool WantsNan(ColumnType type) => Max is null && (type.Kind is ColumnKind.Float or ColumnKind.Double);

    private static int Compare(ColumnType type, ColumnValue one, ColumnValue other) => type.Kind switch
    {
        ColumnKind.Float or ColumnKind.Double => one.Real == other.Real ? 0 : one.Real.CompareTo(other.Real),
        ColumnKind.Decimal => one.Unscaled.CompareTo(other.Unscaled),
        ColumnKind.String or ColumnKind.Binary => one.Bytes.Span.SequenceCompareTo(other.Bytes.Span),
        _ => one.Integer.CompareTo(other.Integer),
    };
}
