namespace HotPath.Delta.Columns;

/// <summary>One value of a column: a bound in statistics.</summary>
/// <remarks>
/// <see cref="Integer"/> holds boolean (0 or 1), byte, short, integer, long, date and both timestamps;
/// <see cref="Real"/> float and double; <see cref="Unscaled"/> decimal; <see cref="Bytes"/> string and binary.
/// </remarks>
public readonly record struct ColumnValue
{
    private readonly Int128 _integer;

    private ColumnValue(Int128 integer, double real, ReadOnlyMemory<byte> bytes) =>
        (_integer, Real, Bytes) = (integer, real, bytes);

    public long Integer => (long)_integer;

    public double Real { get; }

    public Int128 Unscaled => _integer;

    public ReadOnlyMemory<byte> Bytes { get; }

    public static ColumnValue OfInteger(long value) => new(value, 0, default);

    public static ColumnValue OfReal(double value) => new(0, value, default);

    public static ColumnValue OfUnscaled(Int128 value) => new(value, 0, default);

    public static ColumnValue OfBytes(ReadOnlyMemory<byte> value) => new(0, 0, value);
}
